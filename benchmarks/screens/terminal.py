"""A program in a terminal of its own, whose bytes are counted as they come."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUIET_SECONDS = 0.4


class Terminal:
    def __init__(self, arguments: Sequence[str], columns: int = 80, rows: int = 24) -> None:
        self.began = time.perf_counter()
        self.process, self._master = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PYTHONPATH=str(ROOT))
            os.environ.pop("NO_COLOR", None)
            os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own programs
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def read(self, seconds: float) -> bytes:
        """What comes within that time; at once when something is there."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self._master, 1 << 20)
        except OSError:
            return b""

    def read_until(self, wanted: str, seconds: float = 60) -> float:
        """Seconds from the start of the program until `wanted` is among what it wrote."""
        found, end = b"", time.perf_counter() + seconds
        while wanted.encode() not in found:
            if time.perf_counter() > end:
                raise TimeoutError(f"{wanted!r} never came; the last bytes: {found[-500:]!r}")
            found += self.read(0.5)
        return time.perf_counter() - self.began

    def settle(self) -> None:
        while self.read(QUIET_SECONDS):
            continue

    def count(self, seconds: float) -> int:
        """Bytes that come within that time."""
        total, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            total += len(self.read(left))
        return total

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> float:
        """Ends the program; the processor seconds that it used in all."""
        os.kill(self.process, signal.SIGKILL)
        _, _, usage = os.wait4(self.process, 0)
        os.close(self._master)
        return usage.ru_utime + usage.ru_stime
