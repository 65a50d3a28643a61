"""Ask a run to stop and roll back, wherever it runs."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.errors import Refused
from shipui.model.roles import Person, Right
from shipui.model.run import Run
from shipui.records import promotions, runs


def cancel(installation: Installation, person: Person, promotion_id: str) -> Run:
    """The run that was asked; it notices within about a second."""
    person.require(Right.CANCEL)
    with installation.audited(person, "cancel asked", promotion_id) as connection:
        promotion = promotions.get(connection, promotion_id)
        run = runs.open_on(connection, promotion.target)
        if run is None or run.promotion != promotion.id:
            raise Refused(f"No run of {promotion.id} is under way.", fix="shipui queue shows what is.")
        runs.ask_cancel(connection, run.id, person.name)
        return run
