"""What is wrong with a settings file, in words: which key, what was found, what was expected. No secret is ever shown."""

from __future__ import annotations

import difflib
import enum
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from shipui.config.secret_values import mask_urls
from shipui.model.errors import BadSettings
from shipui.model.text import visible

_EXPECTED = {
    "missing": "a value: this key is required",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "string_type": 'text in quotes, "like this"',
    "path_type": 'a path in quotes, "like/this"',
    "list_type": 'a list, ["like", "this"]',
    "dict_type": "a section",
    "model_type": "a section",
    "model_attributes_type": "a section",
    "datetime_type": "a date and a time, like 2026-12-28T00:00:00",
    "too_short": "at least one entry",
    "string_too_short": "some text",
    "string_too_long": "less text",
}
_LIMITS = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "{} or more"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "{} or less"),
}
_PATTERNS = {
    r"^[a-z0-9][a-z0-9_.-]{0,40}$": "up to 41 of a-z, 0-9, _ . and -, the first a letter or digit",
    r"^@?[^@\s][^\s]*$": 'an account\'s name, or "@group"',
    r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$": "a name of letters, digits, _ . and -, the first a letter or digit",
    r"^[^<>\n\x00]{1,100}$": "a name without < and >",
    r"^[^<>@\s]+@[^<>@\s]+$": "an address such as jane@example.org",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of a variable: letters, digits and _",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": 'a time from "00:00" to "23:59"',
    r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": 'a time from "00:00" to "24:00"',
    r"^(([0-9.]+|\[[0-9a-fA-F:]+\]):)?(\d{1,5}:)?\d{1,5}(/(tcp|udp|sctp))?$": 'a port such as "8080:80", "127.0.0.1:8080:80" or "53:53/udp"',
    r"^[^:]+:/[^:]*(:[a-zA-Z,]+)?$": 'a volume or folder and where it goes, such as "data:/data" or "/srv/x:/x:ro"',
}
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (Mapping, "a section"),
    (list, "a list"),
)


def bad_settings(path: Path, mistakes: Sequence[str], fix: str = "") -> BadSettings:
    """One error for all the mistakes of one file."""
    shown = visible(str(path), limit=300)
    if len(mistakes) == 1:
        plain = f"{shown}: {mistakes[0]}."
    else:
        plain = f"{shown} has {len(mistakes)} mistakes.\n" + "\n".join(f"  {each}." for each in mistakes)
    return BadSettings(plain, fix=fix or f"Correct {shown}, then try again.")


def mistakes_in(error: ValidationError, model: type[BaseModel], data: Mapping[str, Any]) -> list[str]:
    """Each as `key: found …; expected …`, in the order of the file's shape. `data` is what was read."""
    return [_mistake(each, model, data) for each in error.errors(include_url=False, include_input=False)]


def dotted(location: Sequence[int | str]) -> str:
    """target.shop.health.attempts, window[2].start; entries are counted from 1."""
    words = ""
    for part in location:
        if isinstance(part, int):
            words += f"[{part + 1}]"
        elif part != "[key]":
            words += f".{part}" if words else part
    return visible(words, limit=200)


def _mistake(error: ErrorDetails, model: type[BaseModel], data: Mapping[str, Any]) -> str:
    location, kind = error["loc"], error["type"]
    key = dotted(location) or "the file"
    if kind == "extra_forbidden":
        return f"{key}: found a key that is not known; expected {_known(model, location)}"
    if kind == "value_error":
        words = visible(error["msg"].removeprefix("Value error, "), limit=600)
        seen = "" if words.startswith("found ") else _seen(model, location, data)
        return f"{key}: {words}" if seen in {"", "a section"} else f"{key}: found {seen}; {words}"
    return f"{key}: found {_seen(model, location, data)}; expected {_expected(error)}"


def _expected(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        limit = context[name]
        return words.format(int(limit) if limit == int(limit) else limit)
    if kind in {"literal_error", "enum"}:
        return str(context["expected"]).replace("'", '"')
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(context["pattern"]), "another form")
    return _EXPECTED.get(kind, error["msg"])


def _known(model: type[BaseModel], location: Sequence[int | str]) -> str:
    """The nearest of the names that are known there, or all of them."""
    section = _shape(model, location[:-1])
    names = _names(section) if isinstance(section, type) and issubclass(section, BaseModel) else []
    near = difflib.get_close_matches(str(location[-1]), names, n=1, cutoff=0.6)
    return f"perhaps {near[0]}" if near else f"one of {', '.join(names)}"


def _names(section: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in section.model_fields.items()]


def _seen(model: type[BaseModel], location: Sequence[int | str], data: Mapping[str, Any]) -> str:
    """What stands there. A value is quoted only where a plain one belongs, so that a secret in the wrong place is not shown."""
    if location and location[-1] == "[key]":
        return f"the name “{visible(str(location[-2]), limit=60)}”"
    value: Any = data
    for part in location:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return "nothing"
    shape = _shape(model, location)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and _may_be_shown(shape):
        return f'"{visible(mask_urls(value), limit=100)}"'
    if isinstance(value, int | float) and _may_be_shown(shape):
        return str(value)
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "a date or a time")


def _may_be_shown(shape: Any) -> bool:
    if get_origin(shape) is Literal:
        return True
    return isinstance(shape, type) and issubclass(shape, str | int | float | Path | enum.Enum)


def _shape(shape: Any, location: Sequence[int | str]) -> Any:
    """The type that belongs at a location below a type; None where nothing is known."""
    shape = _bare(shape)
    for part in location:
        origin, arguments = get_origin(shape), get_args(shape)
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            fields = {field.alias or name: field for name, field in shape.model_fields.items()}
            if part not in fields:
                return None
            shape = _bare(fields[str(part)].annotation)
        elif origin in {dict, list}:
            shape = _bare(arguments[-1])
        else:
            return None
    return shape


def _bare(shape: Any) -> Any:
    """Without Annotated and without "or nothing"."""
    if hasattr(shape, "__metadata__"):
        return _bare(get_args(shape)[0])
    if get_origin(shape) in {Union, types.UnionType}:
        kinds = [each for each in get_args(shape) if each is not type(None)]
        return _bare(kinds[0])
    return shape


def is_secret(model: type[BaseModel], location: Sequence[int | str]) -> bool:
    return _shape(model, location) is SecretStr
