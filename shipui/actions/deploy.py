"""Deploy an approved promotion: the right, the state, and the reasons that passing a window takes; then the eleven steps."""

from __future__ import annotations

from collections.abc import Callable

from shipui.actions.production_run import Wish, begin
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.change import ChangeType
from shipui.model.errors import BadInput, Refused, WrongState
from shipui.model.events import RunKind
from shipui.model.promotion import Promotion, Status, require
from shipui.model.roles import Person, Right
from shipui.pipeline.deployment import Deployment
from shipui.pipeline.production import Passage
from shipui.records import promotions, runs
from shipui.runs.running import RunningRun


def deploy(
    installation: Installation,
    person: Person,
    promotion_id: str,
    *,
    emergency: bool = False,
    override: bool = False,
    reason: str = "",
    wait: Deadline | None = None,
    waiting: Callable[[str], None] | None = None,
    limit_seconds: float | None = None,
) -> RunningRun:
    """A run that begins when it is started.

    `emergency` is for change requests of that type, `override` for admins; both need a reason. With `wait`, a busy target is waited for.
    """
    person.require(Right.DEPLOY)
    with installation.records.transaction() as connection:
        promotion = promotions.get(connection, promotion_id)
    _require_free(installation, promotion)
    _require_approved(promotion)
    passage = _passage(person, promotion, emergency, override, reason)
    details = {"emergency": emergency, "override": override, "reason": reason}
    wish = Wish(passage=passage, limit_seconds=limit_seconds, wait=wait, waiting=waiting)
    return begin(installation, person, promotion, RunKind.DEPLOY, Deployment(), wish, details)


def _require_free(installation: Installation, promotion: Promotion) -> None:
    """TargetBusy, naming the holder and the step, where the promotion's state is only that of a run that is on."""
    if promotion.status is not Status.EXECUTING:
        return
    with installation.records.transaction() as connection:
        holder = runs.open_on(connection, promotion.target)
    if holder is not None:
        raise runs.busy(holder)


def _require_approved(promotion: Promotion) -> None:
    """WrongState, with what to do instead."""
    instead = {
        Status.PENDING: f"Have it approved first: shipui approve {promotion.id}",
        Status.EXECUTING: f"How far it is: shipui show {promotion.id}. If that shipui is gone: shipui recover",
        Status.ROLLED_BACK: f"Ask for it again: shipui retry {promotion.id}",
        Status.NEEDS_ATTENTION: f"What a person has to do: shipui show {promotion.id}. Afterwards: shipui recover",
    }
    try:
        require(promotion.id, promotion.status, frozenset({Status.APPROVED}), "deployed")
    except WrongState as error:
        raise WrongState(error.plain, detail=error.detail, fix=instead.get(promotion.status, error.fix)) from None


def _passage(person: Person, promotion: Promotion, emergency: bool, override: bool, reason: str) -> Passage:
    is_emergency = promotion.type is ChangeType.EMERGENCY
    if override:
        person.require(Right.OVERRIDE_WINDOW)
    if emergency and not is_emergency:
        raise Refused(
            f"{promotion.id} is a {promotion.type} change, not an emergency.",
            fix="An admin can override a closed window with --override and a reason.",
        )
    if is_emergency and not emergency:
        raise Refused(
            f"{promotion.id} is an emergency change; it passes every window, so it has to be asked for as one.",
            fix=f'shipui deploy {promotion.id} --emergency --reason "…"',
        )
    if (emergency or override) and not reason.strip():
        raise BadInput("Passing the deployment windows needs a reason.", fix='Say why with --reason "…".')
    return Passage(emergency, override, reason)
