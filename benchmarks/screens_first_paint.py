"""From the command to the first rows of the queue, beside a bare Textual application; 100,000 promotions are waiting."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.screens.install import install_with
from benchmarks.screens.terminal import ROOT, Terminal

ROUNDS = 7
LIMIT = 1.4


def _once(arguments: list[str], wanted: str) -> tuple[float, float]:
    """Seconds until it is there; processor seconds until then."""
    terminal = Terminal(arguments)
    seconds = terminal.read_until(wanted)
    return seconds, terminal.end()


def main() -> int:
    bare = [str(ROOT / "benchmarks" / "screens" / "bare.py")]
    with install_with(100_000) as config:
        ours = ["-m", "shipui", "--config", str(config)]
        frames, rows, bares = [], [], []
        for _ in range(ROUNDS):  # side by side, so that a busy machine is busy for both
            bares.append(_once(bare, "READY"))
            frames.append(_once(ours, "Opening the records"))
            rows.append(_once(ours, "Feature number"))
    for name, found in (("bare Textual", bares), ("shipui, first paint", frames), ("shipui, rows of the queue", rows)):
        wall, cpu = (statistics.median(each) for each in zip(*found, strict=True))
        print(f"{name:<28} {wall * 1000:6.0f} ms    {cpu * 1000:6.0f} ms of a processor")
    ratio = statistics.median(each for _, each in frames) / statistics.median(each for _, each in bares)
    print(f"ratio of processor time to the first paint: {ratio:.2f} (at most {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
