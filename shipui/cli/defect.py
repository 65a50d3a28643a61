"""Where a defect of shipui's own is written down, so that it can be reported."""

from __future__ import annotations

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from shipui import __version__


def log_defect(defect: BaseException, arguments: list[str]) -> Path:
    """Append the traceback to shipui's log file, mode 0600; the file. Reasons given on the command line stay out of it."""
    folder = Path(os.environ.get("XDG_STATE_HOME") or platformdirs.user_state_dir()) / "shipui"
    entry = (
        f"--- {datetime.now(UTC).isoformat(timespec='seconds')} shipui {__version__}: {' '.join(arguments[:2])}\n"
        + "".join(traceback.format_exception(defect))
    )
    for place in (folder, Path(tempfile.gettempdir())):
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = place / "shipui-errors.log"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        except OSError:
            continue
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as file:
            file.write(entry)
        return path
    return Path("nowhere: no folder could be written")
