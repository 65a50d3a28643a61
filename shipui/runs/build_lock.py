"""One ship, or merge, of a build at a time: a session lock, which ends with its holder and so is never stale."""

from __future__ import annotations

import re
import time
from typing import Any

import psycopg

from shipui.model.errors import TargetBusy, UnknownId
from shipui.model.text import visible
from shipui.records import runs
from shipui.runs.lock import BETWEEN_RUNS_SECONDS

Connection = psycopg.Connection[Any]

_CLASS = 0x53484950
"""Its own space of keys: "SHIP"."""
_HOLDER = re.compile(r"shipui/(RN-[0-9A-F]{8})/\d+")


def take_build(session: Connection, build: str) -> None:
    """For as long as the session lasts. TargetBusy names whoever has the build."""
    key = _key(build)
    until = time.monotonic() + BETWEEN_RUNS_SECONDS
    while True:  # the server learns a moment later that the session of whoever had it is over
        row = session.execute("SELECT pg_try_advisory_lock(%s, %s)", (_CLASS, key)).fetchone()
        if row is not None and row[0]:
            return
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    raise TargetBusy(
        f"{_holder(session, key)} {visible(build)} just now.",
        fix="Wait until that has ended; shipping again afterwards does nothing twice.",
    )


def _key(build: str) -> int:
    """The ID's digits as a signed number of 32 bits."""
    number = int(build.removeprefix("FB-"), 16)
    return number - (1 << 32) if number >= 1 << 31 else number


def _holder(session: Connection, key: int) -> str:
    row = session.execute(
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
        " AND classid = %s AND objid = %s::bigint::oid AND objsubid = 2"
        " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (_CLASS, key & 0xFFFFFFFF),
    ).fetchone()
    found = _HOLDER.fullmatch(row[0]) if row is not None else None
    if found is None:
        return "Somebody is merging or shipping"
    try:
        run = runs.get(session, found[1])
    except UnknownId:
        return "Somebody is shipping"
    return f"{visible(run.person)} is shipping (since {run.started_at.astimezone():%H:%M}, process {run.pid} on {visible(run.host)})"
