"""What is known of a Python value without running anything: where it comes from, and what of its text is fixed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

HOLE = "\ue000"
"""Stands in a text for what is not known."""
SAFE = "\ue001"
"""Stands in a text for what is not known and cannot do harm: a number, an imported constant, a sanitised piece."""
LONGEST_TEXT = 4000
MOST_ROOTS = 12


class Origin(IntEnum):
    """Where a value comes from, the least trusted last."""

    FIXED = 0
    """Written in the program."""
    CLEAN = 1
    """Not known, and harmless: a number, a digest, something that passed a check."""
    UNKNOWN = 2
    """A parameter, or the result of a function that is not known."""
    OUTSIDE = 3
    """The command line, a reply from the network, a variable that says so by its name."""
    REQUEST = 4
    """A request that this program answers."""


class Trait:
    """What else a value is, or holds a part of."""

    ENVIRONMENT = "environment"
    """All of the process's variables."""
    VARIABLE = "variable"
    """One variable of the environment."""
    CREDENTIAL = "credential"
    """A file that holds keys or passwords, or a variable of which the same is known."""
    HOST = "host"
    """Who and where this machine is."""
    DOWNLOADED = "downloaded"
    DECODED = "decoded"
    MEMBER = "member"
    """The name of a member of an archive."""
    OWN_FILE = "own file"
    """What a file holds of which the program itself fixes the path."""
    COMMAND_LINE = "command line"
    CHARACTERS = "characters"
    """A text put together from numbers, or reversed."""


ALL_CONTEXTS = frozenset({"sql", "html", "shell", "path", "url", "ldap", "code"})
NO_TRAITS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Value:
    origin: Origin
    text: str | None = None
    """Its text, as far as it is one, with HOLE and SAFE; None: not a text, or nothing is known of it."""
    name: str = ""
    """How it is reached: "os.path", "sqlite3.connect().cursor", "?param.attribute" for what no import explains."""
    traits: frozenset[str] = NO_TRAITS
    clean: frozenset[str] = NO_TRAITS
    """For which contexts (of ALL_CONTEXTS) it was made harmless."""
    lowered: frozenset[str] = NO_TRAITS
    """For which contexts only what is unknown is left in it: what came from outside was made harmless."""
    items: tuple[Value, ...] | None = None
    """Of a list, tuple or set that is written out."""
    roots: frozenset[str] = NO_TRAITS
    """Variables that it was made from."""
    lines: tuple[int, ...] = ()
    """Where its text was put together."""

    @property
    def dynamic(self) -> bool:
        return self.origin >= Origin.UNKNOWN

    @property
    def built(self) -> bool:
        """A text of fixed and unknown pieces."""
        return self.dynamic and self.text is not None and HOLE in self.text and self.text.strip(HOLE) != ""

    @property
    def fixed_text(self) -> str | None:
        """The whole text, if all of it is known."""
        if self.origin is Origin.FIXED and self.text is not None and SAFE not in self.text:
            return self.text
        return None

    def harmful_in(self, context: str) -> bool:
        return self.dynamic and context not in self.clean

    def seen_in(self, context: str) -> Value:
        """As dangerous as it is there, after what was done for that context."""
        if self.dynamic and context in self.clean:
            return replace(self, origin=Origin.CLEAN)
        if self.origin > Origin.UNKNOWN and context in self.lowered:
            return replace(self, origin=Origin.UNKNOWN)
        return self


def fixed(text: str) -> Value:
    return Value(Origin.FIXED, text[:LONGEST_TEXT])


NOTHING = Value(Origin.FIXED, SAFE)
"""A constant that is no text."""
HARMLESS = Value(Origin.CLEAN, SAFE)


def unknown(name: str = "", *, roots: frozenset[str] = NO_TRAITS) -> Value:
    return Value(Origin.UNKNOWN, HOLE, f"?{name}" if name else "", roots=roots)


def part_of(value: Value, name: str) -> Value:
    """An item, attribute or method's result of something: as trusted as the whole, but its text is not known."""
    text = value.text if value.origin is Origin.FIXED and value.text in (SAFE, None) else HOLE
    if not value.dynamic:
        text = SAFE
    return replace(value, text=text, name=name, items=None)


def joined(parts: Iterable[Value], line: int) -> Value:
    """Texts put together."""
    pieces = list(parts)
    text = "".join(
        piece.text if piece.text is not None else (HOLE if piece.dynamic else SAFE) for piece in pieces[:2000]
    )
    return _mixed(pieces, text[:LONGEST_TEXT], line)


def mixed(values: Iterable[Value], line: int = 0) -> Value:
    """Something that is made of all of these, in a way that is not known: a list, the result of a call."""
    pieces = list(values)
    worst = max((piece.origin for piece in pieces), default=Origin.FIXED)
    return _mixed(pieces, HOLE if worst >= Origin.UNKNOWN else SAFE, line)


def either(first: Value, second: Value) -> Value:
    """One of two: after a branch. The less trusted one decides."""
    if first == second:
        return first
    worse, better = (first, second) if first.origin >= second.origin else (second, first)
    if worse.origin == better.origin and better.built and not worse.built:
        worse, better = better, worse
    clean = worse.clean if not better.dynamic else worse.clean & better.clean
    return replace(
        worse,
        clean=clean,
        name=worse.name or better.name,
        traits=worse.traits | better.traits,
        roots=worse.roots | better.roots if len(worse.roots | better.roots) <= MOST_ROOTS else worse.roots,
        lines=tuple(dict.fromkeys((*worse.lines, *better.lines)))[:4],
    )


def made_clean(value: Value, contexts: frozenset[str] = ALL_CONTEXTS) -> Value:
    traits = value.traits - {Trait.MEMBER} if "path" in contexts else value.traits
    return replace(value, clean=value.clean | contexts, traits=traits)


def _mixed(pieces: list[Value], text: str, line: int) -> Value:
    worst = max((piece.origin for piece in pieces), default=Origin.FIXED)
    traits: frozenset[str] = NO_TRAITS
    roots: frozenset[str] = NO_TRAITS
    clean = lowered = ALL_CONTEXTS
    for piece in pieces:
        if piece.traits:
            traits |= piece.traits
        if piece.roots and len(roots) < MOST_ROOTS:
            roots |= piece.roots
        if piece.dynamic:
            clean &= piece.clean
            if piece.origin > Origin.UNKNOWN:
                lowered &= piece.clean | piece.lowered
    lines = tuple(dict.fromkeys((*(each for piece in pieces[:20] for each in piece.lines), line)))[-4:] if line else ()
    if worst < Origin.UNKNOWN:
        clean = lowered = NO_TRAITS
    return Value(
        worst, text, "", traits, clean, lowered if worst > Origin.UNKNOWN else NO_TRAITS, roots=roots, lines=lines
    )
