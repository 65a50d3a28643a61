"""Rollback step 3: the version that runs is stopped and set aside, the previous image runs in its place."""

from __future__ import annotations

from typing import Any

from shipui.databases.base import Copy, Sibling, sibling_name
from shipui.limits.deadline import Deadline
from shipui.model.errors import AttentionNeeded, Failed, ShipuiError
from shipui.model.steps import ROLLBACK_STEPS
from shipui.model.text import listed
from shipui.pipeline.health import keep_log, require_running, wait_until_healthy
from shipui.pipeline.interference import require_undisturbed
from shipui.pipeline.production import Production, timestamp
from shipui.pipeline.steps.rollback_preparation import followed_tag, move_tag_back
from shipui.pipeline.steps.start_new_version import restore
from shipui.pipeline.steps.stop_old_version import QUIET_PATIENCE_SECONDS
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import (
    LABEL_BUILD,
    LABEL_COMMIT,
    LABEL_RUN,
    Container,
    ContainerState,
    Image,
)


class SwapBack:
    definition = ROLLBACK_STEPS[2]

    def intend(self, work: Production) -> dict[str, Any]:
        current = work.runtime.current()
        return {
            "current": current.id if current else None,
            "followed": followed_tag(work, current),
            "running": current is not None and current.state is ContainerState.RUNNING,
            "policy": current.restart_policy if current else "no",
            "set_aside": f"{work.runtime.name}-after-{work.promotion.id}",
            "next": f"{work.runtime.name}-next-{work.promotion.id}",
            "stamp": timestamp(work.now()),
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        way = work.context.left["find_way_back"]
        current = work.runtime.find_container(intent["current"]) if intent["current"] else None
        prepared = self._prepare(work, intent, current)
        if current is not None:
            work.runtime.set_restart_policy(current, "no")
            work.runtime.stop(current, work.target.stop_grace_seconds, work.deadline)
        sentence = "The database stays as it is." if way["cut"] is None else _restore(work, intent, way)
        if current is not None:
            work.runtime.rename(current, intent["set_aside"])
        if prepared is None:
            return Done(f"Nothing runs now, as before the first deployment. {sentence}", left=_left(None, intent))
        new = work.runtime.rename(prepared, work.runtime.name)
        require_undisturbed(work, named=new.id, stopped=intent["current"])
        started = work.runtime.start(new, work.deadline)
        require_running(work.runtime, started, work.watch)
        return Done(f"The previous version is started. {sentence}", left=_left(started.id, intent))

    def _prepare(self, work: Production, intent: dict[str, Any], current: Container | None) -> Container | None:
        """Before the downtime: the previous version's container, not started; None if nothing is to run."""
        way = work.context.left["find_way_back"]
        if way["image"] is None:
            return None
        image = work.runtime.find_image(way["image"])
        if image is None:
            raise Failed("the previous version's image has vanished.", detail=way["image"])
        specification = work.runtime.specification(current)
        return work.runtime.create(image, specification, intent["next"], _labels(work, image))

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """The version that was to be taken back runs again, with the database that it had."""
        for container in work.runtime.containers({LABEL_RUN: work.run_id}):
            keep_log(work.runtime, container, work.watch)
            work.runtime.stop(container, work.target.stop_grace_seconds, work.deadline)
            work.runtime.remove(container)
        _put_newer_database_back(work, intent)
        move_tag_back(work, intent["followed"], work.context.left["find_way_back"]["image"])
        current = work.runtime.find_container(intent["current"]) if intent["current"] else None
        if current is None:
            return Undone("Nothing runs, as before.", production=True)
        if current.name != work.runtime.name:
            current = work.runtime.rename(current, work.runtime.name)
        if intent["running"] and current.state is not ContainerState.RUNNING:
            _start(work, current, intent)
        work.runtime.set_restart_policy(current, intent["policy"])
        return Undone("The version that was there before this rollback runs again.", production=True)


def _left(new: str | None, intent: dict[str, Any]) -> dict[str, Any]:
    return {"new": new, "policy": intent["policy"], "followed": intent["followed"]}


def _start(work: Production, current: Container, intent: dict[str, Any]) -> None:
    try:
        started = work.runtime.start(current, work.deadline)
        wait_until_healthy(work.runtime, started, work.target.health, work.promotion.build, work.deadline, work.watch)
    except ShipuiError as error:
        raise AttentionNeeded(
            f"The version that was there before this rollback was started again, but {error.plain}",
            detail=error.detail,
            commands=tuple(work.runtime.commands_by_hand(intent["current"], None)),
        ) from error


def _labels(work: Production, image: Image) -> dict[str, str]:
    labels = work.labels("application")
    return {**labels, **{key: image.labels.get(key, "") for key in (LABEL_BUILD, LABEL_COMMIT)}}


def _restore(work: Production, intent: dict[str, Any], way: dict[str, Any]) -> str:
    others = work.database.quiesce(work.own_sessions(), QUIET_PATIENCE_SECONDS, work.deadline, work.context.log)
    if others and work.target.database.other_clients == "refuse":
        raise Failed(f"other clients go on using the database: {listed([each.words for each in others])}.")
    restored = restore(work, way["cut"], intent["stamp"])
    for warning in restored.warnings:
        work.context.note(warning)
    return f"The database is as it was before the deployment; what came since is kept in {restored.set_aside}."


def _put_newer_database_back(work: Production, intent: dict[str, Any]) -> None:
    """The database that this rollback set aside takes its name again."""
    aside = sibling_name(work.database.name, Sibling.FAILED, intent["stamp"])
    oid = work.database.siblings().get(aside)
    if oid is None:
        return
    try:
        work.database.restore_copy(Copy(aside, oid), timestamp(work.now()), Deadline.unlimited(), work.context.log)
    except ShipuiError as error:
        raise AttentionNeeded(
            f"The database {aside} could not be given its name back: {error.plain}", detail=error.detail
        ) from error
