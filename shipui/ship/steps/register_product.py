"""Ship step 2: the product that the build belongs to, and the version that it makes of it."""

from __future__ import annotations

from typing import Any

from shipui.model.errors import BadInput
from shipui.model.steps import SHIP_STEPS
from shipui.records import products
from shipui.runs.procedure import Done, Undone
from shipui.ship.shipment import Shipment


class RegisterProduct:
    definition = SHIP_STEPS[1]

    def intend(self, work: Shipment) -> dict[str, Any]:
        return {"product": work.order.product or work.order.target, "version": work.order.version}

    def act(self, work: Shipment, intent: dict[str, Any]) -> Done:
        order = work.order
        with work.records.transaction() as connection:
            product = products.find(connection, intent["product"])
            new = product is None
            if product is None:
                if intent["product"].upper().startswith("DP-"):
                    raise BadInput(f"There is no product {intent['product']}.", fix="shipui inventory lists them.")
                product = products.add(connection, intent["product"], order.target)
            elif product.target != order.target:
                raise BadInput(
                    f"The product {product.name} belongs to the target {product.target}, not to {order.target}.",
                    fix="Name another product with --product.",
                )
            version = products.version_of_build(connection, product.id, order.build)
            if version is None or (order.version is not None and order.version != version):
                version = products.next_version(connection, product.id, order.version)
                products.add_version(connection, product.id, version, order.build, work.person.name)
        work.made.update(product=product.id, version=version)
        known = "A new product" if new else "A version of a known product"
        return Done(
            f"{known}: {product.name} {version}.",
            left={"product": product.id, "name": product.name, "version": version},
        )

    def undo(self, work: Shipment, intent: dict[str, Any], left: dict[str, Any] | None) -> Undone:
        return Undone()
