"""Look at backups, prove one by restoring it beside production, or put one in production's place."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shipui.databases.base import Database
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.backup import Backup
from shipui.model.errors import BadInput
from shipui.model.roles import Person, Right
from shipui.model.text import listed as listed_words
from shipui.pipeline.production import timestamp
from shipui.pipeline.steps.stop_old_version import facts_from_json
from shipui.records import backups, runs
from shipui.runs.lock import busy, take_machine_lock

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Verified:
    name: str
    tables: dict[str, tuple[int, int]]
    """Rows per table: at the time of the backup, and restored."""

    @property
    def different(self) -> list[str]:
        return [name for name, (recorded, found) in self.tables.items() if recorded != found]

    @property
    def ok(self) -> bool:
        return not self.different

    @property
    def plain(self) -> str:
        if self.ok:
            rows = sum(found for _, found in self.tables.values())
            return f"{self.name} restores: {len(self.tables)} tables with {rows} rows, as recorded."
        return f"{self.name} restores, but {listed_words(self.different)} have other row counts than recorded."

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ok": self.ok,
            "plain": self.plain,
            "tables": {name: {"recorded": one, "found": two} for name, (one, two) in self.tables.items()},
        }


def listed(
    installation: Installation, person: Person, *, text: str = "", limit: int = 10_000, after: Backup | None = None
) -> list[Backup]:
    """The newest first; those whose file was removed by retention say so. `text` narrows them down, `after` pages on."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return backups.listed(connection, text=text, limit=limit, after=after)


def restore_commands(installation: Installation, person: Person, name: str) -> list[str]:
    """How a person restores that backup by hand, without shipui."""
    person.require(Right.LOOK)
    backup = _get(installation, name)
    return installation.database(backup.target, "shipui/look").restore_commands(Path(backup.path))


def verify(
    installation: Installation, person: Person, name: str, say: Say, deadline: Deadline | None = None
) -> Verified:
    """Into a scratch database beside production, which is dropped again; also when `deadline` ends or is cancelled."""
    person.require(Right.DEPLOY)
    backup = _get(installation, name)
    database = _database(installation, backup, "verify")
    facts = facts_from_json(backup.facts)
    result = Verified(name, database.verify(facts, deadline or Deadline.unlimited(), say))
    with installation.audited(person, "backup verified", backup.promotion, backup=name, ok=result.ok):
        return result


def restore(installation: Installation, person: Person, name: str, confirm: str, say: Say) -> str:
    """A sentence about what is where now. Refused while a run has the target; `confirm` must be the backup's name."""
    person.require(Right.RESTORE_BACKUP)
    backup = _get(installation, name)
    if confirm.strip() != name:
        raise BadInput("The name that was typed is not the backup's. Nothing was changed.", fix=f"Type {name}.")
    lock = _take_target(installation, backup.target)
    try:
        with installation.audited(person, "backup restore begun", backup.promotion, backup=name):
            pass
        database = _database(installation, backup, "restore")
        stamp = timestamp(datetime.now(UTC))
        facts = facts_from_json(backup.facts)
        restored = database.restore_dump(facts, stamp, Deadline.unlimited(), lambda *_: None, say)
        with installation.audited(person, "backup restored", backup.promotion, backup=name, aside=restored.set_aside):
            pass
    finally:
        os.close(lock)
    return f"{database.name} is as it was in {name}. What was there before is kept in {restored.set_aside}."


def _take_target(installation: Installation, target: str) -> int:
    """This machine's lock on the target, to be closed; TargetBusy while a run has it, alive or not."""
    lock = take_machine_lock(installation.locks, target)
    try:
        with installation.records.transaction() as connection:
            holder = runs.open_on(connection, target)
        if lock is None or holder is not None:
            raise busy(holder, target)
    except BaseException:
        if lock is not None:
            os.close(lock)
        raise
    return lock


def _get(installation: Installation, name: str) -> Backup:
    with installation.records.transaction() as connection:
        backup = backups.get(connection, name)
    if backup.removed_at is not None:
        raise BadInput(f"The file of {name} was removed on {backup.removed_at:%Y-%m-%d}, past its retention.")
    if not Path(backup.path).is_file():
        raise BadInput(f"The file {backup.path} is not there.", fix="Was it moved? Put it back, then try again.")
    return backup


def _database(installation: Installation, backup: Backup, what: str) -> Database:
    return installation.database(backup.target, f"shipui/{what}/{backup.run}")
