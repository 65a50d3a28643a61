"""GitHub Actions: what workflows and composite actions use."""

from __future__ import annotations

import re

import yaml

from shipui.gates.manifests.container_images import image
from shipui.gates.manifests.dependency import Dependency, Manifest, Unreadable

_USES = re.compile(r"""^\s*(?:-\s+)?["']?uses["']?\s*:\s*["']?(?P<what>[^"'\s#]+)""")
_BLOCK = re.compile(r"^(?P<indent>\s*)(?:-\s+)?[\w\"'-]+\s*:\s*[|>][-+0-9]*\s*(?:#.*)?$")
_COMMIT = re.compile(r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$")
_BRANCHES = frozenset({"main", "master", "develop", "dev", "trunk", "latest", "head", "edge", "nightly"})


def read(text: str) -> Manifest:
    try:
        yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unreadable(f"is no YAML ({' '.join(str(error).split())[:80]})") from error
    return read_piece(text)


def read_piece(text: str) -> Manifest:
    found: list[Dependency] = []
    inside: int | None = None
    for number, line in enumerate(text.split("\n"), 1):
        indent = len(line) - len(line.lstrip())
        if inside is not None and (not line.strip() or indent > inside):
            continue
        inside = None
        if block := _BLOCK.match(line):
            inside = len(block["indent"])
        elif uses := _USES.match(line):
            found += _used(uses["what"], number)
    return Manifest(tuple(found))


def _used(what: str, line: int) -> list[Dependency]:
    if what.startswith(("./", "../")):
        return []
    if what.startswith("docker://"):
        return [image(what.removeprefix("docker://"), "uses", line)]
    name, _, ref = what.partition("@")
    loose = not ref or ref.lower() in _BRANCHES
    return [Dependency("GitHub Actions", name, ref, "uses", fixed=bool(_COMMIT.match(ref)), loose=loose, line=line)]
