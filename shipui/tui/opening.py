"""Opening the install behind the first screen: on a thread, because it takes imports, settings, and perhaps the start of a server."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from shipui.tui.errands import Answered

if TYPE_CHECKING:
    from shipui.install import Installation
    from shipui.tui.app import ShipuiApp


class Opening:
    def __init__(self, config: Path | None) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._installation: Installation | None = None
        self._closed = False
        self._error: BaseException | None = None

    def begin(self, app: ShipuiApp) -> None:
        threading.Thread(target=self._open, args=(app,), name="opening", daemon=True).start()

    def _open(self, app: ShipuiApp) -> None:
        try:
            self._bring(app)
        except BaseException as error:  # noqa: BLE001 - raised again when the screens have gone
            self._error = error
            app.post_message(Answered(app.exit))

    def _bring(self, app: ShipuiApp) -> None:
        from shipui.install import Installation
        from shipui.tui.appearance import appearance
        from shipui.tui.install_desk import InstallDesk
        from shipui.tui.keys import checked
        from shipui.tui.screens import queue  # noqa: F401 - loaded here, where nobody waits for the screens' own thread

        installation = Installation.open(self._config)
        with self._lock:
            if self._closed:
                installation.close()
                return
            self._installation = installation
        keys = checked(installation.settings.keys, installation.install.config_file)
        look = appearance(installation.settings.screens, os.environ)
        _ = installation.records
        desk = InstallDesk(installation)
        app.post_message(Answered(lambda: app.opened(desk, keys, look)))

    def raise_error(self) -> None:
        """What kept the install from being opened, if something did."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._installation is not None:
                self._installation.close()
