"""What a command is, said once: its key, its words, the right and the states that it needs. Bindings, footer, palette and help are made from
this; a screen has a method `action_NAME` for each of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

if TYPE_CHECKING:
    from shipui.model.promotion import Status
    from shipui.model.roles import Right


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    key: str
    title: str
    help: str
    """One sentence, for the help screen and the palette."""
    right: Right | None = None
    statuses: frozenset[Status] | None = None
    """The states of a promotion in which it makes sense; None: it is about no promotion."""
    done: str = ""
    """Completes "It cannot be …"."""
    shown: str = ""
    """The key as the footer shows it, when that is not the key's name."""
    footer: bool = True
    spare: bool = False
    """Left out of the footer where that saves a line."""
    only_where_possible: bool = False
    """In the footer only where it may be done: it is seldom needed, and then it matters."""
    takes_over: bool = False
    """Whether the key is this command's even while a text is being typed."""

    action: str = ""
    """What is run instead of the action of its name."""

    @property
    def key_shown(self) -> str:
        """Unless it was changed in the settings: a screen knows, see `DeskScreen.key_shown`."""
        return self.shown or self.key.partition(",")[0]


def bindings(commands: Sequence[Command], scope: str = "") -> list[BindingType]:
    """Key bindings of a screen; nothing is shown by Textual's own footer, ours also shows what may not be done.

    With a scope, the name of the screen, each has a name by which its key can be changed.
    """
    return [
        Binding(
            each.key, each.action or each.name, each.title, show=False, priority=each.takes_over,
            id=f"{scope}.{each.name}" if scope else None,
        )
        for each in commands
    ]  # fmt: skip
