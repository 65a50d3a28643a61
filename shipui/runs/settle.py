"""Runs that ended well while the records did not answer: what they kept on disk is written down as soon as somebody looks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psycopg

from shipui.model.errors import ShipuiError, UnknownId
from shipui.model.events import EventKind, RunKind
from shipui.model.run import Run
from shipui.records import runs as run_records
from shipui.records.connection import Records
from shipui.runs.journal import Operation, TakenOver, replay
from shipui.runs.lock import is_alive, machine_id, take_machine_lock
from shipui.runs.spool import Spool


def settle_finished(records: Records, spools: Path, locks: Path, operations: Mapping[str, Operation]) -> list[str]:
    """The IDs of the runs whose records are whole now. A run that did not come to its end is recovery's, and is left alone.

    Cheap when nothing waits: one look into a folder. A run that another shipui is busy with is left to that one.
    """
    settled = []
    for path in sorted(spools.glob("RN-*.jsonl")):
        spool = Spool(path)
        if _ended(spool) and _settle(records, path.stem, spool, locks, operations):
            settled.append(path.stem)
    return settled


def _ended(spool: Spool) -> bool:
    return any(entry.get("event", {}).get("kind") == EventKind.RUN_FINISHED for entry in spool.entries())


def _settle(records: Records, run_id: str, spool: Spool, locks: Path, operations: Mapping[str, Operation]) -> bool:
    try:
        with records.transaction() as connection:
            run = run_records.get(connection, run_id)
            if run.machine != machine_id() or is_alive(connection, run):
                return False
    except UnknownId:
        return False
    if run.kind is RunKind.SHIP:
        return _replay(records, run, spool, operations)
    lock = take_machine_lock(locks, run.target)
    if lock is None:
        return False
    try:
        return _replay(records, run, spool, operations)
    finally:
        os.close(lock)


def _replay(records: Records, run: Run, spool: Spool, operations: Mapping[str, Operation]) -> bool:
    try:
        with records.direct(f"shipui/{run.id}/{run.epoch}") as connection:
            replay(connection, run, spool, operations)
    except (TakenOver, ShipuiError, psycopg.Error):
        return False  # it waits on disk still, and is tried again
    return not _open(records, run)


def _open(records: Records, run: Run) -> bool:
    with records.transaction() as connection:
        return run_records.get(connection, run.id).finished_at is None
