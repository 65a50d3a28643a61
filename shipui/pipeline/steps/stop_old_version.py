"""Step 7: the downtime begins. Stop the old version, wait until the database is quiet, copy what it wrote since step 3."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from shipui.databases.base import BackupFacts, CopyUnavailable, Identity, Marker, Session, Sibling, sibling_name
from shipui.limits.deadline import Deadline
from shipui.model.errors import AttentionNeeded, Failed, ShipuiError
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.model.text import listed
from shipui.pipeline.health import wait_until_healthy
from shipui.pipeline.interference import require_undisturbed
from shipui.pipeline.production import Production, timestamp
from shipui.pipeline.steps.database_backup import back_up, facts_json, remove_unfinished
from shipui.pipeline.steps.window_check import decision_json, look
from shipui.runs.procedure import Done, Postponed, Undone
from shipui.runtimes.base import ContainerState

QUIET_PATIENCE_SECONDS = 10.0
TIDY_SECONDS = 60.0


class StopOldVersion:
    definition = DEPLOYMENT_STEPS[6]

    def intend(self, work: Production) -> dict[str, Any]:
        now = timestamp(work.now())
        dump = f"pre-promote-{work.promotion.build}-{now}-cutover.dump"
        return {
            "old": work.context.left["rollback_preparation"]["old"],
            "copy": sibling_name(work.database.name, Sibling.CUTOVER, now),
            "dump": str(work.folders.backups / dump),
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        _window_is_still_open(work)
        require_undisturbed(work, named=intent["old"])
        old = work.runtime.current()
        if old is not None:
            work.runtime.set_restart_policy(old, "no")
            work.runtime.stop(old, work.target.stop_grace_seconds, work.deadline)
        others = work.database.quiesce(work.own_sessions(), QUIET_PATIENCE_SECONDS, work.deadline, work.context.log)
        _refuse_others(work, others)
        left = cut_over(work, intent, alone=not others)
        left["others"] = [session.words for session in others]
        if others:
            work.context.note(
                f"Other clients go on using the database: {listed(left['others'])}. "
                "If this deployment fails, a person has to decide about the database."
            )
        what = "The old version is stopped" if old is not None else "Nothing was running"
        return Done(f"{what}, the database is quiet, and {left['words']}.", left=left)

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        if work.database_trouble:
            raise AttentionNeeded(
                "The old version was not started, because the database is not as it left it.",
                commands=tuple(work.runtime.commands_by_hand(intent["old"], None)),
            )
        if left is None:
            _settle_database(work, intent)
        undone = start_old_again(work)
        if left is not None:
            _drop_copy(work, intent)
        return undone


def _settle_database(work: Production, intent: dict[str, Any]) -> None:
    """What a cut-over that did not end may have left: the database closed to everyone, and half a copy."""
    try:
        work.database.allow_connections(Deadline(TIDY_SECONDS))
    except ShipuiError as error:
        work.context.log(f"Whether the database is open to the old version could not be seen: {error.plain}")
    _drop_copy(work, intent)
    remove_unfinished(Path(intent["dump"]))


def _drop_copy(work: Production, intent: dict[str, Any]) -> None:
    """Nothing needs it any more; that it is still there is no reason to leave the old version stopped."""
    try:
        copied = work.database.siblings().get(intent["copy"])
        if copied is not None:
            work.database.drop(intent["copy"], copied)
    except ShipuiError as error:
        work.context.note(f"The copy of the database {intent['copy']} could not be removed: {error.plain}")


def _window_is_still_open(work: Production) -> None:
    decision, instant = look(work)
    overridden = work.passage.override and not decision.open
    work.audit("window decision before the downtime", **decision_json(decision), at=instant, overridden=overridden)
    if not decision.open and not work.passage.override:
        raise Postponed(
            f"The window closed before the downtime began. {decision.reason}",
            fix=f"{work.promotion.id} is approved again; deploy it when the window is open.",
        )


def _refuse_others(work: Production, others: list[Session]) -> None:
    if others and work.target.database.other_clients == "refuse":
        raise Failed(
            f"other clients go on using the database: {listed([each.words for each in others])}.",
            fix=f'Stop them, or set [target.{work.promotion.target}.database] other_clients = "accept".',
        )


def cut_over(work: Production, intent: dict[str, Any], *, alone: bool) -> dict[str, Any]:
    """What a rollback would go back to: the backup of step 3 if nothing was written since, else a copy, else a second dump.

    A copy needs the database without sessions: unless shipui is `alone` on it, others were accepted and are not to be sent away.
    """
    before = work.context.left["database_backup"]
    saved = facts_from_json(before["facts"])
    marker = work.database.marker(work.deadline)
    if saved.marker is not None and marker.proves_unchanged_since(saved.marker):
        return {
            "marker": marker.as_json(),
            "copy": None,
            "dump": before["facts"],
            "words": "nothing was written since the backup",
        }
    try:
        if not alone:
            raise CopyUnavailable("other clients go on using the database, and a copy would end their sessions")
        copy, marker = work.database.copy(intent["copy"], work.deadline, work.context.log)
    except CopyUnavailable as reason:
        work.context.log(f"no copy inside the server ({reason}); dumping instead")
        facts = back_up(work, Path(intent["dump"]), "cutover")
        return {
            "marker": (facts.marker or work.database.marker(work.deadline)).as_json(),
            "copy": None,
            "dump": facts_json(facts),
            "words": "what it wrote last is saved in a second backup",
        }
    return {
        "marker": marker.as_json(),
        "copy": {"name": copy.name, "oid": copy.oid},
        "dump": None,
        "words": "what it wrote last is copied",
    }


def facts_from_json(data: dict[str, Any]) -> BackupFacts:
    """The inverse of `facts_json`."""
    return BackupFacts(
        path=Path(data["path"]),
        sha256=data["sha256"],
        size=data["size"],
        made_at=datetime.fromisoformat(data["made_at"]),
        server_version=data["server_version"],
        tool=data["tool"],
        identity=Identity(**data["identity"]),
        properties=data["properties"],
        tables=data["tables"],
        marker=Marker.from_json(data["marker"]) if data.get("marker") else None,
    )


def start_old_again(work: Production) -> Undone:
    """The old version as step 6 found it: running and healthy, or down if it was down; nothing, if it was never stopped."""
    noted = work.context.left["rollback_preparation"]
    if noted["old"] is None:
        return Undone("Nothing runs, as before.", production=True)
    old = work.runtime.find_container(noted["old"])
    if old is None:
        raise AttentionNeeded(
            "The old version's container has vanished.",
            detail=f"container {noted['old']}",
            commands=tuple(work.runtime.commands_by_hand(noted["old"], None)),
        )
    if not noted["running"]:
        work.runtime.set_restart_policy(old, noted["policy"])
        return Undone("The old version was not running before, and is left so.", production=True)
    if old.state is ContainerState.RUNNING:
        work.runtime.set_restart_policy(old, noted["policy"])
        return Undone()
    try:
        old = work.runtime.start(old, work.deadline)
        work.runtime.set_restart_policy(old, noted["policy"])
        wait_until_healthy(
            work.runtime,
            old,
            work.target.health,
            noted["build"],
            work.deadline,
            work.watch,
        )
    except AttentionNeeded:
        raise
    except ShipuiError as error:
        raise AttentionNeeded(
            f"The old version was started again, but {error.plain}",
            detail=error.detail,
            commands=tuple(work.runtime.commands_by_hand(noted["old"], None)),
        ) from error
    return Undone("The old version runs again.", production=True)
