"""Known vulnerabilities, from a folder of OSV records: files *.json, or the all.zip of an ecosystem, at any depth.

What cannot be told is None ("unknown"), never an empty answer.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from shipui.gates.manifests.dependency import Dependency, Source
from shipui.gates.manifests.python_requirements import normal

_NAME = re.compile(rb'"name"\s*:\s*"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Advisory:
    id: str
    summary: str
    severity: str
    """As the database says: CRITICAL, HIGH, MODERATE, LOW; or empty."""


class Advisories:
    """The records of those packages that are asked about; read once."""

    def __init__(self, folder: Path, wanted: Iterable[Dependency]) -> None:
        """OSError: the folder cannot be read."""
        self._wanted = {(each.ecosystem, _key(each.ecosystem, each.name)) for each in wanted}
        self._names = {normal(name) for _, name in self._wanted}
        self._affected: dict[tuple[str, str], list[tuple[Advisory, dict[str, Any]]]] = {}
        self.ecosystems: set[str] = set()
        self.broken = 0
        for content in _records(folder):
            self._take(content)

    def of(self, dependency: Dependency) -> list[Advisory] | None:
        """None: unknown, because the version is not fixed, or there is no record of its ecosystem at all."""
        if (
            not dependency.fixed
            or dependency.source is not Source.REGISTRY
            or dependency.ecosystem not in self.ecosystems
        ):
            return None
        records = self._affected.get((dependency.ecosystem, _key(dependency.ecosystem, dependency.name)), [])
        return [advisory for advisory, affected in records if affects(affected, dependency.version)]

    def _take(self, content: bytes) -> None:
        if not self.ecosystems.issuperset({"npm", "PyPI", "Go", "crates.io", "RubyGems", "Maven"}):
            self.ecosystems |= {each.decode() for each in re.findall(rb'"ecosystem"\s*:\s*"([A-Za-z. ]+)', content)}
        if not any(normal(match.decode("utf-8", "replace")) in self._names for match in _NAME.findall(content)):
            return
        try:
            record = json.loads(content)
            affected = [each for each in record.get("affected", []) if isinstance(each, dict)]
        except (ValueError, AttributeError, RecursionError):
            self.broken += 1
            return
        if record.get("withdrawn"):
            return
        specific = record.get("database_specific")
        severity = str(specific.get("severity", "")) if isinstance(specific, dict) else ""
        advisory = Advisory(str(record.get("id", "?")), str(record.get("summary", ""))[:200], severity.upper())
        for each in affected:
            package = each.get("package") or {}
            ecosystem = str(package.get("ecosystem", "")).partition(":")[0]
            key = (ecosystem, _key(ecosystem, str(package.get("name", ""))))
            if key in self._wanted:
                self._affected.setdefault(key, []).append((advisory, each))


def _records(folder: Path) -> Iterator[bytes]:
    if not folder.is_dir():
        raise NotADirectoryError(str(folder))
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if name.endswith(".json"):
                yield path.read_bytes()
            elif name.endswith(".zip"):
                with zipfile.ZipFile(path) as archive:
                    yield from (archive.read(each) for each in archive.namelist() if each.endswith(".json"))


def affects(affected: dict[str, Any], version: str) -> bool:
    plain = version.removeprefix("v")
    if plain in affected.get("versions", []) or version in affected.get("versions", []):
        return True
    ranges = [each for each in affected.get("ranges", []) if isinstance(each, dict) and each.get("type") != "GIT"]
    return any(_within(each.get("events", []), plain) for each in ranges)


def _within(events: Iterable[Any], version: str) -> bool:
    """Events say from which version on it is there, and from which on it is mended."""
    inside = False
    place = _order(version)
    for event in sorted((each for each in events if isinstance(each, dict)), key=_event_order):
        if "introduced" in event:
            inside = inside or event["introduced"] == "0" or place >= _order(str(event["introduced"]))
        elif "fixed" in event:
            inside = inside and place < _order(str(event["fixed"]))
        elif "last_affected" in event:
            inside = inside and place <= _order(str(event["last_affected"]))
    return inside


def _event_order(event: dict[str, Any]) -> tuple[Any, ...]:
    written = str(event.get("introduced") or event.get("fixed") or event.get("last_affected") or "0")
    return _order(written)


def _order(version: str) -> tuple[Any, ...]:
    """Something to compare versions by, whatever their kind: PEP 440 where it applies, else numbers before words."""
    try:
        parsed = Version(version)
    except InvalidVersion:
        core, _, pre = version.partition("+")[0].partition("-")
        numbers = tuple(int(each) for each in _NUMBER.findall(core)[:6])
        return (
            *_padded(numbers),
            0 if pre else 1,
            *((0, int(each), "") if each.isdigit() else (1, 0, each) for each in pre.split(".") if each),
        )
    pre_release = parsed.is_prerelease
    tail = [(1, 0, str(parsed.pre))] if pre_release else []
    return (*_padded(parsed.release[:6]), 0 if pre_release else 1 + (parsed.post or 0), *tail)


def _padded(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return (*numbers, *(0 for _ in range(6 - len(numbers))))


def _key(ecosystem: str, name: str) -> str:
    return normal(name) if ecosystem == "PyPI" else name
