"""The findings of a promotion: read each in its code, say what may stay and why, until nothing stands in the way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from shipui.model.disposition import DispositionKind
from shipui.model.findings import Verdict
from shipui.model.promotion import Promotion
from shipui.model.review import GateFinding, Progress, Review, Since
from shipui.model.text import counted, visible
from shipui.tui.code_colours import coloured
from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.commands.findings import COMPARE, FINDINGS, SAYING
from shipui.tui.desk import Standing
from shipui.tui.finding_order import SEVERITIES, Arrangement, Order, Orders, Seen, Sieve, arranged
from shipui.tui.finding_signs import VERDICT
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.screens.dialogs import Answer, ConfirmDialog, NoticeDialog, Question
from shipui.tui.screens.disposition_dialog import DispositionDialog, Saying
from shipui.tui.widgets.code_view import Code, CodeView
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.finding_table import FindingTable
from shipui.tui.widgets.finding_words import FindingWords
from shipui.tui.widgets.gate_tabs import GateTabs
from shipui.tui.widgets.paragraphs import Paragraph
from shipui.tui.widgets.tones import fit, line, signed, toned

TYPING_SECONDS = 0.15
SETTLE_SECONDS = 0.08
BAR = 12
_SINCE = (None, Since.NEW, Since.GONE, Since.SAME)
_DONE = {
    DispositionKind.ACKNOWLEDGED: "accepted",
    DispositionKind.FALSE_POSITIVE: "called false",
    DispositionKind.REOPENED: "reopened",
}


class FindingsScreen(DeskScreen):
    COMMANDS_HERE = FINDINGS
    HELP_TITLE = "findings"
    AUTO_FOCUS = "FindingTable"

    def __init__(self, promotion: Promotion | None = None) -> None:
        """None: the one that the way here began at."""
        super().__init__()
        self._promotion = promotion
        self._review: Review | None = None
        self._progress: Progress | None = None
        self._orders: Orders | None = None
        self._order = Order.SEVERITY
        self._sieve = Sieve()
        self._typing: Timer | None = None
        self._settling: Timer | None = None
        self._code: tuple[str, Code] | None = None
        """Of the finding with that fingerprint."""
        self._may: tuple[str, ...] = ()
        """Why each command may not be given, as the bar shows it."""
        self._go_on = False
        """Whether the next one that is not reviewed is to be gone to when the findings have been read again."""

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield Static("", id="findings-title")
        yield GateTabs()
        with Horizontal(id="filter-line"):
            yield Static(Content("/"), id="filter-sign")
            yield Input(
                placeholder="press / to filter by file, rule or words", id="filter", compact=True, max_length=200,
            )  # fmt: skip
            yield Static("", id="sieve")
        with Vertical(id="findings-body"):
            yield FindingTable()
            with Vertical(id="reading"):
                yield FindingWords()
                yield CodeView()
        yield CommandBar([*FINDINGS, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        self.query_one("#filter", Input).cursor_blink = False
        if self._promotion is None:
            self._promotion = self.shipui.chosen
        if self._promotion is None:
            self.table.empty = _empty(
                "No promotion is chosen.", "Escape goes back to the queue: choose one there, and press f."
            )
        else:
            self.table.empty = [toned("Reading the findings …", "calm")]
            self._read()
        self._tell_title()

    @property
    def table(self) -> FindingTable:
        return self.query_one(FindingTable)

    @property
    def subject(self) -> Promotion | None:
        return self._promotion

    # What may be done

    def why_not(self, command: Command) -> str:
        if command in SAYING:
            return self._why_not_say()
        if command is COMPARE and self._review is not None and not self._review.compared:
            return "The gates have seen no other content of this build."
        return super().why_not(command)

    def _why_not_say(self) -> str:
        if self._review is None:
            return "The findings are not read yet."
        why = self._review.why_not(self.desk.person)
        if why:
            return why
        chosen = self.table.chosen if self.alive else None
        if self.alive and not self.table.marked and (chosen is None or chosen.since is Since.GONE):
            return "Choose a finding first." if chosen is None else "It is gone already."
        return ""

    # Reading

    def standing_changed(self, standing: Standing) -> None:
        super().standing_changed(standing)
        if self.alive and self._review is not None:
            self._read()

    def _read(self) -> None:
        promotion, known, orders = self._promotion, self._review, self._orders
        if promotion is None:
            return

        def read() -> tuple[Review, Orders]:
            review = self.desk.findings.review(promotion.id, known)
            same = known is not None and orders is not None and review.present is known.present
            return review, orders if same and orders is not None else Orders(review)

        def show(answer: tuple[Review, Orders]) -> None:
            if not self.alive:
                return
            self.records_problem("")
            review = answer[0]
            news = (
                self._review is None or review.present is not self._review.present or review.said != self._review.said
            )
            self._review, self._orders = answer
            self._promotion = review.promotion
            if news or self._go_on:
                self.query_one(GateTabs).review = review
                self._arrange()

        self.shipui.errands.ask("findings", read, show, self._unread)

    def _unread(self, error: Exception) -> None:
        self.records_problem(str(error))

    def _arrange(self) -> None:
        review, orders, order, sieve = self._review, self._orders, self._order, self._sieve
        if review is None or orders is None:
            return
        now = self.desk.now()

        def arrange() -> tuple[Arrangement, Progress]:
            return arranged(orders, order, sieve, review, now), review.progress(now)

        def show(answer: tuple[Arrangement, Progress]) -> None:
            if not self.alive:
                return
            shown, self._progress = answer
            self.table.empty = self._nothing(review)
            self.table.show(shown, review, order, now)
            if self._go_on:
                self._go_on = False
                chosen = self.table.chosen
                if chosen is not None and review.settled(chosen.finding, now):
                    self.table.next_open(1)
            self._tell_title()
            self._tell_sieve()

        self.shipui.errands.ask("arrange", arrange, show, self.tell_error)

    def _nothing(self, review: Review) -> list[Content]:
        if not review.runs:
            return _empty(
                "The gates have not run on this content.",
                f"They run when it is shipped: shipui ship {review.promotion.build} --sandbox …",
            )
        if self._sieve.since is not None and self._sieve == Sieve(since=self._sieve.since):
            return _empty(f"Nothing is {self._sieve.since} since the last run.", "d goes on, x shows everything.")
        if not review.present:
            return _empty("The gates found nothing.", "There is nothing to review; Escape goes back.")
        if self._sieve == Sieve(seen=Seen.OPEN):
            return _empty("Everything is reviewed.", "u shows it again; Escape goes back.")
        return _empty("Nothing matches that filter.", "x shows everything.")

    def _tell_title(self) -> None:
        width = self.size.width
        title = self.query_one("#findings-title", Static)
        if self._promotion is None:
            title.update(toned(" Findings", "strong"))
            return
        left = line(" ", toned(f"Findings of {self._promotion.id}", "strong"), "  ")
        review, progress = self._review, self._progress
        if review is None or progress is None or not review.runs:
            title.update(
                line(left, toned(self._promotion.title, "calm", limit=200)).truncate(max(1, width), ellipsis=True)
            )
            return
        all_of_them, reviewed = progress.all, progress.reviewed
        left = line(left, signed(VERDICT[progress.verdict]), "  ", toned(review.promotion.title, "calm", limit=200))
        full = BAR * reviewed // all_of_them if all_of_them else BAR
        tone = "good" if reviewed == all_of_them else "busy"
        right = line(
            toned(f"  {reviewed} of {all_of_them} reviewed ", "strong"),
            toned("█" * full, tone),
            toned("░" * (BAR - full) + " ", "calm"),
        )
        title.update(line(fit(left, max(0, width - right.cell_length)), right))

    def _tell_sieve(self) -> None:
        words = [f"by {self._order}", *self._sieve.words]
        if self.table.marked:
            words.insert(0, f"{len(self.table.marked)} marked")
        self.query_one("#sieve", Static).update(toned(f"{' · '.join(words)} ", "calm", limit=70))

    # The chosen one

    @on(FindingTable.Moved)
    def _moved(self) -> None:
        if not self.alive:
            return
        may = tuple(self.why_not(each) for each in FINDINGS)
        if may != self._may:
            # The bar lays the screen out anew: not for every key.
            self._may = may
            self.query_one(CommandBar).look_again()
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_SECONDS, self._show_chosen)

    def _show_chosen(self) -> None:
        if not self.alive:
            return
        chosen = self.table.chosen
        if chosen is None or self._promotion is None:
            self._put(None, None)
            return
        fingerprint = chosen.finding.fingerprint
        if self._code is not None and self._code[0] == fingerprint:
            self._put(chosen, self._code[1])
            return
        self._put(chosen, None)
        promotion = self._promotion

        def look() -> Code:
            source = self.desk.findings.source(promotion, chosen.finding)
            return Code(source, tuple(coloured(source.path, source.lines)))

        def show(code: Code) -> None:
            self._code = (fingerprint, code)
            now_chosen = self.table.chosen if self.alive else None
            if now_chosen is not None and now_chosen.finding.fingerprint == fingerprint:
                self._put(now_chosen, code)

        self.shipui.errands.ask("source", look, show, self._unread)

    def _put(self, chosen: GateFinding | None, code: Code | None) -> None:
        self.query_one(FindingWords).show(chosen, self._review, self.desk.now())
        self.query_one(CodeView).show(chosen.finding if chosen else None, code)

    # Keys

    @on(FindingTable.Opened)
    def action_read(self) -> None:
        """On a small terminal the list makes room."""
        if self.table.chosen is None:
            return
        self.toggle_class("-reading")
        self.query_one("CodeView" if self.has_class("-reading") else "FindingTable").focus()

    def action_back(self) -> None:
        field = self.query_one("#filter", Input)
        if field.value or field.has_focus:
            field.value = ""
            self.table.focus()
        elif self.has_class("-reading"):
            self.action_read()
        elif self.table.marked:
            self.table.unmark()
            self._tell_sieve()
        else:
            self.dismiss()

    def action_mark(self) -> None:
        self.table.mark()
        self._tell_sieve()

    def action_mark_all(self) -> None:
        self.table.mark_all()
        self._tell_sieve()

    def action_next_open(self) -> None:
        self._next_open(1)

    def action_previous_open(self) -> None:
        self._next_open(-1)

    def _next_open(self, by: int) -> None:
        if not self.table.next_open(by):
            self.say("Everything that is shown is reviewed.", "good")

    def action_filter(self) -> None:
        self.query_one("#filter", Input).focus()

    @on(Input.Submitted, "#filter")
    def _to_list(self) -> None:
        self.table.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        if self._typing is not None:
            self._typing.stop()
        text = event.value.strip()
        self._typing = self.set_timer(TYPING_SECONDS, lambda: self._sift(replace(self._sieve, text=text)))

    def _sift(self, sieve: Sieve) -> None:
        if sieve != self._sieve:
            self._sieve = sieve
            self.table.to_top()
            self._arrange()

    @on(GateTabs.Chosen)
    def _tab(self) -> None:
        self._sift(replace(self._sieve, gate=self.query_one(GateTabs).chosen))

    def action_next_gate(self) -> None:
        self.query_one(GateTabs).step(1)

    def action_previous_gate(self) -> None:
        self.query_one(GateTabs).step(-1)

    def action_severity(self) -> None:
        self._sift(replace(self._sieve, severity=(self._sieve.severity + 1) % len(SEVERITIES)))

    def action_seen(self) -> None:
        order = (Seen.ALL, Seen.OPEN, Seen.REVIEWED)
        self._sift(replace(self._sieve, seen=order[(order.index(self._sieve.seen) + 1) % len(order)]))

    def action_order(self) -> None:
        order = tuple(Order)
        self._order = order[(order.index(self._order) + 1) % len(order)]
        self._arrange()

    def action_this_file(self) -> None:
        chosen = self.table.chosen
        path = "" if self._sieve.path or chosen is None else chosen.finding.path
        self._sift(replace(self._sieve, path=path))

    def action_compare(self) -> None:
        why = self.why_not(COMPARE)
        if why:
            self.refuse(COMPARE, why)
            return
        self._sift(replace(self._sieve, since=_SINCE[(_SINCE.index(self._sieve.since) + 1) % len(_SINCE)]))

    def action_show_all(self) -> None:
        self.query_one(GateTabs).chosen = ""
        self.query_one("#filter", Input).value = ""
        self._sift(Sieve())

    def action_copy_place(self) -> None:
        chosen = self.table.chosen
        if chosen is not None:
            finding = chosen.finding
            place = visible(f"{finding.path}:{finding.line}" if finding.line is not None else finding.path)
            self.app.copy_to_clipboard(place)
            self.say(f"{place} is copied, if your terminal allows it (OSC 52).", "good")

    # What is done

    def action_acknowledge(self) -> None:
        self._ask_to_say(DispositionKind.ACKNOWLEDGED)

    def action_false_positive(self) -> None:
        self._ask_to_say(DispositionKind.FALSE_POSITIVE)

    def action_reopen(self) -> None:
        self._ask_to_say(DispositionKind.REOPENED)

    def _ask_to_say(self, kind: DispositionKind) -> None:
        why = self._why_not_say()
        if why:
            self.refuse(SAYING[list(_DONE).index(kind)], why)
            return
        chosen = self.table.chosen
        findings = list(self.table.marked.values()) or ([chosen] if chosen else [])

        def answered(saying: Saying | None) -> None:
            if saying is not None:
                self._say_of(findings, kind, saying)

        self.app.push_screen(DispositionDialog(kind, findings, self.desk.now()), answered)

    def _say_of(self, findings: Sequence[GateFinding], kind: DispositionKind, saying: Saying) -> None:
        assert self._promotion is not None
        promotion_id, known = self._promotion.id, self._review
        fingerprints = [each.finding.fingerprint for each in findings]

        def act() -> Progress:
            self.desk.findings.say(promotion_id, fingerprints, kind, saying.reason, saying.until)
            return self.desk.findings.review(promotion_id, known).progress(self.desk.now())

        def told(progress: Progress) -> None:
            if not self.alive:
                return
            self.table.unmark()
            self._go_on = kind is not DispositionKind.REOPENED
            many = f"{counted(len(findings), 'finding')} {'is' if len(findings) == 1 else 'are'} {_DONE[kind]}."
            heavy = progress.verdict in {Verdict.BLOCK, Verdict.ERROR}
            rest = f"{progress.left} left to review." if progress.left else "Everything is reviewed."
            self.done(f"{many} {rest}" if heavy else f"{many} {rest} Nothing blocks any more.")
            self._read()

        self.shipui.errands.ask("say", act, told, self.tell_error)

    def action_export(self) -> None:
        if self._promotion is None:
            return
        promotion_id, folder = self._promotion.id, _folder()

        def write(answer: Answer | None) -> None:
            if answer is not None:
                self.shipui.errands.ask(
                    "export", lambda: self.desk.findings.export(promotion_id, folder), told, self.tell_error
                )

        def told(paths: Sequence[Path]) -> None:
            lines: list[Paragraph] = [toned(str(each), "key", limit=2_000) for each in paths]
            self.app.push_screen(NoticeDialog("The findings are written", lines))

        words = [
            Content("Two files, with all findings and what is settled, for a SARIF viewer and for people:"),
            Content(""),
            toned(f"{folder / promotion_id}-findings.sarif", "key", limit=2_000),
            toned(f"{folder / promotion_id}-findings.md", "key", limit=2_000),
            Content(""),
            toned("A number is added to names that are taken. Only you can read them.", "calm"),
        ]
        self.app.push_screen(ConfirmDialog(Question("Write the findings to files?", words, yes="Write")), write)


def _folder() -> Path:
    """Where shipui was started, or else the person's own."""
    try:
        here = Path.cwd()
    except OSError:
        return Path.home()
    return here if os.access(here, os.W_OK) else Path.home()


def _empty(what: str, do: str) -> list[Content]:
    return [toned(what, "strong"), toned(do, "calm")]
