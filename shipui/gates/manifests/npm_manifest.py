"""package.json, and what its version specifications mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shipui.gates.manifests.dependency import Dependency, Manifest, Source
from shipui.gates.manifests.json_reading import read_object, table

GROUPS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
INSTALL_SCRIPTS = ("preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare")
_EXACT = re.compile(r"^[=v]*\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$")
_LOOSE = re.compile(r"^(?:\*|x|latest|next|>=?\s*[\d.]+)?$", re.IGNORECASE)
_SHORTHAND = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+(?:#.*)?$")
_COMMIT = re.compile(r"#(?:commit[:=])?[0-9a-f]{40}$")
_LINE = re.compile(r'^\s*"(?P<name>(?:@[a-z0-9._~-]+/)?[A-Za-z0-9._~-]+)"\s*:\s*"(?P<spec>[^"]*)"\s*,?\s*$')
_SECTION = re.compile(r'^\s*"(?P<name>[A-Za-z]+)"\s*:\s*[{\[]')
_LOOKS_LIKE_VERSION = re.compile(
    r"^(?:[\^~<>=v*]|\d+(?:\.|$)|latest$|next$|workspace:|file:|link:|npm:|git|github:|https?://|catalog:|portal:)",
    re.IGNORECASE,
)
_NO_PACKAGE = frozenset(
    (
        "version",
        "node",
        "npm",
        "yarn",
        "pnpm",
        "name",
        "main",
        "module",
        "types",
        "license",
        "homepage",
        "url",
        "description",
        "author",
    )
)


def read(text: str) -> Manifest:
    whole = read_object(text)
    scripts = table(whole.get("scripts"), "scripts")
    found = [each for group in GROUPS for each in _of_group(table(whole.get(group), group), group)]
    pnpm = table(whole.get("pnpm"), "pnpm")
    for group, overrides in (
        ("overrides", whole.get("overrides")),
        ("resolutions", whole.get("resolutions")),
        ("pnpm.overrides", pnpm.get("overrides")),
    ):
        found += _overrides(table(overrides, group), group)
    return Manifest(tuple(found), {name: str(scripts[name]) for name in INSTALL_SCRIPTS if name in scripts})


def read_piece(text: str) -> Manifest:
    """Line by line: a name and what looks like a version, or any pair within a section of dependencies."""
    found: list[Dependency] = []
    scripts: dict[str, str] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if opening := _SECTION.match(line):
            section = opening["name"]
        elif line.strip() in {"}", "},"}:
            section = ""
        elif pair := _LINE.match(line):
            name, spec = pair["name"], pair["spec"]
            if section == "scripts" or (not section and name in INSTALL_SCRIPTS):
                scripts |= {name: spec} if name in INSTALL_SCRIPTS else {}
            elif section in GROUPS or (not section and name not in _NO_PACKAGE and _LOOKS_LIKE_VERSION.match(spec)):
                found.append(dependency(name, spec, section or "dependencies", number))
    return Manifest(tuple(found), scripts)


def _of_group(packages: dict[str, Any], group: str) -> Iterator[Dependency]:
    for name, spec in packages.items():
        yield dependency(name, spec if isinstance(spec, str) else str(spec), group)


def _overrides(packages: dict[str, Any], group: str) -> Iterator[Dependency]:
    """An override of something deeper can be nested."""
    for name, spec in packages.items():
        if isinstance(spec, dict):
            yield from _overrides(spec, group)
        elif isinstance(spec, str) and name != "." and not spec.startswith("$"):
            bare = name.rpartition("/")[2] if not name.startswith("@") and "/" in name else name
            found = dependency(bare.partition("@")[0] or bare, spec, group)
            if found.source is not Source.REGISTRY or spec.startswith("npm:"):
                yield found


def dependency(name: str, spec: str, group: str, line: int | None = None) -> Dependency:
    spec = spec.strip()
    source, address = _source(spec)
    if spec.startswith("npm:"):
        # An alias: what is installed is the other package.
        alias, _, version = spec[4:].rpartition("@")
        if alias:
            return Dependency(
                "npm", alias, version, group, address=f"as {name}", fixed=bool(_EXACT.match(version)), line=line
            )
    if source in {Source.GIT, Source.URL}:
        return Dependency("npm", name, spec, group, source, address, fixed=bool(_COMMIT.search(spec)), line=line)
    fixed = bool(_EXACT.match(spec))
    loose = source is Source.REGISTRY and group != "peerDependencies" and bool(_LOOSE.match(spec))
    return Dependency("npm", name, spec, group, source, address, fixed=fixed, loose=loose, line=line)


def _source(spec: str) -> tuple[Source, str]:
    lower = spec.lower()
    if lower.startswith(("workspace:", "catalog:")):
        return Source.WORKSPACE, ""
    if lower.startswith(("file:", "link:", "portal:", "./", "../", "~/", "/")):
        return Source.PATH, spec
    if lower.startswith(
        ("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:")
    ) or _SHORTHAND.match(spec):
        return Source.GIT, spec
    if lower.startswith(("http://", "https://")):
        return (Source.GIT if ".git" in lower else Source.URL), spec
    return Source.REGISTRY, ""
