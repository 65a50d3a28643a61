"""Every run that there was, the newest first: the way to its log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from shipui.model.events import RunKind
from shipui.model.run import Run
from shipui.model.text import duration
from shipui.tui.commands.runs import RUNS
from shipui.tui.screens.list_screen import SHORT, ListScreen
from shipui.tui.screens.shipping import ShippingScreen
from shipui.tui.signs import KIND, OUTCOME, age
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, signed, toned


class RunsScreen(ListScreen[Run]):
    COMMANDS_HERE = RUNS
    PLACE = "log"
    HELP_TITLE = "runs and their logs"
    TITLE_SHOWN = "Logs of runs"
    FILTER_HINT = "press / to filter by promotion, run, person, kind or outcome"

    def columns(self) -> Sequence[Column[Run]]:
        return (
            Column("OUTCOME", 17, _outcome),
            Column("RUN", 11, lambda each, _: toned(each.id), above=100),
            Column("KIND", 10, lambda each, _: toned(KIND[each.kind])),
            Column("OF", 11, lambda each, _: toned(each.promotion or each.target, limit=40)),
            Column("BY", 12, lambda each, _: toned(each.person, limit=40)),
            Column("SAYS", 0, lambda each, _: toned(each.plain, "calm", limit=300)),
            Column("TOOK", 10, _took, above=100),
            Column("AGE", 4, lambda each, now: toned(age(each.started_at, now), "calm")),
        )

    def identify(self, item: Run) -> object:
        return item.id

    def promotion_of(self, item: Run) -> str | None:
        return item.promotion

    def read_rows(self, text: str, limit: int, after: Run | None) -> Sequence[Run]:
        return self.desk.logs.runs(text, limit, after)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [toned("No run matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        return [
            toned("Nothing has run yet.", "strong"),
            toned("Shipping a build is a run, and so is deploying it: d in the queue.", "calm"),
        ]

    def describe(self, item: Run, form: str) -> list[Paragraph]:
        what = f"{KIND[item.kind]} {item.id} on {item.target}"
        lines: list[Paragraph] = [
            line(_outcome(item, self.now()), "  ", toned(what, "strong", limit=200)),
            toned(f"by {item.person} on {item.host}, begun {item.started_at:%Y-%m-%d %H:%M:%S} UTC", limit=300),
            toned(item.plain or "It is under way.", limit=600 if form == SHORT else 3_000),
        ]
        if form == SHORT:
            return lines
        if item.detail:
            lines += [Content(""), toned(item.detail, "calm", limit=3_000)]
        if item.commands:
            lines += [Content(""), toned("To finish it by hand", "strong")]
            lines += [Pair(Content("    "), toned(each, "key", limit=2_000)) for each in item.commands]
        return lines

    def action_open(self) -> None:
        if self.chosen is not None:
            self.open_log(self.chosen.id)

    def action_open_run(self) -> None:
        run = self.chosen
        if run is not None and run.kind is RunKind.SHIP:
            self.app.push_screen(ShippingScreen(run))
            return
        if run is None or run.promotion is None:
            self.say("This run belongs to no promotion; Enter opens its log.", "warn")
            return
        promotion = run.promotion
        self.shipui.errands.ask(
            "open",
            lambda: self.desk.details(promotion).promotion,
            lambda found: self.shipui.open_run(found, run) if self.is_current else None,
            self.tell_error,
        )


def _outcome(run: Run, _: datetime) -> Content:
    return signed(OUTCOME[run.outcome]) if run.outcome else toned("▸ under way", "busy")


def _took(run: Run, now: datetime) -> Content:
    seconds = ((run.finished_at or now) - run.started_at).total_seconds()
    return toned(f"{duration(max(0.0, seconds)):>10}", "calm")
