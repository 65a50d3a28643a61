"""Step 9: the new version proves that it works. Without this, nothing is ever called deployed."""

from __future__ import annotations

from typing import Any

from shipui.model.errors import Failed
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.health import wait_until_healthy
from shipui.pipeline.interference import require_undisturbed
from shipui.pipeline.production import Production
from shipui.pipeline.steps.rollback_preparation import move_tag_back
from shipui.runs.procedure import Done, Undone


class HealthCheck:
    definition = DEPLOYMENT_STEPS[8]

    def intend(self, work: Production) -> dict[str, Any]:
        return {
            "new": work.context.left["start_new_version"]["new"],
            "old": work.context.left["rollback_preparation"]["old"],
            "image": work.context.left["image_build"]["image"],
            "followed": work.context.left["rollback_preparation"]["followed"],
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        policy = work.context.left["rollback_preparation"]["next_policy"]
        found = await_health(work, intent["new"], work.promotion.build, policy)
        require_undisturbed(work, named=intent["new"], stopped=intent["old"])
        if intent["followed"] is not None:
            work.runtime.tag(intent["image"], intent["followed"]["tag"])
        work.context.journal.do("health_pass", run=work.run_id)
        return Done(f"The new version is healthy: {found}.", left={"found": found})

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """The new version and the database are step 8's to undo."""
        move_tag_back(work, intent.get("followed"), intent["image"])
        return Undone()


def await_health(work: Production, container_id: str, build: str, policy: str) -> str:
    """Wait for the passes, then give the container its restart policy: until then every exit is a failure."""
    container = work.runtime.find_container(container_id)
    if container is None:
        raise Failed("the new version's container has vanished.", detail=container_id)
    found = wait_until_healthy(work.runtime, container, work.target.health, build, work.deadline, work.watch)
    work.runtime.set_restart_policy(container, policy)
    return found
