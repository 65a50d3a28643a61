"""How the screens look and listen: what the settings say, what an account's environment says before them, and what the terminal can."""

from __future__ import annotations

import locale
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shipui.tui import themes

if TYPE_CHECKING:
    from shipui.config.settings import ScreenSettings

_POOR_TERMINALS = frozenset({"linux", "vt100", "vt102", "vt220", "dumb"})
"""Their fonts have letters and little else."""


@dataclass(frozen=True, slots=True)
class Appearance:
    theme: str = themes.DARK.name
    ascii: bool = False
    """Signs and lines by letters alone."""
    mouse: bool = True
    hints: Path | None = None
    """The file that remembers how often the hints for newcomers were shown; None: they are not wanted."""


def at_first(environment: Mapping[str, str]) -> Appearance:
    """Before the settings are read."""
    return Appearance(
        theme=themes.NAMED.get(environment.get("SHIPUI_THEME", ""), themes.DARK.name), ascii=_ascii("auto", environment)
    )


def appearance(settings: ScreenSettings, environment: Mapping[str, str]) -> Appearance:
    import platformdirs

    theme = themes.NAMED.get(environment.get("SHIPUI_THEME", ""), themes.NAMED[settings.theme])
    return Appearance(
        theme=theme,
        ascii=_ascii(settings.glyphs, environment),
        mouse=settings.mouse,
        hints=Path(platformdirs.user_state_dir("shipui")) / "hints" if settings.hints else None,
    )


def _ascii(glyphs: str, environment: Mapping[str, str]) -> bool:
    asked = environment.get("SHIPUI_ASCII", "")
    if asked:
        return asked not in {"0", "no", "false"}
    if glyphs != "auto":
        return glyphs == "ascii"
    if environment.get("TERM", "") in _POOR_TERMINALS:
        return True
    return "utf" not in locale.getpreferredencoding(do_setlocale=False).lower()
