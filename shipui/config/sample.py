"""The commented files that a new install begins with, written where they are asked for."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import shipui
from shipui.config.load import load
from shipui.config.windows_document import WindowsDocument
from shipui.config.windows_file import read_windows, write_windows
from shipui.model.errors import Failed, Refused
from shipui.model.text import visible

SAMPLE = "config.sample.toml"


def write_sample(config: Path, *, replace: bool) -> list[Path]:
    """Write config.toml, and windows.toml beside it if there is none; the files written. Refused over one that is there.

    What was written has been loaded once, so that it is known to be good.
    """
    shown = visible(str(config), limit=300)
    content = sample_text()
    try:
        config.parent.mkdir(parents=True, exist_ok=True)
        _put(config, content, replace=replace)
    except FileExistsError:
        raise Refused(
            f"{shown} is there already; it was left as it is.",
            fix="Edit it, or write the sample over it with “shipui init --force”.",
        ) from None
    except OSError as error:
        raise Failed(
            f"{shown} could not be written: {error.strerror}.",
            fix="Name a place that this account may write to: shipui --config FILE init.",
        ) from error
    install = load(config)
    written = [config]
    if read_windows(install.windows_file).digest is None:
        write_windows(install.windows_file, WindowsDocument(time_zone=machine_zone()), None)
        written.append(install.windows_file)
    return written


def _put(config: Path, content: str, *, replace: bool) -> None:
    """Whole or not at all, readable by its owner alone: it may come to hold a password. FileExistsError."""
    descriptor, name = tempfile.mkstemp(prefix=f".{config.name}.", dir=config.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(name, config)
        else:
            os.link(name, config)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def sample_text() -> str:
    """From the repository's root when shipui runs from there, else from the installed package."""
    package = Path(shipui.__file__).parent
    for place in (package.parent / SAMPLE, package / SAMPLE):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise Failed(f"{SAMPLE} is missing from this installation of shipui.", fix="Install shipui again.")


def machine_zone(localtime: Path = Path("/etc/localtime")) -> str:
    """The IANA name of the machine's zone; UTC where it cannot be told."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = str(localtime.resolve()).partition("/zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")
    for name in (named, linked):
        if name and _is_zone(name):
            return name
    return "UTC"


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (ValueError, OSError, KeyError):
        return False
