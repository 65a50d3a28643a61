"""Starts shipui in processes that die at an exact entry of their journal; see mortal_shipui.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    """The exit code; negative: the signal."""
    output: str
    entries: tuple[str, ...]
    """Every entry of the journal that it came to, by name."""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Mortals:
    """One server of processes, for one worker; close it when done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal_shipui"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._line() == "ready"

    def start(self, *arguments: str, death: str = "", visit: tuple[str, str] | None = None) -> int:
        """The process ID; one at a time: `end` has to be called before the next."""
        self._count += 1
        order = {"arguments": arguments, "death": death, "visit": visit, "output": str(self._output)}
        assert self._server.stdin is not None
        self._server.stdin.write(f"{json.dumps(order)}\n")
        self._server.stdin.flush()
        return int(self._line())

    def end(self) -> Ended:
        """Wait for it."""
        code = int(self._line())
        entries = Path(f"{self._output}.entries")
        names = tuple(entries.read_text().splitlines()) if entries.exists() else ()
        return Ended(code, self._output.read_text(), names)

    def __call__(self, *arguments: str, death: str = "", visit: tuple[str, str] | None = None) -> Ended:
        """To its end, or its death: `before ENTRY`, `after ENTRY`. `visit`: after which entry somebody writes, and at which address."""
        self.start(*arguments, death=death, visit=visit)
        return self.end()

    def close(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(30)

    @property
    def _output(self) -> Path:
        return self._folder / f"shipui-{os.getpid()}-{self._count}.txt"

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()
