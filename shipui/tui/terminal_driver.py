"""Textual's driver, for a terminal that may vanish at any moment.

Its own writing thread ends with the first write that fails. The queue before it then fills up, and the event loop waits for room in it
for ever, in the middle of leaving too: not even SIGTERM would end the process. Here what cannot be written is lost instead.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver


class LosingOutput:
    """A terminal's file that takes whatever is written, also when there is nobody left to see it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


class TerminalDriver(LinuxDriver):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = cast("Any", LosingOutput(cast("TextIO", self._file)))

    def leave_mouse(self) -> None:
        """To the terminal itself, which then selects text as it always does."""
        self._disable_mouse_support()
        self._mouse = False
