"""What could not be written to the records yet: an fsynced file of JSON lines, in order, one per run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Spool:
    """Entries are JSON objects; a last line cut short by a crash is dropped when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entries: list[dict[str, Any]]) -> None:
        """On disk when it returns. OSError if it cannot be."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            if file.tell() and not self._ends_with_newline():
                file.write(b"\n")
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _ends_with_newline(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def entries(self) -> Iterator[dict[str, Any]]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

    def empty(self) -> bool:
        return not self.path.exists()

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
