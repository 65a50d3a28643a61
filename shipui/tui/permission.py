"""Why something may not be done now, in words, before it is tried. The action itself has the last word and asks all of this again."""

from __future__ import annotations

from shipui.model.promotion import Promotion, Status, is_in
from shipui.model.roles import NEEDED, Person
from shipui.tui.commands.command import Command
from shipui.tui.commands.promotions import APPROVE, CANCEL, MERGE
from shipui.tui.desk import Details, Standing


def why_not(
    command: Command, person: Person, promotion: Promotion | None, details: Details | None, standing: Standing | None
) -> str:
    """ "" if nothing is known against it; `details` and `standing` may still be on their way."""
    if command.statuses is None:
        return ""
    return why_never(command, person, promotion) or (
        _state(command, person, promotion, details, standing) if promotion is not None else ""
    )


def why_never(command: Command, person: Person, promotion: Promotion | None) -> str:
    """What speaks against it whatever state the promotion is in: a screen may show a state that has just passed."""
    return not_permitted(command, person) or ("Choose a promotion first." if promotion is None else "")


def not_permitted(command: Command, person: Person) -> str:
    """Also of a command that is about no promotion."""
    if command.right is not None and not person.may(command.right):
        return f"That takes the role {NEEDED[command.right].word}; you are {person.role.word}."
    return ""


def _state(
    command: Command, person: Person, promotion: Promotion, details: Details | None, standing: Standing | None
) -> str:
    if command is CANCEL:
        return _cancel(promotion, standing)
    if command.statuses is not None and promotion.status not in command.statuses:
        return f"It {is_in(promotion.status)}."
    if command is APPROVE and details is not None and details.promotion.id == promotion.id:
        return _approve(person, details)
    if command is MERGE:
        known = details is not None and details.promotion.id == promotion.id
        return "" if known and details is not None and details.pull_request_open else "It has no open pull request."
    return ""


def _cancel(promotion: Promotion, standing: Standing | None) -> str:
    open_runs = standing.open_runs if standing else ()
    under_way = any(each.promotion == promotion.id for each in open_runs)
    return "" if under_way or promotion.status is Status.EXECUTING else "No run of it is under way."


def _approve(person: Person, details: Details) -> str:
    if details.promotion.requested_by == person.name and not details.own_request_allowed:
        return "You asked for it, so somebody else has to approve it."
    if any(each.person == person.name for each in details.approvals):
        return f"You have approved it already; it needs {details.approvals_needed} people."
    return ""
