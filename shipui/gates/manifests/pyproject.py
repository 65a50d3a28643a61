"""pyproject.toml (PEP 621, PEP 735, Poetry, PDM, uv, Hatch) and Pipfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shipui.gates.manifests.dependency import Dependency, Manifest, Source, Unreadable
from shipui.gates.manifests.python_requirements import normal, parsed
from shipui.gates.manifests.toml_reading import pairs, read_toml, value_of

_POETRY_EXACT = re.compile(r"^=*\s*\d+(?:\.\d+){1,3}[\w.+-]*$")
_QUOTED = re.compile(r"""^["'](?P<text>[^"']+(?:'[^"]*'|"[^']*")?[^"']*)["'],?\s*(?:#.*)?$""")
_TABLES = re.compile(r"(?:^|\.)(?:dependencies|dev-dependencies|packages|dev-packages)$")
_NO_PACKAGES = re.compile(r"^(?:python|python_version|python_full_version|name|version|requires-python|url|git|path)$")


def read(text: str) -> Manifest:
    whole = read_toml(text)
    unread: list[str] = []
    found = [*_standard(whole, unread), *_tools(whole.get("tool"), unread), *_pipfile(whole)]
    uv = _table(_table(whole.get("tool")).get("uv"))
    found = _from_sources(found, _table(uv.get("sources")))
    indexes = {str(each.get("url")) for each in _list(uv.get("index")) if isinstance(each, dict)}
    poetry = _table(_table(whole.get("tool")).get("poetry"))
    indexes |= {
        str(each.get("url")) for each in _list(poetry.get("source")) if isinstance(each, dict) and each.get("url")
    }
    indexes |= {str(each.get("url")) for each in _list(whole.get("source")) if isinstance(each, dict)}
    return Manifest(tuple(found), indexes=frozenset(indexes), unread=tuple(unread))


def read_piece(text: str) -> Manifest:
    """Requirements in quotes, a line each, and Poetry's name = version within a table of dependencies."""
    found = []
    for line, section, key, value in pairs(text):
        quoted = _QUOTED.match(value)
        if not key and quoted:
            requirement = parsed(quoted["text"], group=section, line_number=line)
            found += [requirement] if requirement else []
        elif (
            key
            and (_TABLES.search(section) or (not section and re.match(r"""["'][\^~=<>*\d]""", value)))
            and not _NO_PACKAGES.match(key)
        ):
            read_value = value_of(value)
            if isinstance(read_value, list):
                found += _requirements(read_value, key, [], line)
            elif read_value is not None:
                found += _poetry_one(key, read_value, section, line)
        elif key:
            read_value = value_of(value)
            if key in {"dependencies", "requires"} or section.endswith(("optional-dependencies", "dependency-groups")):
                found += _requirements(read_value, key, [], line) if isinstance(read_value, list) else []
    return Manifest(tuple(found))


def _standard(whole: dict[str, Any], unread: list[str]) -> Iterator[Dependency]:
    project = _table(whole.get("project"))
    yield from _requirements(project.get("dependencies"), "dependencies", unread)
    for extra, requirements in _table(project.get("optional-dependencies")).items():
        yield from _requirements(requirements, f"optional: {extra}", unread)
    for group, requirements in _table(whole.get("dependency-groups")).items():
        yield from _requirements(requirements, f"group: {group}", unread)
    yield from _requirements(_table(whole.get("build-system")).get("requires"), "build-system", unread)


def _tools(tool: Any, unread: list[str]) -> Iterator[Dependency]:
    tools = _table(tool)
    poetry = _table(tools.get("poetry"))
    yield from _poetry(poetry.get("dependencies"), "dependencies")
    yield from _poetry(poetry.get("dev-dependencies"), "dev-dependencies")
    for name, group in _table(poetry.get("group")).items():
        yield from _poetry(_table(group).get("dependencies"), f"group: {name}")
    for name, requirements in _table(_table(tools.get("pdm")).get("dev-dependencies")).items():
        yield from _requirements(requirements, f"group: {name}", unread)
    uv = _table(tools.get("uv"))
    yield from _requirements(uv.get("dev-dependencies"), "dev-dependencies", unread)
    for name, environment in _table(_table(tools.get("hatch")).get("envs")).items():
        for key in ("dependencies", "extra-dependencies"):
            yield from _requirements(_table(environment).get(key), f"environment: {name}", unread)


def _pipfile(whole: dict[str, Any]) -> Iterator[Dependency]:
    if "project" not in whole and "tool" not in whole:
        yield from _poetry(whole.get("packages"), "packages")
        yield from _poetry(whole.get("dev-packages"), "dev-packages")


def _requirements(requirements: Any, group: str, unread: list[str], line: int | None = None) -> Iterator[Dependency]:
    for each in _list(requirements):
        if isinstance(each, dict):  # {include-group = "test"}
            continue
        requirement = parsed(each, group=group, line_number=line) if isinstance(each, str) else None
        if requirement is not None:
            yield requirement
        else:
            unread.append(f"has something that is no requirement in {group} ({str(each)[:40]!r})")


def _poetry(packages: Any, group: str) -> Iterator[Dependency]:
    for name, spec in _table(packages).items():
        if name.lower() != "python":
            yield from _poetry_one(name, spec, group)


def _poetry_one(name: str, spec: Any, group: str, line: int | None = None) -> Iterator[Dependency]:
    for each in spec if isinstance(spec, list) else [spec]:
        table = each if isinstance(each, dict) else {"version": str(each)}
        version = str(table.get("version", ""))
        source, address = Source.REGISTRY, ""
        for key, kind in (("git", Source.GIT), ("url", Source.URL), ("file", Source.URL), ("path", Source.PATH)):
            if key in table:
                source, address = kind, str(table[key])
        fixed = (
            bool(_POETRY_EXACT.match(version))
            if source is Source.REGISTRY
            else bool(re.match(r"[0-9a-f]{40}$", str(table.get("rev", ""))))
        )
        loose = source is Source.REGISTRY and version in {"*", ""}
        shown = (
            version.lstrip("= ")
            if fixed
            else version or str(table.get("rev") or table.get("tag") or table.get("branch") or "")
        )
        yield Dependency("PyPI", normal(name), shown, group, source, address, fixed=fixed, loose=loose, line=line)


def _from_sources(found: list[Dependency], sources: dict[str, Any]) -> list[Dependency]:
    """uv says in a table of its own where a requirement comes from."""
    return [
        _from_source(each, _first_table(next((sources[key] for key in sources if normal(key) == each.name), None)))
        for each in found
    ]


def _from_source(dependency: Dependency, source: dict[str, Any]) -> Dependency:
    for key, kind in (("git", Source.GIT), ("url", Source.URL), ("path", Source.PATH), ("workspace", Source.WORKSPACE)):
        if key in source:
            fixed = bool(source.get("rev"))
            return Dependency(
                "PyPI", dependency.name, dependency.version or str(source.get("rev") or source.get("tag") or ""), dependency.group, kind,
                "" if kind is Source.WORKSPACE else str(source[key]), fixed=fixed, line=dependency.line,
            )  # fmt: skip
    return dependency


def _first_table(value: Any) -> dict[str, Any]:
    return _table(value[0]) if isinstance(value, list) and value and isinstance(value[0], dict) else _table(value)


def _table(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("has a table in a form that is not understood")
    return value


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable("has a list in a form that is not understood")
    return value
