"""What may be done with a promotion, on whichever screen shows it."""

from __future__ import annotations

from shipui.model.promotion import Status
from shipui.model.roles import Right
from shipui.tui.commands.command import Command

APPROVE = Command(
    "approve", "a", "Approve", "Allows exactly this content to be deployed.",
    Right.APPROVE, frozenset({Status.PENDING}), "approved",
)  # fmt: skip
REJECT = Command(
    "reject", "r", "Reject", "Refuses it for good; whoever asked reads the reason.",
    Right.REJECT, frozenset({Status.PENDING}), "rejected",
)  # fmt: skip
WITHDRAW = Command(
    "withdraw", "w", "Withdraw", "Takes the request back before it is deployed.",
    Right.WITHDRAW, frozenset({Status.PENDING, Status.APPROVED}), "withdrawn",
)  # fmt: skip
DEPLOY = Command(
    "deploy", "d", "Deploy", "Puts it into production by the eleven steps.",
    Right.DEPLOY, frozenset({Status.APPROVED}), "deployed",
)  # fmt: skip
CANCEL = Command(
    "cancel", "x", "Cancel", "Stops the run that is under way, which then rolls back.",
    Right.CANCEL, frozenset(Status), "cancelled",
)  # fmt: skip
ROLL_BACK = Command(
    "roll_back", "b", "Roll back", "Brings the previous version back into production.",
    Right.ROLL_BACK, frozenset({Status.DEPLOYED}), "rolled back",
)  # fmt: skip
RETRY = Command(
    "retry", "t", "Retry", "Asks for the same build again, in a new promotion.",
    Right.SHIP, frozenset({Status.ROLLED_BACK}), "tried again",
)  # fmt: skip
RECOVER = Command(
    "recover", "R", "Recover", "Tries again to finish what needs attention, once its cause is gone.",
    Right.RECOVER, frozenset({Status.NEEDS_ATTENTION}), "recovered", only_where_possible=True,
)  # fmt: skip
MERGE = Command(
    "merge", "m", "Merge", "Tries again to merge its pull request, once nothing stands in the way.",
    Right.MERGE, frozenset(Status), "merged", only_where_possible=True,
)  # fmt: skip
OPEN_FINDINGS = Command(
    "findings", "f", "Findings", "What the gates found in its content, to be reviewed one by one.", statuses=frozenset(Status),
)  # fmt: skip
ABOUT_PROMOTION: tuple[Command, ...] = (APPROVE, REJECT, WITHDRAW, DEPLOY, CANCEL, ROLL_BACK, RETRY)
