"""package-lock.json (versions 1 to 3) and npm-shrinkwrap.json."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shipui.gates.manifests.dependency import Dependency, Manifest, Source
from shipui.gates.manifests.json_reading import read_object, table

_ENTRY = re.compile(r'^\s*"(?:[^"\s]*node_modules/)?(?P<name>(?:@[^"/\s]+/)?[^"/\s]+)"\s*:\s*\{\s*$')
_FIELD = re.compile(
    r'^\s*"(?P<key>version|resolved|integrity|license|hasInstallScript)"\s*:\s*"?(?P<value>[^",]*)"?,?\s*$'
)
_NO_PACKAGE = frozenset(
    ("packages", "dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "engines", "bin", "requires", "funding",
     "peerDependenciesMeta", "", "scripts", "os", "cpu", "bundleDependencies")
)  # fmt: skip


def read(text: str) -> Manifest:
    whole = read_object(text)
    if "packages" in whole:
        return Manifest(tuple(_packages(table(whole["packages"], "packages"))))
    return Manifest(tuple(_tree(table(whole.get("dependencies"), "dependencies"))))


def read_piece(text: str) -> Manifest:
    found: list[Dependency] = []
    name, line, fields = "", 0, dict[str, str]()
    for number, each in enumerate(text.split("\n"), 1):
        if entry := _ENTRY.match(each):
            found += _finished(name, fields, line)
            name = "" if entry["name"] in _NO_PACKAGE else entry["name"]
            line, fields = number, {}
        elif pair := _FIELD.match(each):
            fields.setdefault(pair["key"], pair["value"])
    return Manifest((*found, *_finished(name, fields, line)))


def _finished(name: str, fields: dict[str, str], line: int) -> list[Dependency]:
    if not name or "version" not in fields:
        return []
    locked = {**fields, "hasInstallScript": fields.get("hasInstallScript") == "true"}
    return [_locked(name, locked, line)]


def _packages(packages: dict[str, Any]) -> Iterator[Dependency]:
    """The key "" is the project itself, one without node_modules a part of its workspace."""
    for path, entry in packages.items():
        if "node_modules/" in path and isinstance(entry, dict) and not entry.get("link"):
            yield _locked(str(entry.get("name") or path.rpartition("node_modules/")[2]), entry)


def _tree(packages: dict[str, Any]) -> Iterator[Dependency]:
    stack = [packages]
    while stack:
        for name, entry in stack.pop().items():
            if isinstance(entry, dict):
                yield _locked(name, entry)
                if isinstance(inner := entry.get("dependencies"), dict):
                    stack.append(inner)


def _locked(name: str, entry: dict[str, Any], line: int | None = None) -> Dependency:
    version, resolved = str(entry.get("version") or ""), str(entry.get("resolved") or "")
    licence = entry.get("license")
    source = Source.REGISTRY
    if (resolved or version).startswith(("git+", "git:", "github:", "git@")):
        source = Source.GIT
    elif version.startswith("file:") or resolved.startswith("file:"):
        source = Source.PATH
    return Dependency(
        "npm",
        name,
        version,
        source=source,
        address=resolved or (version if source is not Source.REGISTRY else ""),
        fixed=True,
        licence=licence if isinstance(licence, str) else "",
        digest=str(entry.get("integrity") or ""),
        install_script=entry.get("hasInstallScript") is True,
        line=line,
    )
