"""Who may do what: four roles, each with the rights of those before it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from shipui.model.errors import NotPermitted


class Role(IntEnum):
    VIEWER = 0
    REVIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Right(StrEnum):
    LOOK = "look"
    GIVE_DISPOSITION = "give dispositions"
    APPROVE = "approve promotions"
    REJECT = "reject promotions"
    WITHDRAW = "withdraw promotions"
    SHIP = "ship builds"
    MERGE = "merge pull requests"
    CERTIFY = "accept the certificate of origin"
    DEPLOY = "deploy"
    CANCEL = "cancel a deployment"
    ROLL_BACK = "roll back"
    RECOVER = "recover an interrupted run"
    RESTORE_BACKUP = "restore a backup"
    EDIT_WINDOWS = "edit deployment windows"
    OVERRIDE_WINDOW = "override a closed window"


NEEDED: dict[Right, Role] = {
    Right.LOOK: Role.VIEWER,
    Right.GIVE_DISPOSITION: Role.REVIEWER,
    Right.APPROVE: Role.OPERATOR,
    Right.REJECT: Role.OPERATOR,
    Right.WITHDRAW: Role.OPERATOR,
    Right.SHIP: Role.OPERATOR,
    Right.MERGE: Role.OPERATOR,
    Right.CERTIFY: Role.OPERATOR,
    Right.DEPLOY: Role.OPERATOR,
    Right.CANCEL: Role.OPERATOR,
    Right.ROLL_BACK: Role.OPERATOR,
    Right.RECOVER: Role.OPERATOR,
    Right.RESTORE_BACKUP: Role.ADMIN,
    Right.EDIT_WINDOWS: Role.ADMIN,
    Right.OVERRIDE_WINDOW: Role.ADMIN,
}


@dataclass(frozen=True, slots=True)
class Person:
    """An operating-system account, by its real UID; `ssh` is SSH_CONNECTION as it was, for the audit trail only."""

    name: str
    uid: int
    role: Role
    ssh: str = ""

    def may(self, right: Right) -> bool:
        return self.role >= NEEDED[right]

    def require(self, right: Right) -> None:
        if not self.may(right):
            needed = NEEDED[right]
            raise NotPermitted(
                f"{self.name} may not {right.value}: that takes the role {needed.word}, and {self.name} is {self.role.word}.",
                fix=f"Ask an admin to list {self.name} under [roles] {needed.word} in config.toml.",
            )
