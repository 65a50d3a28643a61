"""Which version of Notes this is."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Release:
    version: str
    build: str
    commit: str


def this_release() -> Release:
    """The version that was built, and the build and commit that the environment names."""
    built = json.loads((FOLDER / "version.json").read_text(encoding="utf-8"))
    return Release(
        version=built["version"],
        build=os.environ.get("SHIPUI_BUILD") or built["build"],
        commit=os.environ.get("SHIPUI_COMMIT") or built["commit"],
    )
