"""Step 6: how the old version runs, written down, and its image kept under a tag of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.production import Production
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import ContainerState, Specification


class RollbackPreparation:
    definition = DEPLOYMENT_STEPS[5]

    def intend(self, work: Production) -> dict[str, Any]:
        tag = f"{work.runtime.name}:rollback-{work.promotion.id}"
        former = work.runtime.find_image(tag)
        return {
            "tag": tag,
            "former": former.id if former else None,
            "file": str(work.folders.specifications / f"{work.run_id}.json"),
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        old = work.runtime.current()
        specification = work.runtime.specification(old)
        write_specification(Path(intent["file"]), specification)
        if old is None:
            return Done("Nothing was running before; this is the first deployment.", left={"old": None})
        work.runtime.tag(old.image, intent["tag"])
        running = old.state is ContainerState.RUNNING
        left = {
            "old": old.id,
            "name": old.name,
            "image": old.image,
            "tag": intent["tag"],
            "running": running,
            "policy": old.restart_policy,
            "build": work.build_of(old),
            "started_at": old.started_at.isoformat() if old.started_at else None,
            "specification": specification.masked,
        }
        plain = "The way back is noted: the old version's image is kept."
        return Done(plain if running else f"{plain} It was not running when we looked.", left=left)

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        try:
            Path(intent["file"]).unlink(missing_ok=True)
        except OSError as error:
            work.context.note(f"The notes for the way back could not be removed ({error}); they hold secrets.")
        tagged = work.runtime.find_image(intent["tag"])
        if tagged is None:
            return Undone()
        if intent["former"]:
            work.runtime.tag(intent["former"], intent["tag"])
        else:
            work.runtime.untag(intent["tag"])
        return Undone("The notes for the way back are removed.")


def write_specification(path: Path, specification: Specification) -> None:
    """Whole, with its secrets: mode 0600, fsynced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(specification.settings, file)
        file.flush()
        os.fsync(file.fileno())


def read_specification(path: Path, masked: dict[str, Any]) -> Specification:
    return Specification(json.loads(path.read_text(encoding="utf-8")), masked)
