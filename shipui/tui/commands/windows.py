"""The commands of the form for the deployment windows."""

from __future__ import annotations

from shipui.model.roles import Right
from shipui.tui.commands.command import Command

EDIT = Right.EDIT_WINDOWS
ADD_WINDOW = Command("add_window", "a", "Add window", "A new window, in which changes may go out.", EDIT)
ADD_BLACKOUT = Command(
    "add_blackout", "b", "Add blackout", "A new blackout, in which nothing but what it excepts goes out.", EDIT
)
CHANGE = Command("change", "enter,e", "Edit", "Opens the window or blackout; who may not edit reads it.", shown="⏎")
DUPLICATE = Command("duplicate", "c", "Copy", "A new one that begins as this one.", EDIT)
REMOVE = Command("remove", "x,delete", "Remove", "Takes it out of the draft; nothing is written yet.", EDIT)
UNDO = Command("undo", "u", "Undo", "Takes the last change of the draft back.", EDIT)
ZONE = Command("zone", "z", "Zone", "The time zone of the install, for all windows that name none.", EDIT)
SAVE = Command("save", "s,ctrl+s", "Save", "Shows the difference, then writes windows.toml.", EDIT)
DISCARD = Command("discard", "d", "Discard", "Throws all changes away that are not saved.", EDIT, spare=True)
NEXT_TYPE = Command("next_type", "t", "Type", "Shows the days ahead for another type of change.")
NEXT_RISK = Command("next_risk", "r", "Risk", "Shows the days ahead for another risk level.")
REFRESH = Command("refresh", "f5", "Read again", "Reads windows.toml anew.", footer=False)
BACK = Command("back", "escape", "Back", "Goes back; asks first if something is not saved.", shown="esc")
WINDOWS: tuple[Command, ...] = (
    ADD_WINDOW, ADD_BLACKOUT, CHANGE, DUPLICATE, REMOVE, UNDO, ZONE, SAVE, DISCARD, NEXT_TYPE, NEXT_RISK, BACK, REFRESH,
)  # fmt: skip
NEED_ENTRY = frozenset({CHANGE.name, DUPLICATE.name, REMOVE.name})
NEED_CHANGES = frozenset({SAVE.name, DISCARD.name})
