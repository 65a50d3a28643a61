"""Fifty thousand findings on their screen, side by side with Textual's own OptionList, which is given as many lines.

    python benchmarks/screens_findings.py [FINDINGS]

The records are a real server's (shipui's embedded one, in a folder of its own). A key is answered when the screen has been painted anew.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, OptionList

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shipui.databases.embedded import EmbeddedServer  # noqa: E402 - the repository first
from shipui.limits.deadline import Deadline  # noqa: E402
from shipui.model.findings import Finding  # noqa: E402
from shipui.model.promotion import Promotion  # noqa: E402
from shipui.model.review import Source  # noqa: E402
from shipui.records.connection import Records  # noqa: E402
from shipui.tui.app import ShipuiApp  # noqa: E402
from shipui.tui.desks.install_findings import InstallFindings  # noqa: E402
from shipui.tui.screens.findings import FindingsScreen  # noqa: E402
from shipui.tui.widgets.finding_table import FindingTable  # noqa: E402
from tests.records import migrated, pending  # noqa: E402
from tests.servers import make_database  # noqa: E402
from tests.tui.fake_desk import OPERATOR, FakeDesk  # noqa: E402
from tests.tui.fake_findings import PAGES  # noqa: E402

SIZE = (80, 24)
PATIENCE = 60.0
BOUND = 0.050
KEYS = [
    *["down"] * 30,
    *["pagedown"] * 20,
    *["n"] * 20,
    *["up"] * 10,
    *["space"] * 10,
    "end",
    "home",
    "end",
    "home",
] * 2


class Findings(InstallFindings):
    """The records are real; the source is a file of 120 lines."""

    def source(self, promotion: Promotion, finding: Finding) -> Source:
        lines = (PAGES * 6).split("\n")[:121]
        return Source(finding.path, max(1, (finding.line or 1) - 60), tuple(lines), frozenset(range(0, 9_999, 3)))


def fill(url: str, findings: int) -> Promotion:
    with psycopg.connect(url, autocommit=True) as connection:
        promotion = pending(connection)
        for gate in ("security", "destructive-operations", "architecture", "dependencies"):
            row = connection.execute(
                "INSERT INTO gate_run (promotion, revision, gate, verdict) SELECT id, revision, %s, 'block' FROM promotion WHERE id = %s"
                " RETURNING id",
                (gate, promotion.id),
            ).fetchone()
            connection.execute(
                "INSERT INTO finding (gate_run, fingerprint, rule, severity, path, line, message, fix, cwe, evidence)"
                " SELECT %(run)s, md5(%(run)s::text || n), 'rule-number-' || n %% 40,"
                " (ARRAY['critical', 'high', 'medium', 'low', 'info'])[1 + n %% 5],"
                " 'src/packages/part' || n %% 800 || '/module.ts', 1 + n %% 4000, 'What is wrong here, number ' || n, 'Do it otherwise.',"
                " 'CWE-89', 'const value = request.query.q' FROM generate_series(1, %(count)s) n",
                {"run": row[0] if row else 0, "count": findings // 4},
            )
        # Every third is settled already.
        connection.execute(
            "INSERT INTO disposition (promotion, finding, kind, reason, by)"
            " SELECT %s, fingerprint, 'acknowledged', 'known', 'rita' FROM finding WHERE line %% 3 = 0",
            (promotion.id,),
        )
        connection.execute("ANALYZE")
        return promotion


class Painted:
    """When the terminal was last painted, and what state the screen was in then."""

    def __init__(self, app: App[Any], state: Callable[[], object]) -> None:
        self.at = 0.0
        self.state = state()
        display = app._display

        def noted(*arguments: Any, **options: Any) -> None:
            display(*arguments, **options)
            self.at, self.state = time.perf_counter(), state()

        app._display = noted  # type: ignore[method-assign]


async def until(met: Callable[[], bool]) -> None:
    end = time.perf_counter() + PATIENCE
    while not met():
        assert time.perf_counter() < end, "it never happens"
        await asyncio.sleep(0.001)


async def answered(app: App[Any], painted: Painted, key: str, state: Callable[[], object]) -> float:
    """Seconds from the key to the picture that shows what it did; 0 if it did nothing."""
    before, begun = state(), time.perf_counter()
    app.post_message(events.Key(key, key if len(key) == 1 else None))
    end = begun + 1
    while state() == before and time.perf_counter() < end:
        await asyncio.sleep(0.001)
    if state() == before:
        return 0.0
    await until(lambda: painted.state != before)
    return painted.at - begun


async def shipuis(records: Records, promotion: Promotion, findings: int) -> tuple[dict[str, float], list[float]]:
    settings = SimpleNamespace(approvals=SimpleNamespace(own_request=False))
    installation: Any = SimpleNamespace(records=records, settings=settings, person=OPERATOR)
    desk: Any = FakeDesk([promotion])
    desk.findings = Findings(installation)
    app = ShipuiApp(desk)
    took: dict[str, float] = {}
    async with app.run_test(size=SIZE):
        await until(lambda: app.standing is not None)
        screen, begun = FindingsScreen(promotion), time.perf_counter()
        app.push_screen(screen)
        await until(lambda: bool(screen.query(FindingTable)) and screen.table.count == findings)
        took["open, all of them in the list"] = time.perf_counter() - begun
        table, field = screen.table, screen.query_one("#filter", Input)
        painted = Painted(app, lambda: (table._cursor, len(table.marked), field.value))
        await asyncio.sleep(0.5)
        keys = []
        for key in KEYS:
            keys.append(await answered(app, painted, key, lambda: (table._cursor, len(table.marked), field.value)))
            # As fast as a key repeats.
            await asyncio.sleep(0.03)
        for key, name in (("o", "in another order"), ("s", "of other severities"), ("u", "the unreviewed")):
            shown = table._shown
            begun = time.perf_counter()
            app.post_message(events.Key(key, key))
            await until(lambda shown=shown: table._shown is not shown)  # type: ignore[misc]
            took[name] = time.perf_counter() - begun
        app.post_message(events.Key("x", "x"))
        await until(lambda: table.count == findings)
        app.post_message(events.Key("slash", "/"))
        await until(lambda: field.has_focus)
        typed = [
            await answered(app, painted, letter, lambda: (table._cursor, len(table.marked), field.value))
            for letter in "part799/module"
        ]
        begun = time.perf_counter()
        await until(lambda: table.count == len([n for n in range(1, findings // 4 + 1) if n % 800 == 799]) * 4)
        took["after the last letter of a filter, the list"] = time.perf_counter() - begun
    return took, [each for each in (*keys, *typed) if each]


class Peer(App[None]):
    def compose(self) -> ComposeResult:
        yield OptionList()


async def peers(findings: int) -> tuple[float, list[float]]:
    app = Peer()
    async with app.run_test(size=SIZE):
        options, begun = app.query_one(OptionList), time.perf_counter()
        options.add_options([f"high src/packages/part{number % 800}/module.ts:{number}" for number in range(findings)])
        painted = Painted(app, lambda: options.highlighted)
        await until(lambda: painted.at > 0)
        opened = time.perf_counter() - begun
        options.focus()
        await asyncio.sleep(0.5)
        keys = []
        for key in ["down", "pagedown"] * 40:
            keys.append(await answered(app, painted, key, lambda: options.highlighted))
            await asyncio.sleep(0.03)
    return opened, [each for each in keys if each]


def main() -> None:
    findings = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    folder = Path(tempfile.mkdtemp(prefix="shipui-bench-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "postgres")
    try:
        server.start(Deadline(60))
        database = migrated(make_database(server))
        promotion = fill(database.superuser_url, findings)
        records = Records(database.url, "shipui/bench")
        took, keys = asyncio.run(shipuis(records, promotion, findings))
        records.close()
        print(f"{findings:,} findings in the records")
        for name, seconds in took.items():
            print(f"  {name:<45} {seconds * 1000:>8.0f} ms")
        worst = _told(f"a key ({len(keys)} of them)", keys)
        print(f"  this process at its largest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
        opened, others = asyncio.run(peers(findings))
        print("Textual's OptionList, the lines being in memory already")
        print(f"  {'open':<45} {opened * 1000:>8.0f} ms")
        peer = _told(f"a key ({len(others)} of them)", others)
        kept = worst < BOUND
        print(
            f"a key here takes {worst / peer:.2f} of that; the bound is 50 ms for 95 of 100: {'kept' if kept else 'BROKEN'}"
        )
        if not kept:
            sys.exit(1)
    finally:
        server.stop(Deadline(60))
        shutil.rmtree(folder)


def _told(name: str, keys: list[float]) -> float:
    """Prints the middle and the 95th of a hundred; the latter in seconds."""
    worst = statistics.quantiles(keys, n=20)[-1]
    print(f"  {name + ', the middle one':<45} {statistics.median(keys) * 1000:>8.0f} ms")
    print(f"  {name + ', 95 of 100 within':<45} {worst * 1000:>8.0f} ms")
    return worst


if __name__ == "__main__":
    main()
