"""Run the gates alone: on a diff, on a range of a repository, or on the newest promotion's content of a build. Changes nothing."""

from __future__ import annotations

from pathlib import Path

from shipui.config.settings import GateSettings
from shipui.gates.diff_reading import read_diff
from shipui.gates.engine import examine
from shipui.gates.range_reading import change_in
from shipui.install import Installation, examined_range
from shipui.limits.deadline import Deadline
from shipui.model.findings import Report
from shipui.records import builds, gates

READING_SECONDS = 600


def examine_diff(diff: bytes, settings: GateSettings, processes: int) -> Report:
    return examine(read_diff(diff), settings, processes=processes)


def examine_range(folder: Path, base: str, head: str | None, settings: GateSettings, processes: int) -> Report:
    """`head` None: the repository's head commit. Uncommitted work is not part of it."""
    with examined_range(folder, base, head, Deadline(READING_SECONDS)) as examined:
        return examine(change_in(examined), settings, processes=processes)


def examine_build(installation: Installation, build_id: str) -> Report:
    """The newest revision of the build, with what reviewers have said of its promotions' findings."""
    deadline = Deadline(READING_SECONDS)
    with installation.records.transaction() as connection:
        build = builds.get(connection, build_id)
        settled = gates.settled_of_build(connection, build_id)
    with installation.sandbox(build.sandbox).examined(build.revision, deadline) as examined:
        return examine(change_in(examined), installation.settings.gates, settled=settled)
