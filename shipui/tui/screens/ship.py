"""The builds that are ready to be shipped, and the way to ship one by its ID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from textual.content import Content

from shipui.model.inventory import ReadyBuild
from shipui.tui.commands.command import Command
from shipui.tui.commands.lists import OPEN_PROMOTION
from shipui.tui.commands.ship import SHIP, SHIP_AGAIN, SHIP_NEW
from shipui.tui.desks.shipping import Assessed, Draft, draft_of
from shipui.tui.own_runs import OwnRun
from shipui.tui.screens.contribution_dialog import ContributionDialog
from shipui.tui.screens.list_screen import SHORT, ListScreen
from shipui.tui.screens.ship_form import ShipForm
from shipui.tui.signs import STATUS, age
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, signed, toned


class ShipScreen(ListScreen[ReadyBuild]):
    COMMANDS_HERE = SHIP
    HELP_TITLE = "shipping"
    TITLE_SHOWN = "Builds that are ready"
    FILTER_HINT = "press / to filter by build, title, sandbox, product, person or state"

    def columns(self) -> Sequence[Column[ReadyBuild]]:
        return (
            Column("STATE", 13, _state),
            Column("BUILD", 11, lambda each, _: toned(each.id)),
            Column("PRODUCT", 16, _product, above=76),
            Column("TITLE", 0, lambda each, _: toned(each.title, limit=300)),
            Column("SANDBOX", 30, lambda each, _: toned(each.sandbox, "calm", limit=200), above=120),
            Column("BY", 12, lambda each, _: toned(each.created_by, limit=40), above=96),
            Column("AGE", 4, lambda each, now: toned(age(each.created_at, now), "calm")),
        )

    def identify(self, item: ReadyBuild) -> object:
        return item.id

    def promotion_of(self, item: ReadyBuild) -> str | None:
        return item.promotion

    def read_rows(self, text: str, limit: int, after: ReadyBuild | None) -> Sequence[ReadyBuild]:
        return self.desk.shipping.ready(text, limit, after)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [toned("No build matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        return [
            toned("No build is waiting to be shipped.", "strong"),
            line(toned("n", "key"), toned(" ships one by its ID and the sandbox that it was built in.", "calm")),
        ]

    def describe(self, item: ReadyBuild, form: str) -> list[Paragraph]:
        lines: list[Paragraph] = [
            line(toned(item.id, "strong"), "  ", toned(item.title, "strong", limit=300 if form == SHORT else 2_000)),
            _words(item),
            Pair(toned("sandbox ", "calm"), toned(item.sandbox, limit=600)),
        ]
        if item.reason:
            lines.append(toned(item.reason, limit=300 if form == SHORT else 2_000))
        if form != SHORT:
            known = (
                f"{item.product_name} {item.version} on {item.target}" if item.product_name else "not registered yet"
            )
            lines.append(Pair(toned("product ", "calm"), toned(known, limit=300)))
            made = f"{item.created_by}, {item.created_at:%Y-%m-%d %H:%M} UTC"
            lines.append(Pair(toned("known by ", "calm"), toned(made, limit=300)))
        return lines

    # Keys

    def why_not(self, command: Command) -> str:
        if command is SHIP_AGAIN and self.chosen is None:
            return super().why_not(command) or "No build is ready; n ships one by its ID."
        if command is OPEN_PROMOTION and (self.chosen is None or self.chosen.promotion is None):
            return "It has no promotion yet."
        return super().why_not(command)

    def action_ship_new(self) -> None:
        if self.allowed(SHIP_NEW):
            self.ask_for(Draft())

    def action_open(self) -> None:
        if self.allowed(SHIP_AGAIN) and self.chosen is not None:
            self.ask_for(draft_of(self.chosen))

    def ask_for(self, draft: Draft) -> None:
        form = ShipForm(draft, self.desk.shipping.targets)
        self.app.push_screen(form, lambda answer: self._filled_in(answer) if answer is not None else None)

    def _filled_in(self, draft: Draft) -> None:
        """Where the install shares builds, a person sees first what speaks for and against it, and chooses."""
        shipping = self.desk.shipping
        if not shipping.shares():
            self.begin(draft)
            return

        def ask(assessed: Assessed) -> None:
            if self.is_current:
                self.app.push_screen(
                    ContributionDialog(draft.build, assessed),
                    lambda share: self.begin(replace(draft, contribute=share)) if share is not None else None,
                )

        self.say(f"{draft.build}: looking at what speaks for and against sharing it …", "busy")
        self.shipui.errands.ask("assessment", lambda: shipping.assess(draft), ask, self.tell_error)

    def begin(self, draft: Draft) -> None:
        from shipui.tui.screens.shipping import ShippingScreen

        def begun(own: OwnRun) -> None:
            self.shipui.look_again()
            self.app.push_screen(ShippingScreen(own.running.run, own, draft))

        self.done(f"{draft.build}: beginning …")
        ship = self.desk.shipping.ship
        self.shipui.own_runs.begin(self.app, draft.build, lambda: ship(draft), begun, self.tell_error)


def _state(build: ReadyBuild, _: datetime) -> Content:
    return signed(STATUS[build.status]) if build.status else toned("○ not asked", "busy")


def _product(build: ReadyBuild, _: datetime) -> Content:
    if build.product_name is None:
        return toned("–", "calm")
    return toned(f"{build.product_name} {build.version}", limit=60)


def _words(build: ReadyBuild) -> Content:
    if build.status is None:
        return toned("Its shipping stopped before it was asked for. Enter goes on from there.", "busy")
    return line(
        toned(f"{build.promotion} "), signed(STATUS[build.status]), toned(". Enter ships it anew; o opens it.", "calm")
    )
