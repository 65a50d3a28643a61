"""Every action, called as every role: who is below the role that it takes is refused before anything is looked at."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

import shipui.actions
from shipui.config.identity import role_of, whoever_runs_this
from shipui.config.settings import RoleSettings
from shipui.model.errors import NotPermitted
from shipui.model.roles import NEEDED, Person, Right, Role

CP = "CP-3DD07E19"

ACTIONS: dict[str, tuple[Right, tuple[Any, ...], dict[str, Any]]] = {
    "acknowledge.acknowledge": (Right.GIVE_DISPOSITION, (CP, ("f1",), "why"), {}),
    "approve.approve": (Right.APPROVE, (CP,), {}),
    "audit.listed": (Right.LOOK, (), {}),
    "audit.search": (Right.LOOK, (None,), {}),
    "audit.verify": (Right.LOOK, (), {}),
    "backups.listed": (Right.LOOK, (), {}),
    "backups.restore": (Right.RESTORE_BACKUP, ("x.dump", "x.dump", print), {}),
    "backups.restore_commands": (Right.LOOK, ("x.dump",), {}),
    "backups.verify": (Right.DEPLOY, ("x.dump", print), {}),
    "cancel.cancel": (Right.CANCEL, (CP,), {}),
    "certificate.accept": (Right.CERTIFY, (), {}),
    "certificate.certificate": (Right.LOOK, (), {}),
    "deploy.deploy": (Right.DEPLOY, (CP,), {}),
    "doctor.doctor": (Right.LOOK, (), {}),
    "inventory.backlog": (Right.LOOK, (), {}),
    "inventory.backlog_entries": (Right.LOOK, (), {}),
    "inventory.ready_builds": (Right.LOOK, (), {}),
    "inventory.versions": (Right.LOOK, ("DP-3DD07E19",), {}),
    "inventory.inventory": (Right.LOOK, (), {}),
    "merge.merge": (Right.MERGE, (CP,), {}),
    "recover.recover": (Right.RECOVER, (print,), {}),
    "reject.reject": (Right.REJECT, (CP, "why"), {}),
    "retry.retry": (Right.SHIP, (CP,), {}),
    "review.changed_lines": (Right.LOOK, (None,), {}),
    "review.export": (Right.LOOK, (CP, None), {}),
    "review.review": (Right.LOOK, (CP,), {}),
    "review.source": (Right.LOOK, (None, None, frozenset()), {}),
    "rollback.roll_back": (Right.ROLL_BACK, (CP,), {}),
    "ship.assessment": (Right.SHIP, (None,), {}),
    "ship.ship": (Right.SHIP, (None,), {}),
    "show.merge_is_free": (Right.LOOK, (CP,), {}),
    "show.show": (Right.LOOK, (CP,), {}),
    "show.story": (Right.LOOK, ("RN-3DD07E19",), {}),
    "windows.read": (Right.LOOK, (), {}),
    "windows.save": (Right.EDIT_WINDOWS, (None, None), {}),
    "withdraw.withdraw": (Right.WITHDRAW, (CP, "why"), {}),
}
MACHINERY = {"decide_against.decide_against", "production_run.begin", "production_run.assemble"}
"""What actions have in common; each caller has checked the right already."""


def _public() -> dict[str, Callable[..., Any]]:
    found = {}
    for module in pkgutil.iter_modules(shipui.actions.__path__):
        loaded = importlib.import_module(f"shipui.actions.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ != loaded.__name__ or name.startswith("_"):
                continue
            if "person" in inspect.signature(function).parameters:
                found[f"{module.name}.{name}"] = function
    return found


def test_every_action_is_in_the_table() -> None:
    assert set(_public()) - MACHINERY == set(ACTIONS)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_an_action_is_refused_below_its_role(name: str, role: Role) -> None:
    right, arguments, options = ACTIONS[name]
    person = Person("pat", 1234, role)
    nothing_behind_it: Any = None
    with pytest.raises(Exception) as raised:
        _public()[name](nothing_behind_it, person, *arguments, **options)
    refused = isinstance(raised.value, NotPermitted)
    assert refused == (role < NEEDED[right])
    if refused:
        assert f"pat may not {right.value}" in str(raised.value)
        assert f"pat is {role.word}" in str(raised.value)


def test_whoever_is_in_no_list_is_a_viewer() -> None:
    assert role_of("pat", frozenset({"staff"}), RoleSettings(operator=["olga"], admin=["@wheel"])) is Role.VIEWER


def test_the_highest_role_counts_and_groups_are_lists_too() -> None:
    roles = RoleSettings(reviewer=["pat"], operator=["@ops"], admin=["adam"])
    assert role_of("pat", frozenset({"ops"}), roles) is Role.OPERATOR
    assert role_of("pat", frozenset(), roles) is Role.REVIEWER
    assert role_of("ops", frozenset(), roles) is Role.VIEWER


def test_the_environment_has_no_say_in_who_somebody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = whoever_runs_this(RoleSettings(admin=["mallory"]))
    for variable in ("LOGNAME", "USER", "USERNAME", "LNAME", "SUDO_USER"):
        monkeypatch.setenv(variable, "mallory")
    assert whoever_runs_this(RoleSettings(admin=["mallory"])) == before
    assert before.role is Role.VIEWER
