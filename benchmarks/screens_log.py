"""A log of a million lines on the screens, side by side with Textual's own Log widget, which is given the same lines.

    python benchmarks/screens_log.py [LINES]

The records are a real server's (shipui's embedded one, in a folder of its own). Events hold ten lines, as a build writes them, and in a second
run one line each, which is the worst that there can be.
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

import psycopg
from textual.app import App, ComposeResult
from textual.widgets import Log

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shipui.databases.embedded import EmbeddedServer  # noqa: E402 - the repository first
from shipui.limits.deadline import Deadline  # noqa: E402
from shipui.records.connection import Records  # noqa: E402
from shipui.tui.app import ShipuiApp  # noqa: E402
from shipui.tui.desks.logs import RecordsLogs  # noqa: E402
from shipui.tui.screens.log import LogScreen  # noqa: E402
from shipui.tui.widgets.paged_log import PagedLog  # noqa: E402
from tests.records import migrated  # noqa: E402
from tests.servers import make_database  # noqa: E402
from tests.tui.fake_desk import FakeDesk  # noqa: E402

WORDS = "[%s] Step 7/30 : compiling the module number %s of the application, as builds print it"
SIZE = (80, 24)


def fill(url: str, run: str, lines: int, per_event: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO target VALUES ('notes') ON CONFLICT DO NOTHING")
        connection.execute(
            "INSERT INTO run (id, kind, target, machine, host, pid, person, limit_seconds)"
            " VALUES (%s, 'ship', 'notes', 'm', 'h', 1, 'ann', 600)",
            (run,),
        )
        connection.execute(
            "INSERT INTO run_event SELECT %(run)s, n, now(), 'log', NULL, json_build_object('lines',"
            " (SELECT json_agg(format(%(words)s, n, (n - 1) * %(per)s + k)) FROM generate_series(1, %(per)s) k))"
            " FROM generate_series(1, %(events)s) n",
            {"run": run, "words": WORDS, "per": per_event, "events": lines // per_event},
        )
        connection.execute("ANALYZE run_event")


def text_of(app: App[None]) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def until(met: Callable[[], bool]) -> None:
    while not met():
        await asyncio.sleep(0.002)


async def shipuis(records: Records, run: str, lines: int) -> dict[str, float]:
    app = ShipuiApp(FakeDesk(logs=RecordsLogs(records)))
    took: dict[str, float] = {}

    async def timed(name: str, act: Callable[[], object], met: Callable[[], bool]) -> None:
        begun = time.perf_counter()
        act()
        await until(met)
        took[name] = time.perf_counter() - begun

    def shows(number: int) -> bool:
        return f"number {number} of" in text_of(app)

    async with app.run_test(size=SIZE) as pilot:
        await until(lambda: app.standing is not None)
        screen = LogScreen(run)
        await timed("open, its last line on the screen", lambda: app.push_screen(screen), lambda: shows(lines))
        log = screen.query_one(PagedLog)
        await timed("… and every line counted", lambda: None, lambda: log.book.counted)
        assert log.book.total == lines
        await timed("to the first line", screen.action_jump_to_start, lambda: shows(1))
        middle = lines // 2
        await timed("to the middle", lambda: log.show_line(middle), lambda: shows(middle))
        keys = []
        for _ in range(60):
            begun = time.perf_counter()
            await pilot.press("pagedown")
            await until(lambda: "…" not in {row.text or "…" for row in log._in_sight()})
            keys.append(time.perf_counter() - begun)
        took["a page further, 95 of 100"] = statistics.quantiles(keys, n=20)[-1]
        screen.action_jump_to_end()
        log.sought = f"number {lines // 3} of"
        await timed("search, found a third of the way", screen.action_next_match, lambda: shows(lines // 3))
        log.sought = "nowhere in it"
        await timed("search through all of it, in vain", screen.action_next_match, lambda: not screen._searching)
    return took


class Peer(App[None]):
    def compose(self) -> ComposeResult:
        yield Log()


async def peers(lines: int) -> float:
    app = Peer()
    new = [WORDS % (number, number) for number in range(1, lines + 1)]
    async with app.run_test(size=SIZE):
        begun = time.perf_counter()
        app.query_one(Log).write_lines(new)
        await until(lambda: f"number {lines} of" in text_of(app))
        return time.perf_counter() - begun


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    folder = Path(tempfile.mkdtemp(prefix="shipui-bench-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "postgres")
    try:
        server.start(Deadline(60))
        database = migrated(make_database(server))
        opened = 0.0
        for run, per_event in (("RN-0000000A", 10), ("RN-0000000B", 1)):
            fill(database.superuser_url, run, lines, per_event)
            records = Records(database.url, "shipui/bench")
            took = asyncio.run(shipuis(records, run, lines))
            records.close()
            print(f"{lines:,} lines in the records, {per_event} to an event")
            for name, seconds in took.items():
                print(f"  {name:<40} {seconds * 1000:>8.0f} ms")
            opened = max(opened, next(iter(took.values())))
        print(f"  this process at its largest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
        peer = asyncio.run(peers(lines))
        print(f"Textual's Log, the lines being in memory already: {peer * 1000:,.0f} ms")
        print(
            f"opening here takes {opened / peer:.2f} of that; the bound is 500 ms: {'kept' if opened < 0.5 else 'BROKEN'}"
        )
        if opened >= 0.5:
            sys.exit(1)
    finally:
        server.stop(Deadline(60))
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
