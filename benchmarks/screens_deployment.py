"""A deployment with ten log lines a second on a terminal of 80 by 24: bytes on the wire, and the share of a processor."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.screens.terminal import ROOT, Terminal

SECONDS = 20.0
BYTES, SHARE = 8_000, 0.10


def main() -> int:
    terminal = Terminal([str(ROOT / "benchmarks" / "screens" / "deploying.py")])
    terminal.read_until("Search the notes")
    terminal.settle()
    terminal.press("d")
    terminal.read_until("into production?")
    terminal.press("\t")
    terminal.press("\r")
    terminal.read_until("[build 3/7]")
    terminal.count(3)
    before, began = terminal.processor_seconds(), time.perf_counter()
    count = terminal.count(SECONDS)
    share = (terminal.processor_seconds() - before) / (time.perf_counter() - began)
    terminal.end()
    print(
        f"{count / SECONDS / 1000:.1f} kB a second (less than {BYTES / 1000:.0f}), {share:.1%} of a processor (less than {SHARE:.0%})"
    )
    return 0 if count / SECONDS < BYTES and share < SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
