"""Evidence by commands: type check, tests and acceptance criteria of the exact commit, in a fresh copy of it, each with a time limit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from shipui.config.settings import EvidenceSettings
from shipui.gates.secrets.masking import masked
from shipui.limits.child import run_child
from shipui.limits.clean_environment import clean_environment
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, TimeLimitPassed, ToolFailed
from shipui.model.evidence import Criterion, Evidence, SuiteResult
from shipui.model.promotion import Revision
from shipui.model.text import plain_minutes, visible, visible_lines
from shipui.sandboxes.base import Sandbox

KEPT_LINES = 60
LONGEST_LINE = 300
"""What of a command's output is kept, from its end."""

Log = Callable[[str], None]


def verified(
    settings: EvidenceSettings, sandbox: Sandbox, revision: Revision, folder: Path, deadline: Deadline, log: Log
) -> tuple[Evidence, str]:
    """What the commands prove, and the ends of what they said. `folder` is made for them, and removed.

    A command that cannot be started, fails, or takes too long has not passed; only the deadline's own end is an error.
    """
    _remove(folder)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        sandbox.extract(revision, folder, deadline, log)
        commands = _Commands(folder, settings.limit_seconds, deadline, log)
        type_check = commands.passes("type check", settings.type_check) if settings.type_check else None
        tests = _as_one(commands.passes("tests", settings.tests)) if settings.tests else None
        criteria = tuple(
            Criterion(visible(each.text), commands.passes(visible(each.text, limit=80), each.command))
            for each in settings.acceptance
        )
    finally:
        _remove(folder)
    return Evidence(revision.commit, type_check, tests, criteria), "\n".join(commands.said)


def _as_one(passed: bool) -> SuiteResult:
    """An exit code tells of all tests together: they count as one."""
    return SuiteResult(1, int(passed), int(not passed))


class _Commands:
    def __init__(self, folder: Path, limit_seconds: float, deadline: Deadline, log: Log) -> None:
        self._folder = folder
        self._limit = limit_seconds
        self._deadline = deadline
        self._log = log
        self.said: list[str] = []

    def passes(self, name: str, command: Sequence[str]) -> bool:
        limit = Deadline(self._deadline.part(self._limit))
        lines: Sequence[str] = ()
        try:
            with self._deadline.ending(lambda: limit.cancel("The run has ended.")):
                ended = run_child(command, deadline=limit, cwd=self._folder, environment=clean_environment())
            lines = visible_lines("\n".join(filter(None, (ended.output, ended.errors))), limit=LONGEST_LINE)
            outcome = "passed" if ended.code == 0 else f"failed with exit code {ended.code}"
        except (TimeLimitPassed, Cancelled):
            self._deadline.check()
            outcome = f"took longer than {plain_minutes(self._limit)}"
        except ToolFailed as error:
            outcome = f"failed: {error.plain}"
        self._say(f"{name}: {outcome}", lines)
        return outcome == "passed"

    def _say(self, heading: str, lines: Sequence[str]) -> None:
        kept = [masked(each) for each in lines[-KEPT_LINES:]]
        for each in (heading, *kept):
            self._log(each)
        self.said += [heading, *(f"    {each}" for each in kept)]


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
