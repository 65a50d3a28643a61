"""A TOML file, read whole; whatever is wrong with it is a BadSettings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from shipui.config.mistakes import bad_settings
from shipui.model.errors import BadSettings
from shipui.model.text import visible


def read_bytes(path: Path) -> bytes:
    """FileNotFoundError is the caller's to explain."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "the path is not one"
        shown = visible(str(path), limit=300)
        raise BadSettings(
            f"{shown} cannot be read: {words}.", fix=f"Make {shown} a file that this account can read."
        ) from error


def parse(path: Path, content: bytes) -> dict[str, Any]:
    """Without the parser's own error as a cause: it holds the whole document, secrets too."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        mistake = f"line {line}: found bytes that are not text; expected UTF-8"
    else:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            mistake = _syntax(str(error))
        except RecursionError:
            mistake = "found lists within lists without end; expected TOML"
    raise bad_settings(path, [mistake])


def _syntax(message: str) -> str:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    words = message[: place.start()] if place else message
    where = f"line {place[1]}, column {place[2]}" if place and place[1] else "at its end"
    return f"{where}: found something that is not TOML; the reader says: {visible(words, limit=200)}"
