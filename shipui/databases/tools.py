"""What the database's jobs ask of pg_dump, pg_restore and psql, wherever these run: on this machine, or in the server's container."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shipui.databases.sessions import Server
from shipui.limits.child import Finished
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, NoSpace, ToolFailed
from shipui.model.text import visible

NEEDED = ("pg_dump", "pg_restore", "psql")
_CARRIED_TO = "/tmp"  # noqa: S108 - by a person, who takes it away again


class Sent:
    """How much of a file has gone to where the tool runs: a sign of life before the first row moves."""

    def __init__(self) -> None:
        self.bytes = 0


@dataclass(frozen=True, slots=True)
class ByHand:
    """How a person calls the tools from a shell. No password in any of it."""

    prefix: tuple[str, ...]
    """What comes before the program; empty on this machine."""
    folder: str
    """Of the programs, with a slash at its end; empty when they are found by PATH."""
    parameters: Mapping[str, str]
    """How the server is reached from where the tools run, without the database's name."""
    carries: bool
    """Whether a file has to be carried to the tools first."""

    def call(self, program: str, *arguments: str) -> str:
        return shlex.join([*self.prefix, f"{self.folder}{program}", *arguments])

    def place(self, file: Path) -> str:
        """Where the tools find that file of this machine."""
        return f"{_CARRIED_TO}/{file.name}" if self.carries else str(file.absolute())

    def carry(self, file: Path) -> list[str]:
        """The command that takes it there; none where it is there already."""
        if not self.carries:
            return []
        copying = shlex.join([*self.prefix, "sh", "-c", 'umask 077; cat >"$1"', "sh", self.place(file)])
        return [f"{copying} <{shlex.quote(str(file.absolute()))}"]

    def take_away(self, file: Path) -> list[str]:
        return [shlex.join([*self.prefix, "rm", "-f", self.place(file)])] if self.carries else []


class Tools(Protocol):
    """pg_dump, pg_restore and psql of one version. Whatever they ended with comes back; Cancelled and TimeLimitPassed from the deadline."""

    @property
    def words(self) -> str:
        """For the operator: "pg_dump 15.4"."""
        ...

    @property
    def place(self) -> str:
        """For the operator: where they are."""
        ...

    def dump(self, server: Server, path: Path, options: Sequence[str], deadline: Deadline) -> Finished:
        """pg_dump of the server's database into `path`, a file of this machine that exists. OSError when it cannot be written."""
        ...

    def read(self, path: Path, options: Sequence[str], deadline: Deadline, *, into: Path | None = None) -> Finished:
        """pg_restore of the file alone, without a server; its output is kept whole, or goes into a file."""
        ...

    def restore(
        self, server: Server, database: str, path: Path, options: Sequence[str], deadline: Deadline, sent: Sent
    ) -> Finished:
        """pg_restore of the file into a database."""
        ...

    def run_scripts(
        self, server: Server, database: str, scripts: Sequence[Path], deadline: Deadline, sent: Sent
    ) -> Finished:
        """psql with all of these, one after the other, in a single transaction that the first error ends."""
        ...


class Toolbox(Protocol):
    """Finds the tools; looks once, and remembers what it found."""

    def serving(self, server_version: int, deadline: Deadline) -> Tools:
        """Those of the server's major version (`server_version_num`); NotReady says what there is and what to do."""
        ...

    def reading(self, deadline: Deadline) -> Tools:
        """Those that can read a backup; NotReady when there are none."""
        ...

    def by_hand(self, deadline: Deadline) -> ByHand:
        """Never raises for what is down: it is asked for when things are bad."""
        ...


PSQL_ONCE = ("-X", "-q", "-w", "--single-transaction", "-v", "ON_ERROR_STOP=1")
DUMP_ALWAYS = ("--format=custom", "--compress=6", "--no-password")
"""gzip is the one compression that every build of PostgreSQL has."""


def version_said(line: str) -> tuple[int, int] | None:
    """From what a tool answers to --version."""
    match = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", line)
    return (int(match[1]), int(match[2] or 0)) if match else None


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
