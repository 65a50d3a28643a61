"""What a manifest or lock file says of one dependency, and of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Unreadable(Exception):
    """This manifest cannot be read; the message completes "This file …"."""


class Source(StrEnum):
    REGISTRY = "registry"
    GIT = "git"
    URL = "URL"
    PATH = "path"
    WORKSPACE = "workspace"
    """A part of the same repository: no dependency on anybody."""


@dataclass(frozen=True, slots=True)
class Dependency:
    ecosystem: str
    """As OSV names it: npm, PyPI, Go, crates.io, RubyGems, Maven, GitHub Actions; and Docker."""
    name: str
    version: str = ""
    """As written: a range, or the one that a lock file fixes. Empty: any."""
    group: str = ""
    """Where it is declared: "devDependencies"."""
    source: Source = Source.REGISTRY
    address: str = ""
    """Of a source that is not the usual registry, and of the archive in a lock file."""
    fixed: bool = False
    """Whether `version` names exactly one version (or commit, or digest)."""
    loose: bool = False
    """Whether any version at all will do."""
    licence: str = ""
    digest: str = ""
    install_script: bool = False
    line: int | None = None
    overrides: bool = False
    """Not a dependency of its own: it says where another one is to be taken from instead."""


@dataclass(frozen=True, slots=True)
class Manifest:
    dependencies: tuple[Dependency, ...] = ()
    scripts: dict[str, str] = field(default_factory=dict)
    """Commands that run when the package is installed, by their name."""
    indexes: frozenset[str] = frozenset()
    """Addresses from which packages are taken beside, or instead of, the usual registry."""
    unread: tuple[str, ...] = ()
    """What of it could not be read; each completes "This file …"."""


Reader = Callable[[str], Manifest]


@dataclass(frozen=True, slots=True)
class Format:
    ecosystem: str
    read: Reader
    """Raises Unreadable."""
    lock: bool = False
    read_piece: Reader | None = None
    """For a stretch of the file as a diff shows it; None: `read` itself can do that."""
