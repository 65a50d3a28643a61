"""Which config.toml is used, its settings read and checked, and what of them may be shown."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, SecretStr, ValidationError

from shipui.config.mistakes import bad_settings, dotted, is_secret, mistakes_in
from shipui.config.secret_values import MASK, SecretSource, is_reference, mask_urls
from shipui.config.settings import Install, Settings
from shipui.config.toml_file import parse, read_bytes
from shipui.model.errors import BadSettings
from shipui.model.text import visible

_SOUNDS_SECRET = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)


def load(path: Path | None = None) -> Install:
    """The install that `path` describes, else SHIPUI_CONFIG, else the user's or the site's own config.toml.

    BadSettings names the file and, for every mistake, the key, what was found and what was expected.
    """
    file = find(path)
    try:
        content = read_bytes(file)
    except FileNotFoundError:
        raise _missing(file, path) from None
    return Install(config_file=file, settings=_checked(file, parse(file, content)))


def find(path: Path | None) -> Path:
    """The absolute path of the config that is used, whether it is there or not."""
    given = path or (Path(os.environ["SHIPUI_CONFIG"]) if os.environ.get("SHIPUI_CONFIG") else None)
    if given is not None:
        return _absolute(given)
    own = user_config()
    site = Path(platformdirs.site_config_dir("shipui")).absolute() / "config.toml"
    return site if not os.path.lexists(own) and os.path.lexists(site) else own


def user_config() -> Path:
    return Path(platformdirs.user_config_dir("shipui")).absolute() / "config.toml"


def masked(install: Install) -> dict[str, Any]:
    """The settings as JSON has them, every secret replaced by ***; of a URL everything but its password is kept."""
    shown = _shown(install.settings)
    assert isinstance(shown, dict)
    return shown


def secrets_in_plain(install: Install) -> list[str]:
    """The keys whose secret stands in config.toml itself, in the file's order: passwords in URLs, and variables that sound secret."""
    try:
        data = parse(install.config_file, read_bytes(install.config_file))
    except FileNotFoundError:
        return []
    return [dotted(location) for location, text in _texts(data) if _is_plain_secret(location, text)]


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        return path.absolute()


def _missing(file: Path, given: Path | None) -> BadSettings:
    shown = visible(str(file), limit=300)
    where = "" if given is not None or not os.environ.get("SHIPUI_CONFIG") else " SHIPUI_CONFIG names it."
    return BadSettings(
        f"There is no config at {shown}.{where}",
        fix="Write one with “shipui init”, or name another with --config FILE.",
    )


def _checked(file: Path, data: dict[str, Any]) -> Settings:
    """As JSON, so that a number in quotes is not taken for a number; the error is left behind, because it holds what was read."""
    context = {"secrets": SecretSource(file.parent, os.environ)}
    try:
        return Settings.model_validate_json(json.dumps(data, default=_out_of_place), strict=True, context=context)
    except ValidationError as error:
        mistakes = mistakes_in(error, Settings, data)
    raise bad_settings(file, mistakes)


def _out_of_place(_: object) -> dict[str, int]:
    """For a date or a time, which belongs nowhere in config.toml: something that no key takes."""
    return {"": 0}


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return _shown_secret(value.get_secret_value())
    if isinstance(value, BaseModel):
        return {name: _shown(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(key): _shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    if isinstance(value, str | Path):
        return mask_urls(str(value))
    return value


def _shown_secret(value: str) -> str:
    if value == "embedded":
        return value
    return mask_urls(value) if value.startswith(("postgresql://", "postgres://")) else MASK


def _texts(value: Any, location: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inner:
            yield from _texts(each, (*location, key))


def _is_plain_secret(location: tuple[int | str, ...], text: str) -> bool:
    if is_secret(Settings, location) and is_reference(text):
        return False
    if mask_urls(text) != text:
        return True
    return is_secret(Settings, location) and location[-1] != "url" and bool(_SOUNDS_SECRET.search(str(location[-1])))
