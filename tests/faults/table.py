"""The fault matrix as a table: collected while the tests run, printed at their end, and written into docs/reliability.md.

`python -m tests.faults.table` writes what the last run of `make test-faults` found between the two marks of that page.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.faults import instants

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
FOUND = ROOT / ".pytest_cache" / "fault-rows.json"
BEGIN, END = "<!-- fault matrix: begin -->", "<!-- fault matrix: end -->"

Row = Sequence[str]
"""Runtime, what was under way, the fault, what came of it."""
UNDER_WAY: dict[str, instants.Entries] = {
    "a good deployment": instants.GOOD_DEPLOYMENT,
    "a deployment that fails and spoils the database": instants.FAILING_DEPLOYMENT,
    "a rollback": instants.ROLLBACK,
    "a rollback with its database": instants.ROLLBACK,
    "a recovery that goes back": instants.RECOVERED_BACK,
    "a recovery that goes forwards": instants.RECOVERED_FORWARDS,
    "a recovery of a rollback with its database": instants.RECOVERED_ROLLBACK,
}


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Several workers bring them as they come: in the order of `UNDER_WAY`, and of the journal's entries."""

    def place(row: Row) -> tuple[str, int, int]:
        runtime, under_way, fault, _ = row
        entries = UNDER_WAY.get(under_way, ())
        moment, _, entry = fault.partition(" ")
        instant = 2 * entries.index(entry) + (moment == "after") if entry in entries else 2 * len(entries)
        return runtime, list(UNDER_WAY).index(under_way) if entries else len(UNDER_WAY), instant

    return sorted(sorted(rows), key=place)


def lines(rows: Iterable[Row]) -> list[str]:
    """One line for each run of faults with the same outcome, in the order of the journal."""
    table = ["| runtime | under way | killed, or what else failed | outcome |", "|---|---|---|---|"]
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for runtime, where, fault, outcome in rows:
        groups[runtime, where].append((fault, outcome))
    for (runtime, where), found in groups.items():
        for faults, outcome in _runs_of_the_same(found):
            table.append(f"| {runtime} | {where} | {_faults(faults)} | {outcome} |")
    return table


def _runs_of_the_same(found: list[tuple[str, str]]) -> list[tuple[list[str], str]]:
    runs: list[tuple[list[str], str]] = []
    for fault, outcome in found:
        if runs and runs[-1][1] == outcome:
            runs[-1][0].append(fault)
        else:
            runs.append(([fault], outcome))
    return runs


def _faults(faults: list[str]) -> str:
    if len(faults) == 1:
        return faults[0]
    if len(set(faults)) == 1:
        return f"{faults[0]} ({len(faults)} times)"
    return f"{faults[0]} … {faults[-1]} ({len(faults)} instants)"


def keep(rows: Sequence[Row]) -> None:
    FOUND.parent.mkdir(exist_ok=True)
    FOUND.write_text(json.dumps(rows))


def write_page() -> None:
    rows = json.loads(FOUND.read_text())
    page = PAGE.read_text()
    table = "\n".join([BEGIN, "", f"{len(rows)} faults.", "", *lines(rows), "", END])
    written, count = re.subn(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: table, page, flags=re.DOTALL)
    if count != 1:
        sys.exit(f"{PAGE} has not both marks, {BEGIN} and {END}")
    PAGE.write_text(written)


if __name__ == "__main__":
    write_page()
