"""Who is at the terminal: the operating-system account, by the real UID. No environment variable has a say in it."""

from __future__ import annotations

import grp
import os
import pwd

from shipui.config.settings import RoleSettings
from shipui.model.roles import Person, Role


def whoever_runs_this(roles: RoleSettings) -> Person:
    """The account of the real UID, with the highest role that config.toml gives it by name or by group."""
    uid = os.getuid()
    try:
        account = pwd.getpwuid(uid)
    except KeyError:
        return Person(f"uid-{uid}", uid, Role.VIEWER, os.environ.get("SSH_CONNECTION", ""))
    groups = _groups(account.pw_name, account.pw_gid)
    return Person(account.pw_name, uid, role_of(account.pw_name, groups, roles), os.environ.get("SSH_CONNECTION", ""))


def role_of(name: str, groups: frozenset[str], roles: RoleSettings) -> Role:
    """Whoever is in no list is a viewer."""
    known = {name, *(f"@{group}" for group in groups)}
    for role, listed in (
        (Role.ADMIN, roles.admin),
        (Role.OPERATOR, roles.operator),
        (Role.REVIEWER, roles.reviewer),
    ):
        if known.intersection(listed):
            return role
    return Role.VIEWER


def _groups(name: str, gid: int) -> frozenset[str]:
    names = set()
    for each in os.getgrouplist(name, gid):
        try:
            names.add(grp.getgrgid(each).gr_name)
        except KeyError:
            continue
    return frozenset(names)
