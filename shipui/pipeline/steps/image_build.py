"""Step 5: the new version's image, built from the extracted files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.model.text import size
from shipui.pipeline.production import Production
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import BuildRequest


class ImageBuild:
    definition = DEPLOYMENT_STEPS[4]

    def intend(self, work: Production) -> dict[str, Any]:
        tag = f"{work.runtime.name}:promote-{work.promotion.build}"
        former = work.runtime.find_image(tag)
        return {"tag": tag, "former": former.id if former else None}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        request = BuildRequest(
            context=Path(work.context.left["source_extraction"]["context"]),
            tag=intent["tag"],
            labels=work.labels("application"),
            arguments={
                "SHIPUI_BUILD": work.promotion.build,
                "SHIPUI_COMMIT": work.promotion.revision.commit,
            },
        )
        image = work.runtime.build(request, work.deadline, work.context.log)
        return Done(
            f"The new version is built ({size(image.size)}).",
            detail=f"{intent['tag']} is {image.id}",
            left={"image": image.id, "tag": intent["tag"]},
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """The tag goes back to what it named before, and the image goes if nothing else uses it."""
        built = work.runtime.find_image(intent["tag"])
        if built is None or (left is None and built.id == intent["former"]):
            return Undone()
        if intent["former"] and intent["former"] != built.id:
            work.runtime.tag(intent["former"], intent["tag"])
        elif intent["former"] is None:
            work.runtime.untag(intent["tag"])
        removed = intent["former"] != built.id and work.runtime.remove_image(built.id)
        return Undone("The new version's image is removed." if removed else "The new version's tag is removed.")
