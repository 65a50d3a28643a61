"""Step 8: the release command (migrations), then the new container in the old one's place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from shipui.databases.base import Copy, Marker, Restored, Sibling, sibling_name
from shipui.limits.deadline import Deadline
from shipui.model.errors import AttentionNeeded, Failed, ShipuiError
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.health import keep_log, require_running
from shipui.pipeline.interference import require_undisturbed
from shipui.pipeline.production import Production, timestamp
from shipui.pipeline.steps.rollback_preparation import read_specification
from shipui.pipeline.steps.stop_old_version import QUIET_PATIENCE_SECONDS, facts_from_json
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import LABEL_RUN, Container, ContainerState, Image, Specification

RELEASE_ROLE = "release"
FIRST_EPOCH = 1
LATE = timedelta(minutes=10)
"""After its limit a run cannot be at work any more: what the database holds then may be people's work."""


class StartNewVersion:
    definition = DEPLOYMENT_STEPS[7]

    def intend(self, work: Production) -> dict[str, Any]:
        return {
            "name": work.runtime.name,
            "image": work.context.left["image_build"]["image"],
            "old": work.context.left["rollback_preparation"]["old"],
            "next": work.context.left["rollback_preparation"]["next"],
            "old_name": f"{work.runtime.name}-before-{work.promotion.id}",
            "release_name": f"{work.runtime.name}-release-{work.promotion.id}",
            "restored": timestamp(work.now()),
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        preparation = work.context.left["rollback_preparation"]
        image = work.runtime.find_image(intent["image"])
        if image is None:
            raise Failed("the image that step 5 built has vanished.", detail=intent["image"])
        specification = read_specification(
            work.folders.specifications / f"{work.run_id}.json", preparation.get("specification", {})
        )
        released = _release(work, image, specification, intent["release_name"])
        new = work.runtime.find_container(intent["next"])
        if new is None:
            raise Failed("the new version's container, which was prepared, has vanished.", detail=intent["next"])
        require_undisturbed(work, named=intent["old"], stopped=intent["old"])
        old = work.runtime.current()
        if old is not None:
            work.runtime.rename(old, intent["old_name"])
        new = work.runtime.rename(new, intent["name"])
        require_undisturbed(work, named=new.id, stopped=intent["old"])
        started = work.runtime.start(new, work.deadline)
        require_running(work.runtime, started, work.watch)
        return Done(f"{released}The new version is started.", left={"new": started.id, "restarts": started.restarts})

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """The new version away, the database as it was at cut-over, the old container under its name again."""
        _require_recent(work)
        work.database_trouble = True
        _remove_new(work)
        sentence = _put_database_back(work, intent)
        work.database_trouble = False
        old = work.runtime.find_container(intent["old"]) if intent["old"] else None
        if old is not None and old.name != intent["name"]:
            work.runtime.rename(old, intent["name"])
        return Undone(f"The new version is removed. {sentence}", production=True)


def _require_recent(work: Production) -> None:
    """AttentionNeeded when this is a recovery that comes so late that the new version may hold days of people's work."""
    run = work.context.run
    ended = run.started_at + timedelta(seconds=run.limit_seconds) + LATE
    if run.epoch == FIRST_EPOCH or work.now() < ended or work.keep_database or _replaced(work):
        return
    work.database_trouble = True
    cut = work.context.left["stop_old_version"]
    if work.database.marker(work.deadline).proves_unchanged_since(Marker.from_json(cut["marker"])):
        return
    raise AttentionNeeded(
        "The run was interrupted long ago, and the database has changed since: the new version is left as it is. "
        "A person has to decide whether its database is put back." + _where_the_copy_is(cut),
        commands=(*_commands_without_new(work), *_commands(work, cut)),
    )


def _commands_without_new(work: Production) -> list[str]:
    """How a person ends what this run started: no database is put back under an application that runs."""
    made = work.runtime.containers({LABEL_RUN: work.run_id})
    return [command for each in made for command in work.runtime.commands_by_hand(None, each.id)]


def _release(work: Production, image: Image, specification: Specification, name: str) -> str:
    """Run the release command, if one is set; a sentence about it."""
    if work.target.release is None:
        return ""
    command = work.target.release.command
    code = work.runtime.run_once(
        image, specification, name, work.labels(RELEASE_ROLE), command, work.deadline, work.context.log
    )
    if code != 0:
        raise Failed(f"the release command ended with exit code {code}.", detail=" ".join(command))
    return "The release command succeeded. "


def _remove_new(work: Production) -> None:
    for container in work.runtime.containers({LABEL_RUN: work.run_id}):
        keep_log(work.runtime, container, work.watch)
        work.runtime.set_restart_policy(container, "no")
        _stop(work, container)
        work.runtime.remove(container)


def _stop(work: Production, container: Container) -> None:
    work.runtime.stop(container, work.target.stop_grace_seconds, work.deadline)


def _put_database_back(work: Production, intent: dict[str, Any]) -> str:
    """Only if it changed since cut-over, and only with the application stopped."""
    cut = work.context.left["stop_old_version"]
    if work.keep_database:
        return f"The database stays as it is, as {work.person.name} decided."
    aside = sibling_name(work.database.name, Sibling.FAILED, intent["restored"])
    if aside in work.database.siblings():
        return _restored_words(aside)
    if _replaced(work):
        return "Another database has its name since, so it was put back already."
    if _old_runs(work, intent):
        return _leave_to_the_old_version(work, cut)
    others = work.database.quiesce(work.own_sessions(), QUIET_PATIENCE_SECONDS, Deadline.unlimited(), work.context.log)
    if work.database.marker(work.deadline).proves_unchanged_since(Marker.from_json(cut["marker"])):
        return "The database is unchanged."
    by_hand = _commands(work, cut)
    if cut["others"] or (others and work.target.database.other_clients == "accept"):
        raise AttentionNeeded(
            "The database changed, and other clients use it as well, so a person has to decide whether it is put back."
            + _where_the_copy_is(cut),
            commands=by_hand,
        )
    try:
        restored = restore(work, cut, intent["restored"])
    except ShipuiError as error:
        raise AttentionNeeded(
            f"The database could not be put back: {error.plain}{_where_the_copy_is(cut)}",
            detail=error.detail,
            commands=by_hand,
        ) from error
    for warning in restored.warnings:
        work.context.note(warning)
    return _restored_words(restored.set_aside)


def _old_runs(work: Production, intent: dict[str, Any]) -> bool:
    """Something other than shipui has started it again."""
    old = work.runtime.find_container(intent["old"]) if intent["old"] else None
    return old is not None and old.state is ContainerState.RUNNING


def _leave_to_the_old_version(work: Production, cut: dict[str, Any]) -> str:
    """The old version is at work on the database: putting that back would take away what it accepts."""
    if work.database.marker(work.deadline).proves_unchanged_since(Marker.from_json(cut["marker"])):
        return "The database is unchanged."
    raise AttentionNeeded(
        "Something other than shipui has started the old version again, and the database has changed: "
        f"a person has to decide whether it is put back.{_where_the_copy_is(cut)}",
        commands=_commands(work, cut),
    )


def _replaced(work: Production) -> bool:
    """Whether another database has had the name since cut-over: a person, or a run that was killed then, has put it back."""
    before = Marker.from_json(work.context.left["stop_old_version"]["marker"])
    return work.database.identity(work.deadline).oid != before.oid


def _restored_words(aside: str) -> str:
    return (
        "The database is put back to the moment when the old version stopped; "
        f"what the new version wrote is kept in {aside}."
    )


def _where_the_copy_is(cut: dict[str, Any]) -> str:
    if not cut["copy"]:
        return ""
    return f" As the old version left it, it is in the database {cut['copy']['name']}."


def restore(work: Production, cut: dict[str, Any], stamp: str) -> Restored:
    """Back to the cut-over: from the copy if there is one, else from the file. Not ended by a clock."""
    deadline = Deadline.unlimited()
    if cut["copy"]:
        copy = Copy(cut["copy"]["name"], cut["copy"]["oid"])
        return work.database.restore_copy(copy, stamp, deadline, work.context.log)
    facts = facts_from_json(cut["dump"])
    return work.database.restore_dump(facts, stamp, deadline, work.context.progress, work.context.log)


def _commands(work: Production, cut: dict[str, Any]) -> tuple[str, ...]:
    """The database, from where `restore` would take it; starting the old version is step 7's to say."""
    if cut["copy"]:
        return tuple(work.database.copy_commands(cut["copy"]["name"]))
    return tuple(work.database.restore_commands(Path(cut["dump"]["path"])))
