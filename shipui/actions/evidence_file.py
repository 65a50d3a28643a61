"""The evidence that a build left in a file."""

from __future__ import annotations

import json
from pathlib import Path

from shipui.model.errors import BadInput
from shipui.model.evidence import Evidence, read_evidence
from shipui.model.text import visible

LARGEST = 10_000_000
"""Bytes."""


def read(path: Path) -> Evidence:
    """What the file proves; BadInput says what is wrong with it."""
    name = f"The evidence file {visible(str(path), limit=200)}"
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{name} is larger than 10 MB.", fix="Leave the captured output out.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not JSON: {error}.", fix="Expected one JSON object.") from error
    return read_evidence(found)
