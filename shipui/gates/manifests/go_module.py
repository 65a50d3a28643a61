"""go.mod: require, replace and exclude; line by line, as the format is."""

from __future__ import annotations

import re

from shipui.gates.manifests.dependency import Dependency, Manifest, Source

_BLOCK = re.compile(r"^(?P<verb>require|replace|exclude|retract|tool|godebug|ignore)\s*\(\s*$")
_VERB = re.compile(
    r"^(?P<verb>module|go|toolchain|require|replace|exclude|retract|tool|godebug|ignore)\s+(?P<rest>.+)$"
)
_REQUIRED = re.compile(r"^(?P<name>[^\s\"=>]+)\s+(?P<version>v\d\S*)$")
_REPLACED = re.compile(r"^(?P<name>\S+)(?:\s+v\S+)?\s+=>\s+(?P<by>\S+)(?:\s+(?P<version>v\S+))?$")


def read(text: str) -> Manifest:
    found: list[Dependency] = []
    unread: list[str] = []
    block = ""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        bare, _, comment = line.partition("//")
        bare = bare.strip()
        if opening := _BLOCK.match(bare):
            block = opening["verb"]
        elif bare == ")":
            block = ""
        elif bare:
            verb = "" if block else (match["verb"] if (match := _VERB.match(bare)) else "")
            rest = bare if not verb else bare.removeprefix(verb).strip()
            dependency = _one(rest.replace('"', ""), "indirect" if "indirect" in comment else "require", number)
            if (block or verb) in {"exclude", "retract", "module", "go", "toolchain", "tool", "godebug", "ignore"}:
                continue
            if dependency is not None:
                found.append(dependency)
            else:
                unread.append(f"has a line that is not understood (line {number}: {bare[:40]!r})")
    return Manifest(tuple(found), unread=tuple(unread))


def read_piece(text: str) -> Manifest:
    return Manifest(read(text).dependencies)


def _one(rest: str, group: str, line: int) -> Dependency | None:
    if replaced := _REPLACED.match(rest):
        by = replaced["by"]
        source = Source.PATH if by.startswith((".", "/")) or not replaced["version"] else Source.GIT
        return Dependency("Go", replaced["name"], replaced["version"] or "", "replace", source, by, fixed=bool(replaced["version"]), line=line,
                          overrides=True)  # fmt: skip
    if required := _REQUIRED.match(rest):
        return Dependency("Go", required["name"], required["version"], group, fixed=True, line=line)
    return None
