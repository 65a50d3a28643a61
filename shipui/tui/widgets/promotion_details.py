"""What an operator wants to know of the chosen promotion before deciding; in three forms, by the room there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.content import Content
from textual.reactive import reactive

from shipui.model.findings import Severity
from shipui.model.promotion import Status
from shipui.model.run import Run
from shipui.model.text import listed, visible
from shipui.tui.commands.command import Command
from shipui.tui.commands.promotions import ABOUT_PROMOTION, RECOVER
from shipui.tui.desk import Details
from shipui.tui.if_deployed import if_deployed
from shipui.tui.signs import KIND, OUTCOME, STATUS, age, gates_sign
from shipui.tui.widgets.paragraphs import Pair, Paragraph, Paragraphs
from shipui.tui.widgets.tones import line, signed, toned

SHORT = 300
"""Characters of a sentence from outside that a narrow terminal shows."""


class PromotionDetails(Paragraphs):
    details: reactive[Details | None] = reactive(None)
    form: reactive[str] = reactive("short")
    """short, middle or whole."""
    problem: reactive[str] = reactive("")

    def __init__(self, why_not: Callable[[Command], str]) -> None:
        super().__init__()
        self._why_not = why_not
        self.now: datetime | None = None

    def watch_details(self) -> None:
        self.tell_again()

    def watch_form(self) -> None:
        self.tell_again()

    def watch_problem(self) -> None:
        self.tell_again()

    def tell_again(self) -> None:
        self.paragraphs = tuple(self._said())

    def _said(self) -> list[Paragraph]:
        if self.problem:
            return [toned(f"! {self.problem}", "bad")]
        if self.details is None or self.now is None:
            return []
        match self.form:
            case "whole":
                return self.whole(self.details)
            case "middle":
                return [*self._short(self.details), Content(""), *self._may()]
            case _:
                return self._short(self.details)

    def _short(self, details: Details) -> list[Paragraph]:
        promotion = details.promotion
        lines: list[Paragraph] = [
            line(toned(promotion.id, "strong"), "  ", toned(promotion.title, "strong", limit=SHORT)),
            line(
                toned(f"asked for by {promotion.requested_by} {self._ago(promotion.requested_at)}", limit=80),
                toned(" · ", "calm"),
                _approvals(details, "approvals "),
                toned(" · ", "calm"),
                toned("gates "),
                _gates(details),
            ),
        ]
        if promotion.reason:
            lines.append(toned(promotion.reason, STATUS[promotion.status].tone, limit=SHORT))
        if promotion.status in {Status.PENDING, Status.APPROVED}:
            words, tone = if_deployed(details)[0]
            lines.append(Pair(toned("if deployed now: ", "calm"), toned(words, tone, limit=SHORT)))
        if details.last_run is not None and details.last_run.plain != promotion.reason:
            lines.append(Pair(toned("last run: ", "calm"), self._run(details.last_run, limit=SHORT)))
        return lines

    def whole(self, details: Details) -> list[Paragraph]:
        promotion = details.promotion
        revision = promotion.revision
        lines: list[Paragraph] = [
            signed(STATUS[promotion.status]),
            toned(promotion.title, "strong", limit=2_000),
            Content(""),
        ]
        if promotion.reason:
            lines += [toned(promotion.reason, limit=2_000), Content("")]
        lines += [
            _field("promotion", promotion.id),
            _field("build", promotion.build),
            _field("product", f"{promotion.product_name} {promotion.version}"),
            _field("goes to", promotion.target),
            _field("change", f"{promotion.type}, {promotion.risk} risk"),
            _field("asked by", f"{promotion.requested_by}, {self._ago(promotion.requested_at)}"),
            _field("commit", f"{revision.commit[:12]} on {revision.base[:12]}"),
            _field("content", f"SHA-256 {revision.diff_digest[:16]}…"),
            *_summary(promotion.diff_statistics),
            Pair(toned("gates      ", "calm"), _gates(details)),
            *[_field("evidence" if place == 0 else "", words) for place, words in enumerate(details.evidence)],
            *([_field("pull req.", details.pull_request)] if details.pull_request else []),
            Pair(toned("approvals  ", "calm"), _approvals(details, "")),
        ]
        lines += [
            toned(f"           {each.person}: {each.reason or 'no remark'}", "calm") for each in details.approvals
        ]
        if details.deployed_now is not None and details.deployed_now.id != promotion.id:
            current = details.deployed_now
            lines.append(_field("runs now", f"{current.product_name} {current.version} ({current.id})"))
        if details.backup is not None:
            lines.append(_field("backup", details.backup.path))
        lines += [Content(""), toned("If it were deployed now", "strong")]
        lines += [toned(words, tone, limit=600) for words, tone in if_deployed(details)]
        if details.last_run is not None:
            lines += [Content(""), toned("Its last run", "strong"), self._run(details.last_run, limit=2_000)]
        return [*lines, Content(""), *self._may()]

    def _may(self) -> list[Paragraph]:
        """Each thing that can be done with it, and why not."""
        lines: list[Paragraph] = [toned("What you can do", "strong")]
        status = self.details.promotion.status if self.details else None
        for command in [*ABOUT_PROMOTION, *([RECOVER] if status is Status.NEEDS_ATTENTION else [])]:
            why = self._why_not(command)
            if why:
                lines.append(Pair(toned(f"({self._key(command)}) {command.title:<10} ", "calm"), toned(why, "calm")))
            else:
                head = line(toned(f" {self._key(command)}  ", "key"), f"{command.title:<10} ")
                lines.append(Pair(head, toned(command.help, "calm")))
        return lines

    def _key(self, command: Command) -> str:
        shown = getattr(self.screen, "key_shown", None) if self.is_attached else None
        return str(shown(command)) if callable(shown) else command.key_shown

    def _run(self, run: Run, limit: int) -> Content:
        if run.outcome is None:
            return toned(f"▸ {KIND[run.kind]} by {run.person}, under way, begun {self._ago(run.started_at)}", "busy")
        sign = OUTCOME[run.outcome]
        words = toned(f" {KIND[run.kind]} by {run.person} {self._ago(run.started_at)}. ", "calm")
        return line(signed(sign), words, toned(run.plain, limit=limit))

    def _ago(self, instant: datetime) -> str:
        assert self.now is not None
        shown = age(instant, self.now)
        return "just now" if shown == "now" else f"{shown} ago"


def _field(name: str, value: str) -> Paragraph:
    return Pair(toned(f"{name:<10} ", "calm"), toned(value, limit=500))


def _approvals(details: Details, word: str) -> Content:
    given = len(details.approvals)
    who = f" ({listed([visible(each.person, limit=30) for each in details.approvals])})" if given else ""
    enough = given >= details.approvals_needed
    return toned(f"{word}{given} of {details.approvals_needed}{who}", "good" if enough else "plain")


def _gates(details: Details) -> Content:
    """The verdict, and what is still open by severity."""
    counts = [f"{count} {severity}" for severity in Severity if (count := details.findings.get(severity, 0))]
    words = toned(f": {listed(counts)}" if counts else "", "plain")
    return line(signed(gates_sign(details.promotion.gate_verdict)), words)


def _summary(statistics: dict[str, object]) -> list[Paragraph]:
    """What the change is made of, as far as it was counted."""
    words = [
        f"{sign}{value}{unit}"
        for key, sign, unit in (("files", "", " files"), ("added", "+", ""), ("removed", "−", ""))
        if isinstance(value := statistics.get(key), int)
    ]
    return [_field("changes", " ".join(words))] if words else []
