"""The deployment windows, as their form needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shipui.config.windows_document import WindowsDocument
from shipui.config.windows_file import WindowsFile

if TYPE_CHECKING:
    from shipui.actions.windows import WindowSettings
    from shipui.install import Installation


class WindowsDesk(Protocol):
    """Every method may block, and raises ShipuiError."""

    def read(self) -> WindowSettings:
        """BadSettings when windows.toml cannot be used."""
        ...

    def save(self, document: WindowsDocument, read_digest: str | None) -> WindowsFile:
        """FileChanged when the file is not the one with `read_digest` any more."""
        ...


class InstallWindows:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def read(self) -> WindowSettings:
        from shipui.actions.windows import read

        return read(self._installation, self._installation.person)

    def save(self, document: WindowsDocument, read_digest: str | None) -> WindowsFile:
        from shipui.actions.windows import save

        return save(self._installation, self._installation.person, document, read_digest)
