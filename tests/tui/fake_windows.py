"""The windows of a desk without an install: a real windows.toml in a folder of the test's own, read and written as ever; no records."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from shipui.actions.windows import WindowSettings
from shipui.config.windows_document import WindowsDocument
from shipui.config.windows_file import WindowsFile, read_windows, write_windows
from shipui.model.errors import ShipuiError
from shipui.model.promotion import Promotion


def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="shipui-windows-")) / "windows.toml"


@dataclass
class FakeWindows:
    path: Path = field(default_factory=_place)
    waiting: list[Promotion] = field(default_factory=list)
    saved: list[WindowsDocument] = field(default_factory=list)
    error: ShipuiError | None = None
    """What saving raises."""

    def read(self) -> WindowSettings:
        return WindowSettings(read_windows(self.path), tuple(self.waiting))

    def save(self, document: WindowsDocument, read_digest: str | None) -> WindowsFile:
        if self.error is not None:
            raise self.error
        write_windows(self.path, document, read_digest)
        self.saved.append(document)
        return read_windows(self.path)
