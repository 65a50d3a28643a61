"""Cargo.toml: dependencies of the package, of targets and of the workspace, and patches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shipui.gates.manifests.dependency import Dependency, Manifest, Source, Unreadable
from shipui.gates.manifests.toml_reading import pairs, read_toml, value_of

GROUPS = ("dependencies", "dev-dependencies", "build-dependencies")
_NO_CRATES = frozenset(
    ("name", "version", "edition", "license", "authors", "rust-version", "path", "resolver", "publish", "description")
)


def read(text: str) -> Manifest:
    whole = read_toml(text)
    found = list(_groups(whole, ""))
    for target, contents in _table(whole.get("target")).items():
        found += _groups(_table(contents), f"{target}: ")
    found += _groups(_table(whole.get("workspace")), "workspace: ")
    for registry, crates in _table(whole.get("patch")).items():
        found += [_one(name, spec, f"patch: {registry}", overrides=True) for name, spec in _table(crates).items()]
    found += [_one(name, spec, "replace", overrides=True) for name, spec in _table(whole.get("replace")).items()]
    return Manifest(tuple(found))


def read_piece(text: str) -> Manifest:
    found = []
    for line, section, key, value in pairs(text):
        shown = section.rpartition(".")[2] in GROUPS or section.startswith("patch.") or section == ""
        if not key or not shown or (not section and key in _NO_CRATES):
            continue
        spec = value_of(value)
        if isinstance(spec, str) and (section or re.match(r"[\^~=<>*]*\s*\d|\*$", spec)):
            found.append(_one(key, spec, section or "dependencies", line=line))
        elif isinstance(spec, dict) and {"version", "git", "path", "workspace", "registry"} & spec.keys():
            found.append(_one(key, spec, section or "dependencies", line=line, overrides=section.startswith("patch.")))
    return Manifest(tuple(found))


def _groups(contents: dict[str, Any], prefix: str) -> Iterator[Dependency]:
    for group in GROUPS:
        for name, spec in _table(contents.get(group)).items():
            yield _one(name, spec, prefix + group)


def _one(name: str, spec: Any, group: str, *, line: int | None = None, overrides: bool = False) -> Dependency:
    table = spec if isinstance(spec, dict) else {"version": str(spec)}
    crate, version = str(table.get("package") or name), str(table.get("version") or "")
    source, address = Source.REGISTRY, str(table.get("registry") or "")
    for key, kind in (("git", Source.GIT), ("path", Source.PATH)):
        if key in table:
            source, address = kind, str(table[key])
    if table.get("workspace") is True:
        # The version stands in the workspace's own table; what is used here is new all the same.
        version = "as in the workspace"
    fixed = version.startswith("=") or bool(re.fullmatch(r"[0-9a-f]{40}", str(table.get("rev", ""))))
    loose = source is Source.REGISTRY and version in {"*", ""}
    return Dependency("crates.io", crate, version.lstrip("= ") if fixed else version, group, source, address, fixed=fixed, loose=loose,
                      line=line, overrides=overrides)  # fmt: skip


def _table(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("has a table in a form that is not understood")
    return value
