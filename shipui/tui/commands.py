"""Every command of the screens, said once: its key, its words, the right and the states that it needs. Bindings, footer, palette and help
are made from this; a screen has a method `action_NAME` for each of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

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
    takes_over: bool = False
    """Whether the key is this command's even while a text is being typed."""

    @property
    def key_shown(self) -> str:
        return self.shown or self.key.partition(",")[0]


OPEN = Command(
    "open", "enter", "Open", "Shows the promotion's run, step by step, live while it is under way.", shown="⏎"
)
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
    Right.RECOVER, frozenset({Status.NEEDS_ATTENTION}), "recovered", footer=False,
)  # fmt: skip
FILTER = Command("filter", "slash", "Filter", "Narrows the list down as you type; Escape clears it.", shown="/")
LOG = Command("log", "l", "Log", "Gives the log the whole screen, or only its place.", spare=True)
NEXT_TAB = Command(
    "next_tab", "right", "Next state", "Shows the promotions of the next state.", shown="→", footer=False
)
PREVIOUS_TAB = Command(
    "previous_tab", "left", "Previous state", "Shows the promotions of the state before.", shown="←", footer=False
)
CLEAR_FILTER = Command("clear_filter", "escape", "Clear filter", "Shows everything again.", shown="esc", footer=False)
REFRESH = Command("refresh", "f5", "Look again", "Reads the records anew; this also happens by itself.", footer=False)

BACK = Command("back", "escape", "Back", "Goes back to the queue; a run that is under way goes on.", shown="esc")
DETAIL = Command("detail", "d", "Detail", "The technical detail, and the commands for finishing by hand.")
COPY_COMMANDS = Command(
    "copy_commands", "c", "Copy commands",
    "Copies the commands that finish it by hand to your clipboard, over SSH too (OSC 52).", footer=False,
)  # fmt: skip
FOLLOW = Command("follow", "f", "Follow", "Keeps the newest line of the log in sight, or pauses.", footer=False)
WRAP = Command("wrap", "w", "Wrap", "Folds long lines of the log, or cuts them off.", footer=False)
SEARCH = Command(
    "search",
    "slash",
    "Search",
    "Finds text in the log; n goes to the next place, N to the one before.",
    shown="/",
    footer=False,
)
NEXT_MATCH = Command(
    "next_match", "n", "Next match", "Goes to the next place of the text that was searched.", footer=False
)
PREVIOUS_MATCH = Command(
    "previous_match", "N", "Previous match", "Goes to the place before of the text that was searched.", footer=False
)
JUMP_TO_END = Command("jump_to_end", "G,end", "Log end", "Jumps to the end of the log and follows it.", footer=False)
JUMP_TO_START = Command("jump_to_start", "g,home", "Log start", "Jumps to the beginning of the log.", footer=False)
COPY = Command(
    "copy_log", "y", "Copy log", "Copies the whole log to your clipboard, over SSH too (OSC 52).", footer=False
)

HELP = Command("help", "question_mark", "Help", "What can be done on this screen, and what not, and why.", shown="?")
PALETTE = Command(
    "command_palette", "ctrl+p", "Palette", "Everything by name.", shown="^p", takes_over=True, spare=True
)
THEME = Command(
    "next_theme", "f2", "Light or dark", "Changes the colours: dark, light, or the terminal's own.", footer=False
)
LEAVE = Command(
    "leave",
    "ctrl+q",
    "Leave",
    "Leaves at once; asks first while a run of yours is under way.",
    shown="^q",
    takes_over=True,
)

ABOUT_PROMOTION: tuple[Command, ...] = (APPROVE, REJECT, WITHDRAW, DEPLOY, CANCEL, ROLL_BACK, RETRY)
EVERYWHERE: tuple[Command, ...] = (HELP, PALETTE, THEME, LEAVE)
QUEUE: tuple[Command, ...] = (
    OPEN, APPROVE, REJECT, WITHDRAW, DEPLOY, CANCEL, ROLL_BACK, RETRY, RECOVER, LOG, FILTER, CLEAR_FILTER, NEXT_TAB, PREVIOUS_TAB, REFRESH,
)  # fmt: skip
DEPLOYMENT: tuple[Command, ...] = (
    BACK, DETAIL, COPY_COMMANDS, CANCEL, ROLL_BACK, RETRY, RECOVER, LOG, FOLLOW, WRAP, SEARCH, NEXT_MATCH, PREVIOUS_MATCH,
    JUMP_TO_END, JUMP_TO_START, COPY,
)  # fmt: skip


def bindings(commands: Sequence[Command]) -> list[BindingType]:
    """Key bindings of a screen; nothing is shown by Textual's own footer, ours also shows what may not be done."""
    return [Binding(each.key, each.name, each.title, show=False, priority=each.takes_over) for each in commands]
