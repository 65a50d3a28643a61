"""What would happen if a promotion were deployed now: as sentences, the first that stands in its way or the whole way in short."""

from __future__ import annotations

from shipui.model.change import ChangeType
from shipui.model.promotion import Status, is_in
from shipui.model.text import plain_minutes
from shipui.tui.desk import Details


def if_deployed(details: Details) -> list[tuple[str, str]]:
    """Sentences, each with its tone."""
    return _in_the_way(details) or _the_way(details)


def _in_the_way(details: Details) -> list[tuple[str, str]]:
    promotion, found = details.promotion, list[tuple[str, str]]()
    missing = details.approvals_needed - len(details.approvals)
    if promotion.status is Status.PENDING:
        people = "one more person" if missing == 1 else f"{missing} more people"
        found.append((f"It cannot be yet: {people} must approve it.", "warn"))
    elif promotion.status is not Status.APPROVED:
        return [(f"It cannot be: it {is_in(promotion.status)}.", "calm")]
    if promotion.gate_verdict in {"block", "error"}:
        found.append((f"Step 1 would refuse it: the verdict of its gates is “{promotion.gate_verdict}”.", "bad"))
    if details.decision is None:
        found.append((details.decision_problem or "The deployment windows cannot be read.", "bad"))
    elif not details.decision.open:
        found.append((f"Step 2 would refuse it. {details.decision.reason}", "warn"))
    return found


def _the_way(details: Details) -> list[tuple[str, str]]:
    promotion, current = details.promotion, details.deployed_now
    decision = details.decision.reason if details.decision else ""
    takes = f"{current.product_name} {current.version}" if current else "nothing: it is the first there"
    found = [
        (decision, "good"),
        (
            f"On {promotion.target} it would take the place of {takes}. The database is backed up first; if a step fails, what runs"
            f" now comes back. At most {plain_minutes(details.limit_seconds)}.",
            "plain",
        ),
    ]
    if promotion.type is ChangeType.EMERGENCY:
        found.append(("As an emergency change it passes windows and blackouts, and asks you for a reason.", "warn"))
    return found
