"""What is asked before each action: what will happen, what it rests on, and how to get out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from shipui.model.change import ChangeType
from shipui.model.promotion import Promotion
from shipui.model.roles import Person, Right
from shipui.model.text import plain_minutes
from shipui.tui.desk import Details
from shipui.tui.screens.dialogs import Question
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import toned

if TYPE_CHECKING:
    from shipui.actions.interruption import Interruption


def approve(details: Details) -> Question:
    promotion = details.promotion
    after = len(details.approvals) + 1
    enough = (
        "It can then be deployed." if after >= details.approvals_needed else "It still waits for others after that."
    )
    return Question(
        f"Approve {promotion.id}?",
        [
            *_what(promotion),
            _pair(
                "content", f"commit {promotion.revision.commit[:12]}, SHA-256 {promotion.revision.diff_digest[:16]}…"
            ),
            _pair("gates", promotion.gate_verdict),
            Content(""),
            Content(f"This is approval {after} of {details.approvals_needed}. {enough}"),
            Content("It holds for exactly this content; if the sandbox moves on, it lapses."),
        ],
        yes="Approve",
        reason="Remark, if you like",
    )


def reject(details: Details) -> Question:
    return Question(
        f"Reject {details.promotion.id}?",
        [*_what(details.promotion), Content(""), Content("This is final. Whoever asked for it reads the reason.")],
        yes="Reject",
        reason="Why (needed)",
        reason_needed=True,
    )


def withdraw(details: Details) -> Question:
    return Question(
        f"Withdraw {details.promotion.id}?",
        [*_what(details.promotion), Content(""), Content("This is final; the build can be shipped again.")],
        yes="Withdraw",
        reason="Why (needed)",
        reason_needed=True,
    )


def retry(details: Details) -> Question:
    return Question(
        f"Ask for {details.promotion.build} again?",
        [
            *_what(details.promotion),
            Content(""),
            Content("A new promotion of the same build is made. It has to be approved anew; nothing is deployed yet."),
        ],
        yes="Ask again",
    )


def cancel(details: Details) -> Question:
    return Question(
        f"Cancel the run of {details.promotion.id}?",
        [
            *_what(details.promotion),
            Content(""),
            Content(
                "It stops at the step that it is at, and everything that it did is taken back: the old version serves."
            ),
        ],
        yes="Cancel the run",
        safe="Let it go on",
        dangerous=True,
    )


def deploy(details: Details, person: Person) -> Question:
    promotion, decision = details.promotion, details.decision
    current = details.deployed_now
    runs_now = f"now {current.version}, {current.id}" if current else "nothing runs there"
    lines: list[Paragraph] = [
        *_what(promotion),
        _pair("target", f"{promotion.target} ({runs_now})"),
        Pair(toned(f"{'window':<10} ", "calm"), _window(details)),
        _pair("backup", f"first, verified, into {details.backups_folder}"),
        Content(
            f"Eleven steps, at most {plain_minutes(details.limit_seconds)}. If one fails, the old version comes back by itself,"
            " with its database."
        ),
    ]
    question = Question(f"Deploy {promotion.id} into production?", lines, yes="Deploy", dangerous=True)
    if promotion.type is ChangeType.EMERGENCY:
        lines.append(toned("An emergency change passes windows and blackouts, so it needs a reason.", "warn"))
        return _with(question, reason="Why it cannot wait (needed)", reason_needed=True)
    if decision is None or decision.open:
        return question
    if person.may(Right.OVERRIDE_WINDOW):
        lines.append(toned("Step 2 will refuse while the window is closed, unless you override it.", "warn"))
        return _with(
            question,
            choice="Override the closed window",
            choice_needs_reason=True,
            reason="Why (needed with an override)",
        )
    lines.append(toned("Step 2 will refuse while the window is closed. An admin can override it.", "warn"))
    return question


def roll_back(details: Details) -> Question:
    promotion = details.promotion
    return Question(
        f"Roll {promotion.id} back?",
        [
            *_what(promotion),
            _pair("target", promotion.target),
            Content(""),
            Content(
                "The database is backed up first, then the version before this one comes back. The database stays as it is,"
                " unless you put it back as well: what was written since the deployment is then set aside."
            ),
        ],
        yes="Roll back",
        choice="Put the database back too; what was written since is set aside",
        choice_needs_typed=promotion.id,
        dangerous=True,
    )


def merge(details: Details) -> Question:
    promotion = details.promotion
    return Question(
        f"Merge the pull request of {promotion.build}?",
        [
            *_what(promotion),
            Content(""),
            toned(details.pull_request, limit=1_000),
            Content(""),
            Content("It is merged only if nothing stands in the way. Merged is not deployed."),
        ],
        yes="Merge",
    )


def recover(details: Details) -> Question:
    promotion = details.promotion
    return Question(
        f"Try again to finish {promotion.id}?",
        [
            *_what(promotion),
            Content(""),
            toned(promotion.reason, "bad", limit=1_000),
            Content(""),
            Content(
                "shipui looks at what is really there and takes back what is left to be taken back. The database is put back only if"
                " nobody can have worked with it since, unless you decide so."
            ),
        ],
        yes="Recover",
        choice="Put the database back, whatever was written since; that is set aside",
        choice_needs_typed=promotion.id,
        dangerous=True,
    )


def leave_unsaved(what: str) -> Question:
    return Question(
        "Leave without saving?",
        [Content(f"Leaving now loses {what}.")],
        yes="Leave without saving",
        safe="Stay here",
        dangerous=True,
    )


def recover_interrupted(found: Sequence[Interruption]) -> Question:
    one = len(found) == 1
    lines: list[Paragraph] = []
    for each in found:
        lines += [toned(each.what, "strong", limit=400)]
        lines += [toned(words, limit=400) for words in (*each.found, each.will)]
        lines += [Content("")]
    return Question(
        "A run was interrupted" if one else f"{len(found)} runs were interrupted",
        lines[:-1],
        yes="Recover it now" if one else "Recover them now",
        safe="Not now",
    )


def _what(promotion: Promotion) -> list[Paragraph]:
    return [
        toned(promotion.title, "strong", limit=240),
        _pair("build", f"{promotion.build}, {promotion.product_name} {promotion.version}"),
        _pair("change", f"{promotion.type}, {promotion.risk} risk, asked for by {promotion.requested_by}"),
    ]


def _pair(name: str, value: str) -> Paragraph:
    return Pair(toned(f"{name:<10} ", "calm"), toned(value, limit=200))


def _window(details: Details) -> Content:
    if details.decision is None:
        return toned(details.decision_problem or "cannot be read", "bad")
    return toned(details.decision.reason, "good" if details.decision.open else "warn")


def _with(
    question: Question,
    *,
    reason: str,
    reason_needed: bool = False,
    choice: str = "",
    choice_needs_reason: bool = False,
) -> Question:
    return Question(
        question.title,
        question.lines,
        question.yes,
        reason=reason,
        reason_needed=reason_needed,
        choice=choice,
        choice_needs_reason=choice_needs_reason,
        dangerous=question.dangerous,
    )
