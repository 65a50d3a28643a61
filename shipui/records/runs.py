"""Runs: one open per target, taken over by epoch, ended once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from shipui.model.errors import TargetBusy, UnknownId
from shipui.model.events import Outcome, RunKind
from shipui.model.ids import IdKind
from shipui.model.run import Run
from shipui.model.steps import DEPLOYMENT_STEPS, ROLLBACK_STEPS, SHIP_STEPS
from shipui.records.connection import as_json, storable
from shipui.records.products import add_target
from shipui.records.rows import containing, insert_with_id, refusals_in_words

Connection = psycopg.Connection[Any]

_DOING = {
    RunKind.DEPLOY: "is deploying",
    RunKind.ROLLBACK: "is rolling back",
    RunKind.RECOVERY: "is recovering",
    RunKind.SHIP: "is shipping",
}
_STEPS = {RunKind.ROLLBACK: ROLLBACK_STEPS, RunKind.SHIP: SHIP_STEPS}


def open_run(
    connection: Connection,
    *,
    kind: RunKind,
    promotion: str | None,
    target: str,
    machine: str,
    host: str,
    pid: int,
    person: str,
    limit_seconds: float,
) -> Run:
    """A new run. TargetBusy when one is open on the target: who, since when, at which step."""
    add_target(connection, target)
    statement = (
        "INSERT INTO run (id, kind, target, promotion, machine, host, pid, person, limit_seconds)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING"
    )
    values = (str(kind), target, promotion, machine, storable(host), pid, storable(person), limit_seconds)
    try:
        with connection.transaction():
            new = insert_with_id(connection, IdKind.RUN, statement, values)
    except psycopg.errors.UniqueViolation as error:
        holder = open_on(connection, target)
        if holder is None:
            # It ended between our attempt and our look.
            raise TargetBusy(
                f"Another run on {target} has just ended.", detail=str(error), fix="Try again now."
            ) from error
        raise busy(holder) from error
    return get(connection, new)


def busy(holder: Run) -> TargetBusy:
    """The refusal that names who has the target, since when, and at which step."""
    what = f" {holder.promotion}" if holder.promotion else ""
    since = holder.started_at.strftime("%Y-%m-%d %H:%M %Z").strip()
    steps = _STEPS.get(holder.kind, DEPLOYMENT_STEPS)
    title = next((f", at step {each.number}, {each.title}" for each in steps if each.number == holder.step), "")
    return TargetBusy(
        f"{holder.person} {_DOING[holder.kind]}{what} on {holder.target} since {since}{title}.",
        detail=f"{holder.id}, process {holder.pid} on {holder.host}, epoch {holder.epoch}",
        fix="Wait until it has ended (--wait), or, if that shipui is gone, run `shipui recover`.",
    )


def take_over(connection: Connection, run: str, seen_epoch: int, machine: str, host: str, pid: int) -> Run:
    """Become the holder of an open run that was seen at that epoch. TargetBusy if somebody was quicker, or it has ended."""
    taken = connection.execute(
        "UPDATE run SET epoch = epoch + 1, machine = %s, host = %s, pid = %s WHERE id = %s AND epoch = %s AND finished_at IS NULL",
        (machine, storable(host), pid, run, seen_epoch),
    )
    if taken.rowcount == 0:
        now = get(connection, run)
        state = "has ended" if now.finished_at else f"was taken over by process {now.pid} on {now.host}"
        raise TargetBusy(f"{run} {state} in the meantime.", detail=f"epoch {now.epoch}, seen {seen_epoch}")
    return get(connection, run)


def at_step(connection: Connection, run: str, number: int) -> None:
    """Where it is now. A run that has ended stays as it is: this may be replayed late."""
    connection.execute("UPDATE run SET step = %s WHERE id = %s AND finished_at IS NULL", (number, run))


def record_health_pass(connection: Connection, run: str) -> None:
    """Once, while it is open; again does nothing. WrongState if it ended without one."""
    with refusals_in_words(connection):
        connection.execute(
            "UPDATE run SET health_passed_at = clock_timestamp() WHERE id = %s AND health_passed_at IS NULL", (run,)
        )


def finish(connection: Connection, run: str, outcome: Outcome, plain: str, detail: str, commands: Sequence[str]) -> Run:
    """End it; a run that has ended stays as it is."""
    connection.execute(
        "UPDATE run SET finished_at = clock_timestamp(), outcome = %s, plain = %s, detail = %s, commands = %s"
        " WHERE id = %s AND finished_at IS NULL",
        (str(outcome), storable(plain), storable(detail), as_json(list(commands)), run),
    )
    return get(connection, run)


def get(connection: Connection, run: str) -> Run:
    """UnknownId when there is no such run."""
    found = _query(connection, "WHERE id = %s", (run,))
    if not found:
        raise UnknownId(f"There is no run {run}.")
    return found[0]


def open_on(connection: Connection, target: str) -> Run | None:
    """The run that has the target; a Ship run does not."""
    found = _query(connection, "WHERE target = %s AND finished_at IS NULL AND kind <> 'ship'", (target,))
    return found[0] if found else None


def open_runs(connection: Connection) -> list[Run]:
    """The oldest first, of every kind."""
    return _query(connection, "WHERE finished_at IS NULL ORDER BY started_at, id", ())


def of_promotion(connection: Connection, promotion: str) -> list[Run]:
    """The oldest first."""
    return _query(connection, "WHERE promotion = %s ORDER BY started_at, id", (promotion,))


def newest(connection: Connection) -> Run | None:
    """The last that was begun for a promotion."""
    found = _query(connection, "WHERE promotion IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1", ())
    return found[0] if found else None


def listed(connection: Connection, text: str = "", limit: int = 100, after: Run | None = None) -> list[Run]:
    """The newest first, of every kind; `text` is somewhere in ID, promotion, target, person, kind or outcome; `after` pages on."""
    conditions, values = ["true"], list[Any]()
    if text:
        conditions.append("concat_ws(' ', id, promotion, target, person, kind, replace(outcome, '_', ' ')) ILIKE %s")
        values.append(containing(storable(text)))
    if after is not None:
        conditions.append("(started_at, id) < (%s, %s)")
        values += [after.started_at, after.id]
    where = " AND ".join(conditions)
    return _query(connection, f"WHERE {where} ORDER BY started_at DESC, id DESC LIMIT %s", (*values, limit))


def ask_cancel(connection: Connection, run: str, by: str) -> None:
    """Whoever asks first is remembered; a run that has ended stays as it is."""
    connection.execute(
        "UPDATE run SET cancel_asked_by = coalesce(cancel_asked_by, %s) WHERE id = %s AND finished_at IS NULL",
        (storable(by), run),
    )


def _query(connection: Connection, rest: str, values: tuple[Any, ...]) -> list[Run]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_run(row) for row in cursor.execute("SELECT * FROM run " + rest, values)]


def _run(row: Mapping[str, Any]) -> Run:
    return Run(
        id=row["id"],
        kind=RunKind(row["kind"]),
        target=row["target"],
        promotion=row["promotion"],
        epoch=row["epoch"],
        person=row["person"],
        machine=row["machine"],
        host=row["host"],
        pid=row["pid"],
        limit_seconds=row["limit_seconds"],
        started_at=row["started_at"],
        step=row["step"],
        finished_at=row["finished_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        plain=row["plain"],
        detail=row["detail"],
        commands=tuple(row["commands"]),
        health_passed_at=row["health_passed_at"],
        cancel_asked_by=row["cancel_asked_by"],
    )
