"""Where a secret's value comes from, and how it is kept out of sight.

In config.toml a secret is one of
    "env:NAME" or "${NAME}"   the environment's, else that of the file .env beside config.toml
    "file:PATH"               the content of a file, relative to config.toml, that nobody else can read
    anything else             the value itself
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from shipui.model.text import visible

_VARIABLE = re.compile(r"env:(?P<plain>.*)|\$\{(?P<braced>.*)\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*?)\s*")
_LARGEST_FILE = 64 * 1024
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<rest>[^\s\"']+)")
_PASSWORD_PARAMETER = re.compile(r"(?<=[?&])((?:ssl)?password)=[^&\s]*", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"[^:@]*(:\d*)?|\[[^]]*\](:\d*)?")
MASK = "***"


class SecretMissing(ValueError):
    """A secret that could not be found; its text says what was found and what to do, and never holds a value."""


class SecretSource:
    """Where the secrets of one config.toml are."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._dot_env: dict[str, str] | None = None

    @property
    def folder(self) -> Path:
        return self._folder

    def value(self, written: str) -> str:
        """What `written` in config.toml stands for; SecretMissing."""
        variable = _VARIABLE.fullmatch(written)
        if variable is not None:
            return self._variable(variable["plain"] if variable["plain"] is not None else variable["braced"])
        if written.startswith("file:"):
            return self._file(written.removeprefix("file:"))
        return written

    def _variable(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise SecretMissing(
                "found the name of a variable that cannot be one; expected env:NAME, of letters, digits and _"
            )
        if name in self._environment:
            return self._environment[name]
        if self._dot_env is None:
            self._dot_env = _read_dot_env(self._folder / ".env")
        if name not in self._dot_env:
            raise SecretMissing(
                f"found env:{name}, and no variable {name}; expected it in the environment or in {self._folder / '.env'}"
            )
        return self._dot_env[name]

    def _file(self, name: str) -> str:
        path = self._folder / name
        shown = visible(str(path), limit=300)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or "not a path"
            raise SecretMissing(
                f"found file:, and {shown} cannot be read ({words}); expected a file with the secret"
            ) from None
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise SecretMissing(f"found file:, and {shown} is not a file; expected a file with the secret")
            if facts.st_mode & 0o077:
                raise SecretMissing(
                    f"found file:, and {shown} is open to others (mode {stat.S_IMODE(facts.st_mode):04o}); "
                    f"expected a file of your own alone: chmod 600 {shown}"
                )
            content = file.read(_LARGEST_FILE + 1)
        try:
            value = content.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise SecretMissing(f"found file:, and {shown} is not text; expected UTF-8") from None
        if not value or len(content) > _LARGEST_FILE:
            raise SecretMissing(
                f"found file:, and {shown} is {'too large' if value else 'empty'}; expected the secret alone"
            )
        return value


def _read_dot_env(path: Path) -> dict[str, str]:
    """NAME=value, one a line; `export `, quotes and lines that begin with # as a shell has them. A missing file is an empty one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        words = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SecretMissing(
            f"found a variable, and {path} cannot be read ({words}); expected lines of NAME=value"
        ) from None
    found: dict[str, str] = {}
    for line in text.splitlines():
        assignment = _ASSIGNMENT.fullmatch(line)
        if assignment is not None:
            found[assignment["name"]] = _unquoted(assignment["value"])
    return found


def _unquoted(value: str) -> str:
    for quote in "\"'":
        if len(value) >= 2 and value[0] == value[-1] == quote:
            return value[1:-1]
    return re.split(r"\s#", value, maxsplit=1)[0].rstrip()


def is_reference(written: str) -> bool:
    return _VARIABLE.fullmatch(written) is not None or written.startswith("file:")


def mask_urls(text: str) -> str:
    """The text with the password of every URL in it replaced; everything else is kept."""
    return _URL.sub(lambda found: found["scheme"] + _masked_rest(found["rest"]), text)


def _masked_rest(rest: str) -> str:
    """A password may hold characters that ought to have been escaped, so the last @ counts unless the first part is plainly a host."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    before, at, after = rest.rpartition("@")
    user, colon, _ = before.partition(":")
    if at and colon and not _HOST_AND_PORT.fullmatch(authority):
        rest = f"{user}:{MASK}@{after}"
    return _PASSWORD_PARAMETER.sub(rf"\1={MASK}", rest)
