"""Every error that a user's doing, or the world, can cause: one tree, each with plain words and an exit code.

ShipuiError                     1
├── BadInput                    2   what was typed or written cannot be used
│   ├── BadId                       an ID that has not the form of one
│   ├── UnknownId                   an ID of the right form that the records do not have
│   └── BadSettings                 config.toml or windows.toml
├── Refused                     3   understood, and not done; nothing was changed
│   ├── NotPermitted                the person's role does not allow it
│   ├── WrongState                  the promotion's state does not allow it
│   ├── TargetBusy                  another run has the target
│   ├── WindowClosed                no deployment window is open
│   ├── FileChanged                 a file is another one since it was read
│   └── NotReady                    step 1 found something missing
├── Failed                      1   it was tried, and did not work
│   ├── TimeLimitPassed
│   ├── Cancelled
│   ├── Unreachable                 a database, engine or file system that does not answer
│   ├── ToolFailed                  a command that ended with an error
│   ├── BackupDamaged
│   └── NoSpace
└── AttentionNeeded             4   a person has to finish it; says with which commands

Any other exception is a defect of shipui's: the command line logs it and exits 1.
"""

from __future__ import annotations


class ShipuiError(Exception):
    """`plain` is one or two sentences for the operator; `detail` is for whoever knows the tools; `fix` says what to do."""

    exit_code = 1

    def __init__(self, plain: str, *, detail: str = "", fix: str = "") -> None:
        super().__init__(plain)
        self.plain = plain
        self.detail = detail
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.plain} {self.fix}".strip()


class BadInput(ShipuiError):
    exit_code = 2


class BadId(BadInput):
    pass


class UnknownId(BadInput):
    pass


class BadSettings(BadInput):
    pass


class Refused(ShipuiError):
    exit_code = 3


class NotPermitted(Refused):
    pass


class WrongState(Refused):
    pass


class TargetBusy(Refused):
    pass


class WindowClosed(Refused):
    pass


class FileChanged(Refused):
    pass


class NotReady(Refused):
    pass


class Failed(ShipuiError):
    exit_code = 1


class TimeLimitPassed(Failed):
    pass


class Cancelled(Failed):
    pass


class Unreachable(Failed):
    pass


class ToolFailed(Failed):
    pass


class BackupDamaged(Failed):
    pass


class NoSpace(Failed):
    pass


class AttentionNeeded(ShipuiError):
    exit_code = 4

    def __init__(self, plain: str, *, detail: str = "", fix: str = "", commands: tuple[str, ...] = ()) -> None:
        super().__init__(plain, detail=detail, fix=fix)
        self.commands = commands
        """What finishes the job by hand, in order, ready to paste into a shell."""
