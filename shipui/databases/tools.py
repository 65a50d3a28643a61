"""Which pg_dump and pg_restore to use: those of the server's own major version."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shipui.limits.child import Finished, run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, NoSpace, NotReady, ToolFailed
from shipui.model.text import listed, visible

_INSTALLED = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
_NEEDED = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True, slots=True)
class Tools:
    """A folder with pg_dump, pg_restore and psql of one version."""

    folder: Path
    version: tuple[int, int]

    @property
    def dump(self) -> Path:
        return self.folder / "pg_dump"

    @property
    def restore(self) -> Path:
        return self.folder / "pg_restore"

    @property
    def psql(self) -> Path:
        return self.folder / "psql"

    @property
    def words(self) -> str:
        return f"pg_dump {self.version[0]}.{self.version[1]}"


class Toolbox:
    """Looks once, and remembers what it found."""

    def __init__(self, folder: Path | None, extra: Sequence[Path]) -> None:
        self._folder = folder
        self._extra = tuple(extra)
        self._found: list[Tools] | None = None

    def serving(self, server_version: int, deadline: Deadline) -> Tools:
        """The newest of the server's major version (`server_version_num`); NotReady says what there is and what to install."""
        major = server_version // 10000
        found = self._look(deadline)
        fitting = [each for each in found if each.version[0] == major]
        if fitting:
            return fitting[0]
        raise NotReady(
            f"The production database is PostgreSQL {major}, and backups of it need pg_dump and pg_restore {major}; {_there_is(found)}.",
            detail=f"looked in {self._folder or 'the folders given, ' + ', '.join(_INSTALLED) + ' and PATH'}",
            fix=f"Install postgresql-client-{major} (with psql), or name its folder as “tools” in the target's database section.",
        )

    def reading(self, deadline: Deadline) -> Tools:
        """The newest of all: it reads every backup."""
        found = self._look(deadline)
        if not found:
            raise NotReady(
                "No pg_restore was found on this machine, so a backup cannot be read.",
                fix="Install the client tools of PostgreSQL, or name their folder as “tools” in the target's database section.",
            )
        return found[0]

    def _look(self, deadline: Deadline) -> list[Tools]:
        """Newest first; of equal ones the folders given come first."""
        if self._found is None:
            versions = [(folder, _version(folder, deadline)) for folder in self._folders()]
            found = [Tools(folder, version) for folder, version in versions if version is not None]
            self._found = sorted(found, key=lambda each: each.version, reverse=True)
        return self._found

    def _folders(self) -> list[Path]:
        if self._folder is not None:
            return [self._folder]
        root = Path("/")
        installed = [folder for pattern in _INSTALLED for folder in sorted(root.glob(pattern[1:]))]
        path = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
        return list(dict.fromkeys([*self._extra, *installed, *path]))


def _version(folder: Path, deadline: Deadline) -> tuple[int, int] | None:
    if not all(os.access(folder / each, os.X_OK) for each in _NEEDED):
        return None
    try:
        said = run_child([folder / "pg_dump", "--version"], deadline=deadline).output
    except ToolFailed:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", said)
    return (int(match[1]), int(match[2] or 0)) if match else None


def _there_is(found: Sequence[Tools]) -> str:
    if not found:
        return "none were found here"
    return "here there is " + listed([f"{each.version[0]}.{each.version[1]} in {each.folder}" for each in found])


def tool_failure(sentence: str, ended: Finished, masked: Callable[[str], str]) -> Failed:
    """The error for a pg_dump or pg_restore that ended badly; `sentence` has no full stop, what it complained of first follows it."""
    said = masked(ended.errors)
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return NoSpace(f"{sentence}: the disk is full.", detail=said, fix="Make room, then try again.")
    complaint = re.search(r"(?:ERROR|FATAL|error): +(?:could not execute query: ERROR: +)?(.+)$", said, re.MULTILINE)
    command = re.search(r"^Command was: (.+)$", said, re.MULTILINE)
    reason = visible(complaint[1].rstrip("."), limit=300) if complaint else f"it ended with exit code {ended.code}"
    if command:
        reason += f" (“{visible(command[1].rstrip(';'), limit=200)}”)"
    return ToolFailed(f"{sentence}: {reason}.", detail=said or f"exit code {ended.code}")
