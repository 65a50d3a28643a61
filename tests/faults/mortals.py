"""Starts shipui in processes that die at an exact entry of their journal; see mortal_shipui.py."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
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
        self._outputs: list[Path] = []
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal_shipui"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._line() == "ready"

    def start(self, *commands: Sequence[str], death: str = "", visit: tuple[str, str] | None = None) -> list[int]:
        """Command lines that begin together; their process IDs. `end` has to be called before the next."""
        self._count += 1
        self._outputs = [self._folder / f"shipui-{self._count}-{place}.txt" for place in range(len(commands))]
        orders = [
            {"arguments": list(command), "death": death, "visit": visit, "output": str(output)}
            for command, output in zip(commands, self._outputs, strict=True)
        ]
        assert self._server.stdin is not None
        self._server.stdin.write(f"{json.dumps(orders)}\n")
        self._server.stdin.flush()
        return list(json.loads(self._line()))

    def end(self) -> list[Ended]:
        """Wait for all of them."""
        codes = json.loads(self._line())
        return [_ended(code, output) for code, output in zip(codes, self._outputs, strict=True)]

    def __call__(self, *arguments: str, death: str = "", visit: tuple[str, str] | None = None) -> Ended:
        """One, to its end, or its death: `before ENTRY`, `after ENTRY`. `visit`: after which entry somebody writes, and at which address."""
        self.start(arguments, death=death, visit=visit)
        return self.end()[0]

    def close(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(30)

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()


def _ended(code: int, output: Path) -> Ended:
    entries = Path(f"{output}.entries")
    names = tuple(entries.read_text().splitlines()) if entries.exists() else ()
    return Ended(code, output.read_text() if output.exists() else "", names)
