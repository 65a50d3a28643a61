"""Where a defect of shipui's own is written down, so that it can be reported."""

from __future__ import annotations

import os
import stat
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from shipui import __version__
from shipui.config.secret_values import mask_urls

NAME = "shipui-errors.log"


def log_defect(defect: BaseException, arguments: list[str]) -> Path | None:
    """Append the traceback to shipui's log file, mode 0600; the file, or None if no place could be written.

    Reasons given on the command line and passwords in URLs stay out of it.
    """
    when = datetime.now(UTC).isoformat(timespec="seconds")
    entry = f"--- {when} shipui {__version__}: {' '.join(arguments[:2])}\n" + mask_urls(
        "".join(traceback.format_exception(defect))
    )
    for folder in (platformdirs.user_state_path("shipui"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / NAME
            _append(path, entry)
        except OSError:
            continue
        return path
    return None


def _append(path: Path, entry: str) -> None:
    """OSError too when somebody else made the file: in a folder that all may write it could be a trap."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid():
            raise PermissionError(f"{path} is somebody else's")
        os.fchmod(descriptor, 0o600)
        file.write(entry)
