"""The steps of every procedure, as data: the runner, the screens and the command line read them from here, and know none by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    UNDONE = "undone"
    SKIPPED = "skipped"


class OnFailure(StrEnum):
    REFUSE = "refuse"
    """Nothing was begun: the promotion stays as it was."""
    ROLL_BACK = "roll back"
    KEEP = "keep"
    """What was done is right; the bookkeeping is kept on disk and replayed."""
    WARN = "warn"
    STOP = "stop"
    """The run ends here and nothing is undone: it can be tried again from this step."""


@dataclass(frozen=True, slots=True)
class StepDefinition:
    number: int
    name: str
    title: str
    sentence: str
    """What it does, for somebody who has never seen it."""
    doing: str
    """Completes "took longer than 10 minutes, while …"."""
    on_failure: OnFailure
    repeatable: bool = False
    """It only looks: recovery does it again, instead of going back because nobody saw how it ended."""


DEPLOYMENT_STEPS: tuple[StepDefinition, ...] = (
    StepDefinition(
        1,
        "validate",
        "Validate",
        "Makes sure that exactly what was approved can be deployed, before anything is touched.",
        "checking that everything is ready",
        OnFailure.REFUSE,
    ),
    StepDefinition(
        2,
        "window_check",
        "Window check",
        "Asks the calendar whether a change like this one may go out now.",
        "checking the deployment window",
        OnFailure.REFUSE,
    ),
    StepDefinition(
        3,
        "database_backup",
        "Database backup",
        "Copies the production database into a file and proves that the file can be restored.",
        "backing up the database",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        4,
        "source_extraction",
        "Source extraction",
        "Takes the exact approved files out of the sandbox.",
        "taking the files out of the sandbox",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        5,
        "image_build",
        "Image build",
        "Builds the new version from those files.",
        "building the image",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        6,
        "rollback_preparation",
        "Rollback preparation",
        "Notes how the old version runs, and keeps its image for the way back.",
        "preparing the way back",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        7,
        "stop_old_version",
        "Stop old version",
        "Stops the old version, waits until the database is quiet, and copies what it wrote last.",
        "stopping the old version",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        8,
        "start_new_version",
        "Start new version",
        "Runs the release command, if there is one, and starts the new version.",
        "starting the new version",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        9,
        "health_check",
        "Health check",
        "Waits until the new version proves, several times in a row, that it works.",
        "waiting for the new version to be healthy",
        OnFailure.ROLL_BACK,
        repeatable=True,
    ),
    StepDefinition(
        10,
        "record_deployment",
        "Record deployment",
        "Writes down what now runs in production.",
        "recording the deployment",
        OnFailure.KEEP,
    ),
    StepDefinition(
        11,
        "cleanup",
        "Cleanup",
        "Removes the old container, temporary files and what is past its retention.",
        "cleaning up",
        OnFailure.WARN,
    ),
)

ROLLBACK_STEPS: tuple[StepDefinition, ...] = (
    StepDefinition(
        1,
        "find_way_back",
        "Find the way back",
        "Makes sure that the previous version, and the database copy if it is asked for, are still there.",
        "looking for the previous version",
        OnFailure.REFUSE,
    ),
    StepDefinition(
        2,
        "back_up_before_rollback",
        "Database backup",
        "Copies the production database into a file first, so that nothing is lost by going back.",
        "backing up the database",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        3,
        "swap_back",
        "Swap back",
        "Stops the version that runs, puts the database back if asked, and starts the previous version.",
        "swapping the previous version in",
        OnFailure.ROLL_BACK,
    ),
    StepDefinition(
        4,
        "health_check",
        "Health check",
        "Waits until the previous version proves that it works.",
        "waiting for the previous version to be healthy",
        OnFailure.ROLL_BACK,
        repeatable=True,
    ),
    StepDefinition(
        5,
        "record_rollback",
        "Record rollback",
        "Writes down what now runs in production, and removes the version that was taken back.",
        "recording the rollback",
        OnFailure.KEEP,
    ),
)

SHIP_STEPS: tuple[StepDefinition, ...] = (
    StepDefinition(
        1,
        "extract_and_scan",
        "Extract and scan",
        "Reads what the sandbox changed, and looks for database operations that destroy data.",
        "reading the sandbox",
        OnFailure.STOP,
    ),
    StepDefinition(
        2,
        "register_product",
        "Register product",
        "Finds or makes the product and its next version, with a change request.",
        "registering the product",
        OnFailure.STOP,
    ),
    StepDefinition(
        3,
        "create_epic",
        "Create backlog epic",
        "Puts the feature into the operations backlog.",
        "creating the epic",
        OnFailure.STOP,
    ),
    StepDefinition(
        4,
        "contribution_assessment",
        "Contribution assessment",
        "Asks whether the feature is of use to a wider community, when sharing is enabled.",
        "assessing the contribution",
        OnFailure.STOP,
    ),
    StepDefinition(
        5,
        "pull_request_and_gates",
        "Pull request and gates",
        "Opens a pull request and runs the four gates.",
        "running the gates",
        OnFailure.STOP,
    ),
    StepDefinition(
        6,
        "request_promotion",
        "Deploy",
        "Asks for approval; the eleven steps begin once it is given.",
        "requesting the promotion",
        OnFailure.STOP,
    ),
)
