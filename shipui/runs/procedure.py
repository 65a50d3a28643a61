"""What a run executes: an ordered list of steps, and what to write down at the turns that a run can take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from shipui.model.errors import ShipuiError
from shipui.model.events import Outcome
from shipui.model.steps import StepDefinition, StepState
from shipui.runs.context import RunContext


class Postponed(ShipuiError):
    """A step found that now is not the time. Nothing irreversible was done; what was done is undone."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Done:
    """A step's result. `left` is what later steps and the undo need: JSON, without secrets, and it is journalled."""

    plain: str
    detail: str = ""
    left: dict[str, Any] = field(default_factory=dict)
    state: StepState = StepState.PASSED


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did; an empty sentence: there was nothing to do. `production` is set when it touched what users see."""

    plain: str = ""
    detail: str = ""
    production: bool = False


W_contra = TypeVar("W_contra", contravariant=True)


class Step(Protocol[W_contra]):
    definition: StepDefinition

    def intend(self, work: W_contra) -> dict[str, Any]:
        """Every name that the step will make, before it makes anything; journalled first. It must touch nothing."""
        ...

    def act(self, work: W_contra, intent: dict[str, Any]) -> Done: ...

    def undo(self, work: W_contra, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        """Take back what it did, or what it may have done (`left` is None when it did not end). Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    outcome: Outcome
    plain: str
    detail: str = ""
    commands: tuple[str, ...] = ()
    failed_step: int | None = None


W = TypeVar("W")


class Procedure(Protocol[W]):
    """Steps of one kind of run. `work` is what they work on."""

    steps: Sequence[Step[W]]
    kind: str

    def context(self, work: W) -> RunContext: ...

    def begins_at(self) -> int:
        """The number of the first step that changes anything; `begin` is called just before it."""
        ...

    def begin(self, work: W) -> None: ...

    def describe_failure(self, work: W, step: StepDefinition, why: str) -> str:
        """The sentence that the operator reads first; `why` is the step's own reason."""
        ...

    def end(self, work: W, ending: Ending) -> None:
        """Write the ending down: the promotion's status, the run's row, the audit trail."""
        ...
