"""Take a deployed promotion back: the previous version, and, if asked, the database from before it."""

from __future__ import annotations

from shipui.actions.production_run import Wish, begin
from shipui.install import Installation
from shipui.model.errors import BadInput
from shipui.model.events import RunKind
from shipui.model.promotion import Status, require
from shipui.model.roles import Person, Right
from shipui.pipeline.rollback.procedure import Rollback
from shipui.records import promotions
from shipui.runs.running import RunningRun


def roll_back(
    installation: Installation,
    person: Person,
    promotion_id: str,
    *,
    restore_database: bool = False,
    typed: str = "",
) -> RunningRun:
    """A run that begins when it is started. `restore_database` loses what was written since, so `typed` must be the promotion's ID."""
    person.require(Right.ROLL_BACK)
    with installation.records.transaction() as connection:
        promotion = promotions.get(connection, promotion_id)
    require(promotion.id, promotion.status, frozenset({Status.DEPLOYED}), "rolled back")
    if restore_database and typed.strip().upper() != promotion.id:
        raise BadInput(
            f"Putting the database back loses everything that was written since {promotion.id} was deployed.",
            fix=f"To confirm, type the promotion's ID: {promotion.id} (on the command line: --confirm {promotion.id}).",
        )
    wish = Wish(restore_database=restore_database)
    details = {"restore_database": restore_database}
    return begin(installation, person, promotion, RunKind.ROLLBACK, Rollback(), wish, details)
