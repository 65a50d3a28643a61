"""Tests that are rows of the table in docs/reliability.md, and how they say what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.faults.productions import PRODUCTIONS

Told = Callable[[str, str, str], None]
"""What was under way, which fault came, and what came of it."""
ROW = "fault row"
ON_PROCESSES = pytest.mark.parametrize("scene", PRODUCTIONS[:1], indirect=True, ids=[PRODUCTIONS[0].name])
"""For what does not depend on the runtime: once is enough."""


def rows(deaths: Sequence[str], *, often: Sequence[str]) -> Callable[[Any], Any]:
    """One test for each death; those that are tried `often` belong to `make test` too."""
    missing = set(often) - set(deaths)
    assert not missing, missing
    each = [pytest.param(death, marks=() if death in often else pytest.mark.matrix) for death in deaths]
    return pytest.mark.parametrize("death", each, ids=[death.replace(" ", "-") for death in deaths])
