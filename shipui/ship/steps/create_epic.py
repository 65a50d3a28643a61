"""Ship step 3: the feature in the operations backlog, open until it is deployed."""

from __future__ import annotations

from typing import Any

from shipui.model.steps import SHIP_STEPS
from shipui.records import epics
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment


class CreateEpic:
    definition = SHIP_STEPS[2]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"build": work.order.build}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        with work.records.transaction() as connection:
            epic = epics.of_build(connection, work.order.build)
            found = epic is not None
            if epic is None:
                epic = epics.add(
                    connection,
                    build=work.order.build,
                    product=work.made["product"],
                    title=work.order.title,
                    body=f"{work.order.build}, asked for by {work.person.name}.",
                    by=work.person.name,
                )
        work.made["epic"] = epic.id
        return Done(f"{epic.id} {'was there already' if found else 'is open'}.", left={"epic": epic.id})

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
