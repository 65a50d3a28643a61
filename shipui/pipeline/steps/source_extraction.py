"""Step 4: the exact approved tree, in a fresh folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from shipui.model.errors import Failed
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.model.text import size
from shipui.pipeline.production import Production
from shipui.runs.procedure import Done, Undone


class SourceExtraction:
    definition = DEPLOYMENT_STEPS[3]

    def intend(self, work: Production) -> dict[str, Any]:
        return {"context": str(work.folders.contexts / work.run_id), "tree": work.promotion.revision.tree}

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        folder = Path(intent["context"])
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        extracted = work.sandbox.extract(work.promotion.revision, folder, work.deadline, work.context.log)
        if extracted.tree != intent["tree"]:
            raise Failed(
                "The files that came out of the sandbox are not the approved ones.",
                detail=f"expected tree {intent['tree']}, got {extracted.tree}",
            )
        return Done(
            f"{extracted.files} files ({size(extracted.bytes)}), exactly as approved.",
            detail=f"tree {extracted.tree} in {folder}",
            left={"context": str(folder)},
        )

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        try:
            return remove_context(Path(intent["context"]))
        except OSError as error:
            work.context.note(f"The extracted files could not be removed ({error}). They do no harm.")
            return Undone()


def remove_context(folder: Path) -> Undone:
    """Remove a build context; safe when it is not there (any more)."""
    if not folder.exists():
        return Undone()
    shutil.rmtree(folder)
    return Undone("The extracted files are removed.")
