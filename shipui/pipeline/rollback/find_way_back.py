"""Rollback step 1: is the previous version, and the copy of the database if it is asked for, still there? Touches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipui.model.errors import NotReady, ShipuiError
from shipui.model.events import EventKind, RunKind
from shipui.model.promotion import Status, require
from shipui.model.steps import ROLLBACK_STEPS, StepState
from shipui.pipeline.production import Production
from shipui.records import journal, runs
from shipui.records.connection import Records
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import Container


class FindWayBack:
    definition = ROLLBACK_STEPS[0]

    def intend(self, work: Production) -> dict[str, Any]:
        return {"promotion": work.promotion.id}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        promotion = work.promotion
        require(promotion.id, promotion.status, frozenset({Status.DEPLOYED}), "rolled back")
        deployed = what_the_deployment_left(work.records, promotion.id)
        noted = deployed.get("rollback_preparation", {})
        left = {"image": noted.get("image"), "build": noted.get("build", ""), "tag": noted.get("tag"), "cut": None}
        if noted.get("old") is not None and work.runtime.find_image(str(noted.get("image"))) is None:
            raise NotReady(
                f"The image of the version before {promotion.id} is not there any more.",
                detail=str(noted.get("image")),
                fix="Deploy the version that you want as a new promotion instead.",
            )
        current = work.runtime.current()
        _require_ours(work, current)
        left["current"] = current.id if current else None
        if work.restore_database:
            left["cut"] = _copy_of_the_database(work, deployed)
        failed = [each for each in work.runtime.preflight(work.deadline) if not each.ok]
        if failed:
            raise NotReady(" ".join(each.detail for each in failed), fix=" ".join(each.fix for each in failed))
        what = "The previous version is there" if noted.get("old") else "There was no version before; nothing will run"
        return Done(f"{what}{', and so is the copy of its database' if work.restore_database else ''}.", left=left)

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def _require_ours(work: Production, current: Container | None) -> None:
    """What runs here is what the promotion deployed; else this is another install's state folder, or somebody changed it by hand."""
    promotion = work.promotion
    if current is not None and work.build_of(current) == promotion.build:
        return
    found = f"{work.build_of(current) or 'something else'} runs" if current is not None else "nothing runs"
    raise NotReady(
        f"{promotion.id} deployed {promotion.build}, but {found} under the name {work.runtime.name} here.",
        detail=f"container {current.id if current else None}",
        fix="Roll back from the account and the state folder that deployed it. If it was changed by hand, deploy again instead.",
    )


def what_the_deployment_left(records: Records, promotion: str) -> dict[str, dict[str, Any]]:
    """By step name, from the journal of the run that deployed the promotion. NotReady when there is none."""
    names = {}
    found: dict[str, dict[str, Any]] = {}
    with records.transaction() as connection:
        deploys = [
            run
            for run in runs.of_promotion(connection, promotion)
            if run.kind is RunKind.DEPLOY and run.health_passed_at is not None
        ]
        if not deploys:
            raise NotReady(
                f"The records do not say how {promotion} was deployed.",
                fix="Deploy the version that you want as a new promotion instead.",
            )
        number = 0
        while events := journal.read(connection, deploys[-1].id, after=number):
            number = events[-1].number
            for event in events:
                if event.kind is EventKind.RUN_STARTED:
                    names = {each["number"]: each["name"] for each in event.data["steps"]}
                elif event.kind is EventKind.RESULT and event.data["state"] == StepState.PASSED:
                    found[names[event.step]] = event.data["left"]
    return found


def _copy_of_the_database(work: Production, deployed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    cut: dict[str, Any] = deployed.get("stop_old_version", {})
    fix = "Roll back without the database, or restore a backup by hand: shipui backup list."
    if copy := cut.get("copy"):
        if work.database.siblings().get(copy["name"]) == copy["oid"]:
            return cut
        raise NotReady(f"The copy of the database from before {work.promotion.id} is not there any more.", fix=fix)
    if not cut.get("dump"):
        raise NotReady(f"There is no copy of the database from before {work.promotion.id}.", fix=fix)
    try:
        work.database.prove(Path(cut["dump"]["path"]), cut["dump"]["sha256"], work.deadline)
    except ShipuiError as error:
        raise NotReady(f"The backup from before {work.promotion.id} cannot be used: {error.plain}", fix=fix) from error
    return cut
