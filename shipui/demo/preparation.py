"""Makes a demo, or brings one back up: production, sandboxes, settings, the first deployment, and a queue of promotions."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from http import HTTPStatus

from shipui.actions.approve import approve
from shipui.actions.deploy import deploy
from shipui.actions.recover import interrupted_runs, recover
from shipui.config.identity import whoever_runs_this
from shipui.config.settings import RoleSettings
from shipui.demo import check
from shipui.demo.configuration import config_text, readme_text, windows_text
from shipui.demo.folder import DemoFolder, write_whole
from shipui.demo.production import Production, Say, claim, production_of
from shipui.demo.production_database import make_database
from shipui.demo.sandboxes import FIRST, make_first_sandbox, make_sandbox
from shipui.demo.scenarios import SCENARIOS
from shipui.demo.shipping import open_promotion, ship_first, ship_scenario, target_of
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed, Refused
from shipui.model.events import Outcome
from shipui.model.promotion import Status
from shipui.model.run import Run
from shipui.records import promotions, runs
from shipui.runtimes.base import ContainerState

_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_HEALTH_SECONDS = 30.0
_GRACE_SECONDS = 5.0


def prepare(folder: DemoFolder, say: Say, *, runtime: str | None = None, base_image: str | None = None) -> None:
    """Everything there and running, and a promotion of every scenario's build open. What is there already is left as it is.

    A new demo is made on `runtime` ("process" when None), and on Docker from `base_image`, if one is named.
    """
    production = claim(folder, runtime, base_image, Deadline(_START_SECONDS))
    production.start(Deadline(_START_SECONDS), say)
    if not folder.config.exists():
        # Only for a new demo: one that has lost its database needs a person, not fresh data.
        make_database(production)
    _make_sandboxes(folder)
    _write_settings(folder, production)
    installation = Installation.open(folder.config)
    try:
        say("Opening the records …")
        recover(installation, installation.person, say)
        if _may_touch_production(installation, say):
            _run_application(installation, folder, production, say)
        for scenario in SCENARIOS:
            if open_promotion(installation, folder, scenario) is None:
                say(f"Shipping “{scenario.title}” …")
                ship_scenario(installation, folder, scenario)
    finally:
        installation.close()


def stop(folder: DemoFolder, say: Say) -> None:
    """End the application and both servers; nothing is deleted. TargetBusy while a run is under way."""
    production = production_of(folder)
    if folder.config.exists():
        installation = Installation.open(folder.config)
        try:
            _stop_install(installation, say)
        finally:
            installation.close()
    if production.running():
        production.stop(Deadline(_STOP_SECONDS))
        say("Production's database server has ended.")


def _stop_install(installation: Installation, say: Say) -> None:
    records = installation.embedded_records
    if records is not None and records.running():
        run = _run_under_way(installation)
        if run is not None:
            raise runs.busy(run)
    try:
        runtime = installation.runtime(target_of(installation))
        for container in runtime.containers():
            if container.state is ContainerState.RUNNING:
                runtime.stop(container, _GRACE_SECONDS, Deadline(_STOP_SECONDS))
                say("The application has ended.")
    finally:
        # An engine that does not answer is no reason to leave this server running.
        installation.close()
        if records is not None and records.running():
            records.stop(Deadline(_STOP_SECONDS))
            say("The server of the records has ended.")


def _run_under_way(installation: Installation) -> Run | None:
    """A run on production whose holder is alive."""
    dead = {run.id for run in interrupted_runs(installation)}
    with installation.records.transaction() as connection:
        run = runs.open_on(connection, target_of(installation))
    return None if run is None or run.id in dead else run


def _may_touch_production(installation: Installation, say: Say) -> bool:
    with installation.records.transaction() as connection:
        troubled = promotions.listed(connection, Status.NEEDS_ATTENTION)
    for promotion in troubled:
        say(f"{promotion.id} needs attention, so the application is left as it is: {promotion.reason}")
    return not troubled and _run_under_way(installation) is None


def _make_sandboxes(folder: DemoFolder) -> None:
    deadline = Deadline(_START_SECONDS)
    make_first_sandbox(folder.sandboxes / FIRST, deadline)
    for scenario in SCENARIOS:
        make_sandbox(folder.sandboxes / scenario.name, scenario, deadline)


def _write_settings(folder: DemoFolder, production: Production) -> None:
    """config.toml and README.md once; windows.toml again and again, until a person has changed it: its times are from now."""
    person = whoever_runs_this(RoleSettings()).name
    if not folder.config.exists():
        write_whole(folder.config, config_text(person, folder.port(), production), 0o600)
    if not folder.readme.exists():
        builds = [(each.name, each.title, each.sentence) for each in SCENARIOS]
        write_whole(folder.readme, readme_text(folder.path, folder.port(), builds, production), 0o644)
    if not folder.windows.exists() or folder.windows.read_text(encoding="utf-8") == folder.windows_made():
        text = windows_text(datetime.now(UTC))
        folder.note_windows(text)
        write_whole(folder.windows, text, 0o644)


def _run_application(installation: Installation, folder: DemoFolder, production: Production, say: Say) -> None:
    """Whatever is deployed runs; the first version, if nothing was deployed yet."""
    runtime = installation.runtime(production.target)
    current = runtime.current()
    if current is None:
        say("Deploying the first version …")
        _deploy_first(installation, folder)
    elif current.state is not ContainerState.RUNNING:
        say("Starting the application …")
        _refuse_taken_port(folder)
        runtime.start(current, Deadline(_START_SECONDS))
    _await_health(folder, production)


def _refuse_taken_port(folder: DemoFolder) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(("127.0.0.1", folder.port())) == 0:
            raise Refused(
                f"Another program uses port {folder.port()}, which is the demo's application's.",
                fix=f"End it, or change the port, which {folder.config} names twice, and in demo.json beside it.",
            )


def _await_health(folder: DemoFolder, production: Production) -> None:
    deadline = Deadline(_HEALTH_SECONDS)
    while check.health(f"http://127.0.0.1:{folder.port()}")[0] != HTTPStatus.OK:
        if deadline.over():
            raise Failed(
                "The demo's application does not answer.",
                fix=f"{production.application_log}. --stop, then --prepare, starts it again.",
            )
        time.sleep(0.1)


def _deploy_first(installation: Installation, folder: DemoFolder) -> None:
    """By the eleven steps, as every later one."""
    person = installation.person
    promotion = ship_first(installation, folder)
    approve(installation, person, promotion.id, "The first version.")
    ending = deploy(installation, person, promotion.id).start().wait()
    assert ending is not None
    if ending.outcome is not Outcome.DONE:
        raise Failed(
            f"The demo's first version could not be deployed: {ending.plain}",
            detail=ending.detail,
            fix=f"shipui --config {folder.config} log {promotion.id} tells more.",
        )
