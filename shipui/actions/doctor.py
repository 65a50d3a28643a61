"""Look at everything that a deployment will need, before anybody needs it; each finding comes with what to do."""

from __future__ import annotations

import os
import platform
import pwd
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from shipui import __version__
from shipui.actions.recover import interrupted_runs
from shipui.actions.way_back import way_back
from shipui.config.load import masked, secrets_in_plain
from shipui.config.secret_values import mask_urls
from shipui.config.settings import TargetSettings
from shipui.install import Installation
from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
from shipui.model.calendar import decide, overlaps
from shipui.model.certificate import DIGEST
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.checks import Check
from shipui.model.contribution import Mode
from shipui.model.errors import ShipuiError
from shipui.model.promotion import Status
from shipui.model.roles import Person, Right
from shipui.model.text import listed, size, visible
from shipui.pipeline.health import probe_once
from shipui.records import contributions, promotions, schema
from shipui.runtimes.base import ContainerState

CHECK_SECONDS = 60.0
STATE_NEEDS = 500 * 1000 * 1000
"""Free bytes for sources, build contexts, logs and the journal."""
LOGIND = Path("/etc/systemd/logind.conf")


@dataclass(frozen=True, slots=True)
class Report:
    checks: list[Check]
    settings: dict[str, Any]

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "checks": [check.as_json() for check in self.checks], "settings": self.settings}


def doctor(installation: Installation, person: Person) -> Report:
    """Touches nothing in production, but for a scratch database that is dropped again. Never raises for what it finds."""
    person.require(Right.LOOK)
    checks: list[Check] = []
    for name, look in (
        ("tools", _machine),
        ("settings", lambda: _settings(installation)),
        ("deployment windows", lambda: _calendar(installation)),
        ("you", lambda: _person(installation)),
    ):
        checks.extend(_guarded(name, look))
    checks.extend(_code_hosts(installation))
    records = _guarded("records", lambda: _records(installation))
    checks.extend(records)
    if records_answer := all(check.ok for check in records):
        checks.extend(_guarded("unfinished runs", lambda: _unfinished(installation)))
        checks.extend(_guarded("sharing", lambda: _sharing(installation)))
    for name, target in installation.settings.target.items():
        checks.extend(_target(installation, name, target, records_answer))
    return Report(checks, masked(installation.install))


def _guarded(name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    """What was looked at, or one failed check: a doctor does not fall ill with what it finds."""
    try:
        return list(look())
    except ShipuiError as error:
        why = mask_urls(visible(error.detail.strip(), limit=300))
        return [Check(name, False, f"{error.plain} ({why})" if why else error.plain, error.fix)]
    except OSError as error:
        what = f"{visible(str(error.filename))}: {error.strerror}" if error.filename else str(error)
        return [Check(name, False, f"It could not be looked at: {what}.", f"shipui runs as {_account()} here.")]
    except psycopg.Error as error:
        why = mask_urls(visible(str(error).strip(), limit=300))
        return [
            Check(name, False, f"It could not be looked at: {why}.", "The database refused a question of shipui's.")
        ]


def _account() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"UID {os.geteuid()}"


def _machine() -> Iterator[Check]:
    yield Check("shipui", True, f"{__version__} on Python {platform.python_version()}.")
    if (git := shutil.which("git")) is None:
        yield Check("git", False, "git is not installed.", "Install it with your system's package manager.")
    else:
        version = run_child([git, "--version"], deadline=Deadline(10)).output.strip()
        yield Check("git", True, f"{version}.")
    if LOGIND.is_file() and "\nKillUserProcesses=yes" in "\n" + LOGIND.read_text(encoding="utf-8", errors="replace"):
        yield Check(
            "detached runs",
            True,
            "This machine ends a person's processes at logout (KillUserProcesses=yes), a detached run among them.",
            "Set KillUserProcesses=no in /etc/systemd/logind.conf, or run `loginctl enable-linger`.",
        )


def _settings(installation: Installation) -> Iterator[Check]:
    yield Check("settings", True, f"{installation.install.config_file} is valid.")
    if plain := secrets_in_plain(installation.install):
        yield Check(
            "secrets",
            True,
            f"{listed(plain)} {'stands' if len(plain) == 1 else 'stand'} in config.toml in plain text.",
            'Use "env:NAME" or "file:PATH" instead, so that others who read the file do not see it.',
        )
    state = installation.install.state
    place = next(each for each in (state, *state.parents) if each.exists())
    free = shutil.disk_usage(place).free
    fix = "" if free >= STATE_NEEDS else f"Make room on the disk of {place}, or set [install] state to another."
    yield Check("room for the state folder", free >= STATE_NEEDS, f"{size(free)} are free for {state}.", fix)


def _calendar(installation: Installation) -> Iterator[Check]:
    calendar = installation.calendar()
    decision = decide(calendar, Change(ChangeType.NORMAL, RiskLevel.LOW), datetime.now(UTC))
    windows, blackouts = len(calendar.windows), len(calendar.blackouts)
    overlapping = overlaps(calendar)
    yield Check(
        "deployment windows",
        True,
        f"{windows} {'window' if windows == 1 else 'windows'}, {blackouts} {'blackout' if blackouts == 1 else 'blackouts'}, "
        f"in {calendar.zone}. " + " ".join([*overlapping, f"For a normal change of low risk, now: {decision.reason}"]),
        "If that is not meant, correct their from and to in windows.toml." if overlapping else "",
    )


def _records(installation: Installation) -> Iterator[Check]:
    with installation.records.transaction() as connection:
        row = connection.execute("SELECT current_setting('server_version'), current_user").fetchone()
        assert row is not None
        version, role = row
    kind = "embedded" if installation.embedded_records is not None else "by URL"
    yield Check("records", True, f"PostgreSQL {version} ({kind}), connected as {role}.")


def _unfinished(installation: Installation) -> Iterator[Check]:
    for run in interrupted_runs(installation):
        what = f"{run.id} ({run.kind} of {run.promotion})" if run.promotion else f"{run.id} ({run.kind})"
        yield Check("unfinished runs", False, f"{what} on {run.target} was interrupted.", "Run `shipui recover`.")
    with installation.records.transaction() as connection:
        waiting = promotions.listed(connection, status=Status.NEEDS_ATTENTION)
    for each in waiting:
        fix = f"shipui show {each.id} lists what finishes it; afterwards run `shipui recover`."
        yield Check("unfinished runs", False, f"{each.id} on {each.target} needs attention.", fix)


def _person(installation: Installation) -> Iterator[Check]:
    person = installation.person
    roles = installation.settings.roles
    yield Check("you", True, f"{person.name} (UID {person.uid}) is {person.role.word}.")
    if not (roles.operator or roles.admin):
        yield Check(
            "roles",
            True,
            "Nobody is operator or admin, so nobody can approve or deploy.",
            "List accounts under [roles] operator and admin in config.toml.",
        )


def _code_hosts(installation: Installation) -> list[Check]:
    """Those that the settings name; where they name none, that builds stay on this machine."""
    github = installation.settings.github
    named = [shared for shared, name in ((True, github.repository), (False, github.own_repository)) if name is not None]
    found: list[Check] = []
    for shared in named or [True]:
        host = installation.code_host(shared=shared)
        title = "code host" if host.local() else f"GitHub, {'repository' if shared else 'own_repository'}"
        look = partial(host.access, Deadline(CHECK_SECONDS))
        found += [
            Check(f"{title}: {each.name}", each.ok, each.detail, each.fix) for each in _guarded("reachable", look)
        ]
    return found


def _sharing(installation: Installation) -> Iterator[Check]:
    """Whether what is shipped by whoever asks can leave this machine, in the install's mode."""
    mode, person = installation.sharing().mode, installation.person
    if mode is Mode.UNSET:
        yield Check("sharing", True, "No contribution mode is set: nothing that is shipped leaves this machine.")
        return
    if installation.code_host(shared=mode.shares).local():
        yield Check(
            "sharing",
            True,
            f"The mode is {mode}, but there is no repository or no token for it: what is shipped stays here, as files.",
            "Name both in the section [github] of config.toml.",
        )
        return
    with installation.records.transaction() as connection:
        certified = contributions.accepted(connection, person.name, DIGEST)
    if mode.shares and not certified:
        yield Check(
            "sharing",
            True,
            f"The mode is {mode}; {person.name} has not accepted the certificate of origin, so what {person.name} ships stays here.",
            "Read it with shipui certificate, and accept it with shipui certificate --accept.",
        )
        return
    yield Check("sharing", True, f"The mode is {mode}.")


def _target(installation: Installation, name: str, target: TargetSettings, records_answer: bool) -> list[Check]:
    """What is down is said once: nothing else is asked of it."""
    deadline = Deadline(CHECK_SECONDS)

    def database() -> list[Check]:
        return installation.database(name, "shipui/doctor").preflight(installation.install.backups, deadline)

    found = _guarded("runtime", lambda: installation.runtime(name).preflight(deadline))
    of_database = _guarded("database", database)
    found += of_database
    if records_answer and all(check.ok for check in of_database):
        found += _guarded("records apart", lambda: _records_apart(installation, name))
    if records_answer:
        found += _guarded("way back", lambda: _way_back(installation, name))
    found += _guarded("application", lambda: _application(installation, name, target, deadline))
    return [Check(f"{name}: {check.name}", check.ok, check.detail, check.fix) for check in found]


def _way_back(installation: Installation, name: str) -> Iterator[Check]:
    with installation.records.transaction() as connection:
        deployed = promotions.deployed_on(connection, name)
    if deployed is not None:
        found = way_back(installation, deployed.id, name)
        fix = "" if found.possible else "To go back, ship and deploy the version that you want as a new promotion."
        yield Check("way back", True, f"{deployed.id}: {found.plain}", fix)


def _records_apart(installation: Installation, name: str) -> Iterator[Check]:
    installation.require_records_apart(name)
    with installation.records.transaction() as connection:
        records_cluster, _ = schema.identity(connection)
    production = installation.database(name, "shipui/doctor").identity(Deadline(15))
    if production.system_identifier == records_cluster:
        yield Check(
            "records apart",
            True,
            "The records are on the same database server as production: every record counts as a change there.",
            "Rollbacks will put the database back more often than needed. Keep the records on a server of their own.",
        )
    else:
        yield Check("records apart", True, "The records are on a server of their own.")


def _application(installation: Installation, name: str, target: TargetSettings, deadline: Deadline) -> Iterator[Check]:
    runtime = installation.runtime(name)
    current = runtime.current()
    if current is None:
        yield Check("application", True, "Nothing runs yet; the first deployment will start it.")
        return
    if current.state is not ContainerState.RUNNING:
        yield Check("application", True, "It is not running.", "A deployment would leave it down if it rolled back.")
        return
    probe = probe_once(runtime, current, target.health, "", deadline)
    fix = "" if probe.passed else "A deployment that rolls back could not prove that the old version works."
    yield Check("application", probe.passed, f"It runs, and {probe.found}.", fix)
