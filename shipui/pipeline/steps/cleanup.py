"""Step 11: the old container, temporary files, and what is past its retention. What fails here is a warning, never a rollback."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shipui.model.errors import Failed, ShipuiError
from shipui.model.steps import DEPLOYMENT_STEPS
from shipui.model.text import counted, listed
from shipui.pipeline.production import Production
from shipui.pipeline.steps.source_extraction import remove_context
from shipui.pipeline.steps.start_new_version import RELEASE_ROLE
from shipui.records import backups
from shipui.runs.procedure import Done, Undone
from shipui.runtimes.base import LABEL_ROLE, LABEL_RUN

_STAMP = re.compile(r"_(?:cutover|failed|restore|rehearsal|verify)_(\d{14})$")


class Cleanup:
    definition = DEPLOYMENT_STEPS[10]

    def intend(self, work: Production) -> dict[str, Any]:
        return {
            "old": work.context.left["rollback_preparation"]["old"],
            "context": work.context.left["source_extraction"]["context"],
            "file": str(work.folders.specifications / f"{work.run_id}.json"),
        }

    def act(self, work: Production, intent: dict[str, Any]) -> Done:
        removed: list[str] = []
        troubles: list[str] = []

        def attempt(what: str, act: Callable[[], str | None]) -> None:
            try:
                if said := act():
                    removed.append(said)
            except (ShipuiError, OSError) as error:
                troubles.append(f"{what} could not be removed ({error})")

        attempt(
            "the extracted files",
            lambda: "the extracted files" if remove_context(Path(intent["context"])).plain else None,
        )
        attempt("the notes for the way back", lambda: Path(intent["file"]).unlink(missing_ok=True))
        attempt("the old container", lambda: remove_old(work, intent["old"]))
        attempt("the release command's container", lambda: remove_release(work))
        attempt("old images", lambda: remove_images(work))
        attempt("old database copies", lambda: remove_databases(work))
        attempt("old backups", lambda: remove_backups(work))
        if troubles:
            raise Failed(f"{listed(troubles)}.", fix="It does no harm; somebody can remove it later.")
        return Done(f"Removed: {listed(removed)}." if removed else "Nothing to remove.")

    def undo(self, work: Production, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()


def remove_old(work: Production, container_id: str | None) -> str | None:
    old = work.runtime.find_container(container_id) if container_id else None
    if old is None:
        return None
    work.runtime.stop(old, work.target.stop_grace_seconds, work.deadline)
    work.runtime.remove(old)
    return "the old container"


def remove_release(work: Production) -> str | None:
    """It has ended long ago, and its output is in the log."""
    count = 0
    for container in work.runtime.containers({LABEL_RUN: work.run_id, LABEL_ROLE: RELEASE_ROLE}):
        work.runtime.remove(container)
        count += 1
    return "the release command's container" if count else None


def remove_images(work: Production) -> str | None:
    """shipui's own, past the newest N; never one that runs, and never the one that a rollback would go back to."""
    images = work.runtime.images()
    current = work.runtime.current()
    kept = {current.image if current else None, work.context.left["rollback_preparation"].get("image")}
    count = 0
    for image in images[work.settings.backups.keep_images :]:
        if image.id in kept:
            continue
        for tag in image.tags:
            work.runtime.untag(tag)
        count += work.runtime.remove_image(image.id)
    return counted(count, "old image")


def remove_databases(work: Production) -> str | None:
    """Cut-over copies and set-aside databases past their retention; this run's own stay."""
    limit = datetime.now(UTC) - timedelta(days=work.settings.backups.keep_databases_days)
    own = (work.context.left["stop_old_version"].get("copy") or {}).get("name")
    count = 0
    for name, oid in work.database.siblings().items():
        stamp = _STAMP.search(name)
        if name == own or stamp is None:
            continue
        made = datetime.strptime(stamp.group(1), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if made < limit:
            count += work.database.drop(name, oid)
    return counted(count, "old database copy", "old database copies")


def remove_backups(work: Production) -> str | None:
    """Files past their days, but for the newest few; their records stay, and say that the file is gone."""
    settings = work.settings.backups
    limit = datetime.now(UTC) - timedelta(days=settings.keep_days)
    count = 0
    with work.records.transaction() as connection:
        listed_backups = backups.listed(connection, target=work.promotion.target)
        for record in listed_backups[settings.keep_at_least :]:
            if record.made_at < limit and record.removed_at is None:
                Path(record.path).unlink(missing_ok=True)
                backups.mark_removed(connection, record.name)
                count += 1
    return counted(count, "old backup")
