"""Whether a deployed promotion can still be rolled back: the image that was there before it, and the copy of its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shipui.install import Installation
from shipui.model.errors import Refused, ShipuiError
from shipui.pipeline.rollback.find_way_back import what_the_deployment_left


@dataclass(frozen=True, slots=True)
class WayBack:
    possible: bool | None
    """None: it could not be looked at."""
    plain: str

    def as_json(self) -> dict[str, Any]:
        return {"possible": self.possible, "plain": self.plain}


def way_back(installation: Installation, promotion: str, target: str) -> WayBack:
    """Looks at what is there now, and changes nothing."""
    try:
        deployed = what_the_deployment_left(installation.records, promotion)
        noted = deployed.get("rollback_preparation", {})
        if noted.get("old") is None:
            return WayBack(True, "It can be rolled back to what was before it: nothing ran.")
        if installation.runtime(target).find_image(str(noted["image"])) is None:
            return WayBack(False, "It cannot be rolled back: the image of the version before it is not there any more.")
        build = noted.get("build") or "the version before it"
        return WayBack(True, f"It can be rolled back to {build}.{_database(installation, target, deployed)}")
    except Refused as error:
        return WayBack(False, error.plain)
    except ShipuiError as error:
        return WayBack(None, f"Whether it can be rolled back is not known: {error.plain}")


def _database(installation: Installation, target: str, deployed: dict[str, dict[str, Any]]) -> str:
    """The quick copy is kept for some days; the backup longer."""
    copy = deployed.get("stop_old_version", {}).get("copy")
    if copy is None:
        return ""
    if installation.database(target, "shipui/look").siblings().get(copy["name"]) == copy["oid"]:
        return ""
    return " The copy of its database from before is not there any more, so only without the database."
