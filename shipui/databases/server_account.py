"""The account that runs an embedded server, and what it can reach. Postgres refuses to run as root, so root lends it another account."""

from __future__ import annotations

import grp
import os
import pwd
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from shipui.limits.child import Finished, run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadSettings, Refused

CANDIDATES = ("shipui", "postgres", "nobody")
FOLDERS_THAT_WORK = "/var/lib/shipui or /var/tmp/shipui"
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int
    lent: bool
    """True: shipui runs as root, and starts the server's programs as this account."""

    def run(self, arguments: list[str], deadline: Deadline) -> Finished:
        """A program as this account, from the root folder, with an environment of its own."""
        user, group = (self.name, grp.getgrgid(self.gid).gr_name) if self.lent else (None, None)
        return run_child(arguments, deadline=deadline, cwd=Path("/"), environment=_ENVIRONMENT, user=user, group=group)

    def launch(self, arguments: list[str], deadline: Deadline) -> Finished:
        """The same for a program that leaves a daemon behind: without the mark by which what a child leaves is found and ended."""
        bare = [f"{name}={value}" for name, value in _ENVIRONMENT.items()]
        return self.run(["env", "-i", *bare, *arguments], deadline)

    def can(self, flag: str, path: Path, deadline: Deadline) -> bool:
        """What `test FLAG PATH` says when this account asks; the kernel decides, so access lists count as well."""
        return self.run(["test", flag, str(path)], deadline).code == 0

    def barred_at(self, folder: Path, deadline: Deadline) -> Path | None:
        """The first folder on the way that this account cannot enter; None if it can enter `folder`."""
        if not self.lent or self.can("-x", folder, deadline):
            return None
        return next((each for each in [*reversed(folder.parents), folder] if not self.can("-x", each, deadline)), None)


def server_account(os_user: str | None) -> Account:
    """This process's own account; as root `os_user`, else the first of shipui, postgres and nobody that exists."""
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid())
        return Account(own.pw_name, own.pw_uid, own.pw_gid, lent=False)
    for name in (os_user,) if os_user else CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid == 0:
            raise BadSettings(
                "The embedded database cannot run as root.",
                fix="Name an ordinary account in records.os_user, such as postgres.",
            )
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, lent=True)
    wanted = f"The account “{os_user}” does not exist" if os_user else "There is no account to run the database"
    raise BadSettings(
        f"{wanted}, and root must not run it.",
        fix="Make one with `useradd --system shipui`, and name it in records.os_user.",
    )


def private_folder(folder: Path, account: Account, deadline: Deadline) -> None:
    """Make sure that `folder` is the account's own, mode 0700, and can be entered by it.

    Missing parents are made (0711 as root, so that the account can pass); nothing that exists is changed. Refused if what is there is not
    private to that account, or lies where the account cannot go.
    """
    try:
        if not os.path.lexists(folder):
            _reachable_parents(folder.parent, account, deadline)
            _make_private(folder, account)
        _require_private(folder, account)
    except OSError as error:
        raise _cannot_make(folder, error) from error
    _require_entry(folder, account, deadline)


def _make_private(folder: Path, account: Account) -> None:
    """Under another name first: a folder with this name is whole from its first instant on."""
    unfinished = folder.with_name(f".{folder.name[:40]}.{secrets.token_hex(4)}")
    unfinished.mkdir(mode=0o700)
    try:
        unfinished.chmod(0o700)
        if account.lent:
            os.chown(unfinished, account.uid, account.gid)
        unfinished.rename(folder)
    except OSError:
        unfinished.rmdir()
        if not os.path.lexists(folder):  # else another process was quicker
            raise


def _reachable_parents(parent: Path, account: Account, deadline: Deadline) -> None:
    missing = [each for each in reversed([parent, *parent.parents]) if not each.exists()]
    _require_entry(missing[0].parent if missing else parent, account, deadline)
    for each in missing:
        each.mkdir(exist_ok=True)
        each.chmod(0o711 if account.lent else 0o700)


def _cannot_make(folder: Path, error: OSError) -> Refused:
    return Refused(
        f"The folder {folder} could not be made: {error.strerror or error}.",
        detail=str(error),
        fix="Choose a folder that this account may write to: install.state in config.toml.",
    )


def _require_private(folder: Path, account: Account) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise Refused(
            f"{folder} should be a folder for the embedded database, and is something else.",
            detail=f"mode {stat.filemode(found.st_mode)}",
            fix="Move it away.",
        )
    if found.st_uid not in {account.uid, 0}:
        raise _of_another_account(folder, found.st_uid, account)
    if found.st_uid != account.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise Refused(
            f"The folder {folder} is not private to {account.name}, so the embedded database is not put there.",
            detail=f"owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}; wanted owner {account.uid}, mode 0700",
            fix=f"Run `chmod 700 '{folder}'`."
            if found.st_uid == account.uid
            else "Choose another folder: install.state in config.toml.",
        )


def _of_another_account(folder: Path, owner: int, account: Account) -> Refused:
    """Its data may be in use by a server of that account: it must not be moved or given away."""
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"number {owner}"
    as_owner = "Name that account in records.os_user" if account.lent else f"Run shipui under the account {name}"
    return Refused(
        f"The folder {folder} belongs to the account {name}, and the embedded database would run as {account.name}.",
        detail=f"owner {owner}, wanted {account.uid}",
        fix=f"{as_owner}, or keep the records in a database that both can reach: records.url in config.toml. "
        "Do not move the folder, or change its owner: a server may be using it.",
    )


def _require_entry(folder: Path, account: Account, deadline: Deadline) -> None:
    barred = account.barred_at(folder, deadline)
    if barred is not None:
        raise Refused(
            f"The embedded database runs as the account {account.name}, which cannot enter {folder}: {barred} bars the way.",
            detail=f"{barred} has mode {stat.S_IMODE(barred.stat().st_mode):04o} and owner {barred.stat().st_uid}",
            fix=f"Choose a folder below {FOLDERS_THAT_WORK} (install.state in config.toml), "
            f"or an account that can enter {barred} (records.os_user).",
        )
