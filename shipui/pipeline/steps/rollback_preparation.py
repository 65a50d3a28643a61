"""Step 6: how the old version runs, written down, its image kept under a tag of its own, and the new container made beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from shipui.model.errors import Failed
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.pipeline.production import Production
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import LABEL_RUN, Container, ContainerState, Specification


class RollbackPreparation:
    definition = DEPLOYMENT_STEPS[5]

    def intend(self, work: Production) -> dict[str, Any]:
        tag = f"{work.runtime.name}:rollback-{work.promotion.id}"
        former = work.runtime.find_image(tag)
        return {
            "tag": tag,
            "former": former.id if former else None,
            "followed": followed_tag(work, work.runtime.current()),
            "next": f"{work.runtime.name}-next-{work.promotion.id}",
            "file": str(work.folders.specifications / f"{work.run_id}.json"),
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        old = work.runtime.current()
        specification = work.runtime.specification(old)
        write_specification(Path(intent["file"]), specification)
        left: dict[str, Any] = {
            "old": None,
            "followed": intent["followed"],
            "next_policy": work.runtime.restart_policy(old),
        }
        plain = "Nothing was running before; this is the first deployment."
        if old is not None:
            work.runtime.tag(old.image, intent["tag"])
            left |= _noted(work, old, intent["tag"], specification)
            plain = "The way back is noted: the old version's image is kept."
            plain += "" if left["running"] else " It was not running when we looked."
        left["next"] = _make_next(work, specification, intent["next"])
        return Done(plain, left=left)

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        try:
            Path(intent["file"]).unlink(missing_ok=True)
        except OSError as error:
            work.context.note(f"The notes for the way back could not be removed ({error}); they hold secrets.")
        for container in work.runtime.containers({LABEL_RUN: work.run_id}):
            if container.name == intent["next"]:
                work.runtime.remove(container)
        move_tag_back(work, intent["followed"], work.context.left["image_build"]["image"])
        tagged = work.runtime.find_image(intent["tag"])
        if tagged is None:
            return Undone()
        if intent["former"]:
            work.runtime.tag(intent["former"], intent["tag"])
        else:
            work.runtime.untag(intent["tag"])
        return Undone("The notes for the way back are removed.")


def _noted(work: Production, old: Container, tag: str, specification: Specification) -> dict[str, Any]:
    return {
        "old": old.id,
        "name": old.name,
        "image": old.image,
        "tag": tag,
        "running": old.state is ContainerState.RUNNING,
        "policy": old.restart_policy,
        "build": work.build_of(old),
        "started_at": old.started_at.isoformat() if old.started_at else None,
        "specification": specification.masked,
    }


def _make_next(work: Production, specification: Specification, name: str) -> str:
    """Before the downtime: what cannot be made is found out while the old version still runs."""
    built = work.context.left["image_build"]["image"]
    image = work.runtime.find_image(built)
    if image is None:
        raise Failed("the image that step 5 built has vanished.", detail=built)
    return work.runtime.create(image, specification, name, work.labels("application")).id


def followed_tag(work: Production, container: Container | None) -> dict[str, Any] | None:
    """The tag that whoever made the container goes by, and the image that it names now."""
    tag = work.runtime.followed_tag(container) if container is not None else None
    if tag is None:
        return None
    named = work.runtime.find_image(tag)
    return {"tag": tag, "image": named.id if named else None}


def move_tag_back(work: Production, followed: dict[str, Any] | None, moved_to: str) -> None:
    """Only if it still names what the run let it name: somebody else may have moved it on."""
    if followed is None:
        return
    now = work.runtime.find_image(followed["tag"])
    if now is None or now.id != moved_to or followed["image"] == moved_to:
        return
    if followed["image"]:
        work.runtime.tag(followed["image"], followed["tag"])
    else:
        work.runtime.untag(followed["tag"])


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
