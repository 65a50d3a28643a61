"""How soon a key is answered with 100,000 promotions in the records, and what an idle screen sends."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.screens.install import install_with
from benchmarks.screens.terminal import Terminal

PRESSES = 300
LIMIT = 0.050
IDLE_SECONDS = 30.0


def _answers(terminal: Terminal, keys: list[str]) -> list[float]:
    """Seconds from each key to the first byte of its answer."""
    found = []
    for key in keys:
        terminal.press(key)
        began = time.perf_counter()
        if terminal.read(2):
            found.append(time.perf_counter() - began)
        terminal.count(0.03)
    return found


def main() -> int:
    with install_with(100_000) as config:
        terminal = Terminal(["-m", "shipui", "--config", str(config)], 120, 40)
        terminal.read_until("Feature number")
        terminal.settle()
        down = _answers(terminal, ["j"] * PRESSES)
        deep = _answers(terminal, ["\x1b[6~"] * PRESSES)
        terminal.press("/")
        terminal.settle()
        typed = _answers(terminal, list("feature number 4") * 3)
        terminal.press("\x1b")
        terminal.count(4)
        idle = terminal.count(IDLE_SECONDS)
        terminal.end()
    worst = 0.0
    for name, found in (("down", down), ("page down, 300 pages", deep), ("typing in the filter", typed)):
        late = statistics.quantiles(found, n=20)[-1]
        worst = max(worst, late)
        print(f"{name:<22} {statistics.median(found) * 1000:5.1f} ms, 95 of 100 within {late * 1000:5.1f} ms")
    print(f"idle for {IDLE_SECONDS:.0f} s: {idle} bytes")
    return 0 if worst <= LIMIT and idle == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
