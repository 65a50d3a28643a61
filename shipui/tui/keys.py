"""Which key does what: each command's own, unless the section [keys] of config.toml gives it another."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from textual.keys import Keys as KnownKeys
from textual.keys import _character_to_key

from shipui.model.text import listed, visible
from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.places import going

SCOPE_EVERYWHERE, SCOPE_PLACES = "everywhere", "places"
MOVING = frozenset(
    {"up", "down", "left", "right", "j", "k", "pageup", "pagedown", "home", "end", "g", "G", "space", "tab", "shift+tab"}
    | {"enter", "escape", "ctrl+c"}
)  # fmt: skip
"""Lists, logs and dialogs need these themselves."""
_SHOWN = {
    "slash": "/",
    "question_mark": "?",
    "enter": "⏎",
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}
_IN_LETTERS = {"⏎": "enter", "←": "left", "→": "right", "↑": "up", "↓": "down"}
_NAMED = frozenset(each.value for each in KnownKeys)


class Keys:
    """`changed`: key by full name of a command, such as queue.approve."""

    def __init__(self, changed: Mapping[str, str] | None = None) -> None:
        self.in_letters = False
        """Whether keys are shown without signs such as an arrow."""
        self.changed = {name: ",".join(_normal(key)) for name, key in (changed or {}).items()}

    def shown(self, scope: str, command: Command) -> str:
        """As the footer and help show it."""
        key = self.changed.get(_full_name(scope, command))
        shown = command.key_shown if key is None else _in_short(key.partition(",")[0])
        return _IN_LETTERS.get(shown, shown) if self.in_letters else shown


def checked(changed: Mapping[str, str], file: Path) -> Keys:
    """BadSettings, naming the keys, where a command is not known, a key is none, or two commands share one."""
    if not changed:
        return Keys()
    from shipui.config.mistakes import bad_settings

    known = dict(_all_commands())
    mistakes = [words for name, key in changed.items() if (words := _mistake(name, key, known))]
    keys = Keys({name: key for name, key in changed.items() if name in known})
    mistakes = mistakes or list(_clashes(keys, known))
    if mistakes:
        raise bad_settings(file, mistakes)
    return keys


def clashes_of(commands: Mapping[str, Command]) -> list[str]:
    """Of commands as they come, by full name; for a test."""
    return list(_clashes(Keys(), commands, all_of_them=True))


def all_commands() -> dict[str, Command]:
    """By full name: every screen's, those that every screen has, and the ways to the places."""
    return dict(_all_commands())


def _all_commands() -> Iterator[tuple[str, Command]]:
    from shipui.tui import commands

    for module in pkgutil.iter_modules(commands.__path__):
        found = getattr(importlib.import_module(f"{commands.__name__}.{module.name}"), module.name.upper(), ())
        for command in found if isinstance(found, tuple) else ():
            yield f"{module.name}.{command.name}", command
    for command in going():
        yield f"{SCOPE_PLACES}.{command.name}", command


def _full_name(scope: str, command: Command) -> str:
    if command in EVERYWHERE:
        return f"{SCOPE_EVERYWHERE}.{command.name}"
    return f"{SCOPE_PLACES if command.action.startswith('go(') else scope}.{command.name}"


def _mistake(name: str, key: str, known: Mapping[str, Command]) -> str:
    where = f"keys.{visible(name, limit=80)}"
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        scopes = sorted({each.partition(".")[0] for each in known})
        hint = f"perhaps {near[0]}" if near else f"SCREEN.COMMAND, the screen one of {listed(scopes, most=20)}"
        return f"{where}: found a command that is not known; expected {hint}"
    for each in _normal(key):
        if not _is_key(each):
            return f'{where}: found "{visible(key, limit=40)}"; expected a character, or a name such as ctrl+a, f5 or delete'
        if each in MOVING:
            return f'{where}: found "{visible(key, limit=40)}", which moves in lists and dialogs; expected another key'
    return ""


def _clashes(keys: Keys, known: Mapping[str, Command], *, all_of_them: bool = False) -> Iterator[str]:
    """A key of a screen is that of one command, be it the screen's own or one that every screen has."""
    common = {SCOPE_EVERYWHERE, SCOPE_PLACES}
    taken: dict[tuple[str, str], str] = {}
    for name, command in sorted(known.items(), key=lambda each: each[0].partition(".")[0] not in common):
        scope = name.partition(".")[0]
        for key in keys.changed.get(name, command.key).split(","):
            other = taken.get((key, "")) or taken.get((key, scope))
            if other is not None and (all_of_them or keys.changed.keys() & {name, other}):
                first, second = (name, other) if name in keys.changed else (other, name)
                yield f'keys.{first}: found "{_in_short(key)}", which is the key of {second} already; expected another key'
            taken.setdefault((key, "" if scope in common else scope), name)


def _normal(key: str) -> list[str]:
    """The names that Textual has for the keys of "A", "/", "ctrl+a" or "f5,ctrl+r"."""
    if key == ",":
        return ["comma"]
    return [_character_to_key(each) if len(each) == 1 else each.lower() for each in key.replace(" ", "").split(",")]


def _is_key(key: str) -> bool:
    last = key.rpartition("+")[2]
    modifiers = key.split("+")[:-1]
    single = len(last) == 1 or "_" in last or last in {"slash", "comma", "minus", "plus", "at", "colon", "semicolon"}
    return bool(last) and set(modifiers) <= {"ctrl", "shift", "alt", "super"} and (single or last in _NAMED)


def _in_short(key: str) -> str:
    if key in _SHOWN:
        return _SHOWN[key]
    from textual.keys import format_key

    return f"^{key[5:]}" if key.startswith("ctrl+") and len(key) == 6 else format_key(key)
