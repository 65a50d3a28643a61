"""The paths in a diff's headers: quoted or plain, with prefixes or without, made harmless."""

from __future__ import annotations

import re

_ESCAPES = {
    ord("a"): 7,
    ord("b"): 8,
    ord("t"): 9,
    ord("n"): 10,
    ord("v"): 11,
    ord("f"): 12,
    ord("r"): 13,
    ord('"'): 34,
    ord("\\"): 92,
}
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_PREFIXES = frozenset({b"a/", b"b/", b"c/", b"i/", b"o/", b"w/"})
NOTHING = b"/dev/null"


def unquoted(name: bytes) -> bytes:
    """A name as git writes it: plain, or in double quotes with C's escapes."""
    match = _QUOTED.fullmatch(name)
    return _ESCAPE.sub(_unescaped, match.group(1)) if match else name


def named_after(line: bytes, word: bytes) -> bytes:
    """The name on a "--- " or "+++ " line; a tab ends it (then comes a time)."""
    rest = line[len(word) :]
    if rest.startswith(b'"'):
        match = _QUOTED.match(rest)
        return unquoted(match.group(0)) if match else rest
    return rest.split(b"\t", 1)[0]


def named_by_git(line: bytes) -> tuple[bytes, bytes] | None:
    """Old and new name of a "diff --git" line, prefixes included; None if it cannot be told where one ends."""
    rest = line[len(b"diff --git ") :]
    if b'"' in rest:
        pieces = re.findall(rb'"(?:[^"\\]|\\.)*"|\S+', rest)
        return (unquoted(pieces[0]), unquoted(pieces[1])) if len(pieces) == 2 else None
    middle = len(rest) // 2
    if rest[middle : middle + 1] == b" " and _bare(rest[:middle]) == _bare(rest[middle + 1 :]):
        return rest[:middle], rest[middle + 1 :]
    pieces = rest.split(b" ")
    return (pieces[0], pieces[1]) if len(pieces) == 2 else None


def without_prefixes(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """As git writes them: a/ and b/, or one of its mnemonics; names without both prefixes stay."""
    known = [name for name in (old, new) if name != NOTHING]
    if known and all(name[:2] in _PREFIXES for name in known) and (len(known) == 1 or old[:1] != new[:1]):
        return (old if old == NOTHING else old[2:]), (new if new == NOTHING else new[2:])
    return old, new


def harmless(name: bytes) -> tuple[str, bool]:
    """The path as text, never absolute, never out of the tree; and whether it was so already."""
    parts = [part for part in name.split(b"/") if part not in {b"", b".", b".."}]
    clean = b"/".join(parts)
    inside_git = any(part.lower().rstrip(b" .") == b".git" for part in parts)
    text = clean.decode("utf-8", "backslashreplace") or "(no name)"
    return text, clean == name and bool(clean) and not inside_git and b"\0" not in name


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    return bytes([int(code, 8) & 255]) if len(code) == 3 else bytes([_ESCAPES.get(code[0], code[0])])


def _bare(name: bytes) -> bytes:
    return name[2:] if name[:2] in _PREFIXES else name
