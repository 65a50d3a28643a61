"""The line for those who are here for the first time: shown a few times, or until it is put away, and then never again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

TIMES = 3


class Hints:
    """Remembers in a small file of the account's own. Where that cannot be written, the hint comes again; nothing else happens."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def wanted(self) -> bool:
        """Whether to show it; counts this time."""
        if self._file is None:
            return False
        shown = self._shown(self._file)
        if shown >= TIMES:
            return False
        self._write(shown + 1)
        return True

    def put_away(self) -> None:
        self._write(TIMES)

    @staticmethod
    def _shown(file: Path) -> int:
        try:
            return int(file.read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def _write(self, shown: int) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_text(str(shown), "ascii")
