"""One production, as the steps see it: its parts, its settings, and the promotion that is on its way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shipui.config.settings import Settings, TargetSettings
from shipui.databases.base import Database
from shipui.limits.deadline import Deadline
from shipui.model.calendar import Calendar
from shipui.model.promotion import Promotion
from shipui.model.roles import Person
from shipui.model.run import Run
from shipui.pipeline.bookkeeping import person_json
from shipui.pipeline.health import Watch
from shipui.records.connection import Records
from shipui.runs.context import RunContext
from shipui.runtimes.base import (
    LABEL_BUILD,
    LABEL_COMMIT,
    LABEL_EPOCH,
    LABEL_PROMOTION,
    LABEL_ROLE,
    LABEL_RUN,
    LABEL_TARGET,
    Container,
    Runtime,
)
from shipui.sandboxes.base import Sandbox


@dataclass(frozen=True, slots=True)
class Passage:
    """Why a closed window may be passed; `reason` is the person's own."""

    emergency: bool
    override: bool
    reason: str


NO_PASSAGE = Passage(emergency=False, override=False, reason="")
LATE = timedelta(minutes=10)
"""After its limit a run cannot be at work any more: what the database holds then may be people's work."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a run puts its files; all below the state folder but for the backups."""

    backups: Path
    contexts: Path
    specifications: Path


@dataclass(slots=True)
class Production:
    """What the steps of a deployment and of a rollback work on."""

    context: RunContext
    promotion: Promotion
    person: Person
    target: TargetSettings
    settings: Settings
    runtime: Runtime
    database: Database
    sandbox: Sandbox
    records: Records
    calendar: Callable[[], Calendar]
    """Read anew each time: an admin may have changed it."""
    require_records_apart: Callable[[], None]
    """Refused if the records are in the production database itself."""
    folders: Folders
    passage: Passage = NO_PASSAGE
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    restore_database: bool = False
    """Only for a rollback that an operator asked for."""
    keep_database: bool = False
    """Only for a recovery: a person decided that the database stays as it is."""
    put_database_back: bool = False
    """Only for a recovery: a person typed the promotion's ID so that it is put back, whatever it holds by now."""
    database_trouble: bool = False
    """Set when a rollback could not put the database back: the old version must not be started on it."""
    database_undecided: bool = False
    """Set when only a person can decide whether the database is put back."""
    watch: Watch = field(init=False)
    """Whoever waits for a container's health tells the run's log."""

    def __post_init__(self) -> None:
        self.watch = Watch(self.context.log, self.context.progress)

    @property
    def deadline(self) -> Deadline:
        return self.context.deadline

    @property
    def run_id(self) -> str:
        return self.context.run.id

    def labels(self, role: str) -> dict[str, str]:
        """On everything that this run makes; recovery knows it by these."""
        return {
            LABEL_BUILD: self.promotion.build,
            LABEL_COMMIT: self.promotion.revision.commit,
            LABEL_PROMOTION: self.promotion.id,
            LABEL_RUN: self.run_id,
            LABEL_EPOCH: str(self.context.run.epoch),
            LABEL_TARGET: self.promotion.target,
            LABEL_ROLE: role,
        }

    def audit(self, action: str, **details: Any) -> None:
        """A decision of this run about its promotion, for the audit trail."""
        self.context.journal.do(
            "audit",
            person=person_json(self.person),
            action=action,
            subject=self.promotion.id,
            details={**details, "run": self.run_id},
        )

    def own_sessions(self) -> frozenset[str]:
        """Application or user names of the database sessions that belong to the application."""
        return frozenset({self.runtime.name, *self.target.database.application_names})

    def build_of(self, container: Container | None) -> str:
        """The build that a container runs, or "" if shipui did not make it."""
        if container is None:
            return ""
        image = self.runtime.find_image(container.image)
        return image.labels.get(LABEL_BUILD, "") if image else ""


def is_late(run: Run, now: datetime) -> bool:
    """Whether a recovery of `run` comes so late that production may hold work that people have done since.

    Also where the clock says that it has not begun yet: then nobody knows how late it is.
    """
    return not run.started_at - LATE <= now <= run.started_at + timedelta(seconds=run.limit_seconds) + LATE


def timestamp(instant: datetime) -> str:
    """YYYYMMDDHHMMSS, in UTC, as file and database names carry it."""
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M%S")
