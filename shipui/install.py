"""The one place that chooses implementations from settings: what stands behind each seam in this install."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from pydantic import TypeAdapter

from shipui.config.contribution_settings import mode_of, redaction_of
from shipui.config.identity import whoever_runs_this
from shipui.config.load import load
from shipui.config.secret_values import SecretSource
from shipui.config.settings import Install, Settings, TargetSettings
from shipui.config.windows_file import read_windows
from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.calendar import Calendar
from shipui.model.errors import BadInput, Refused
from shipui.model.roles import Person
from shipui.pipeline.production import Folders
from shipui.records import audit, schema
from shipui.records.connection import Records
from shipui.ship.shipment import Sharing

if TYPE_CHECKING:
    from shipui.code_hosts.base import CodeHost
    from shipui.databases.base import Database
    from shipui.databases.embedded import EmbeddedServer
    from shipui.model.contribution import Decision
    from shipui.runtimes.base import Runtime
    from shipui.sandboxes.base import Examined, Sandbox

START_SECONDS = 90.0
EMBEDDED = "embedded"
APPLICATION_ROLE = "shipui"


class Installation:
    """Settings, and what they choose. Everything is made when it is first asked for; close it when done."""

    def __init__(self, install: Install) -> None:
        self.install = install
        self.settings: Settings = install.settings
        self._records: Records | None = None

    @classmethod
    def open(cls, config: Path | None) -> Installation:
        """From config.toml; BadSettings when it, or what it names, is wrong."""
        return cls(load(config))

    def close(self) -> None:
        """End the connections. An embedded server goes on: a run, or another shipui, may need it."""
        if self._records is not None:
            self._records.close()
            self._records = None

    # Records

    @cached_property
    def embedded_records(self) -> EmbeddedServer | None:
        """The server behind `records.url = "embedded"`, started or not; None with a URL."""
        if self.settings.records.url.get_secret_value() != EMBEDDED:
            return None
        from shipui.databases.embedded import EmbeddedServer

        return EmbeddedServer(self.install.state / "records", os_user=self.settings.records.os_user)

    @property
    def records_url(self) -> str:
        """Where shipui connects, as the role that owns nothing there. Holds a password when the setting does."""
        server = self.embedded_records
        if server is not None:
            return server.url(user=APPLICATION_ROLE)
        return self.settings.records.url.get_secret_value()

    @property
    def records(self) -> Records:
        """Started and migrated the first time. Unreachable when the database does not answer."""
        if self._records is None:
            self._prepare_records()
            self._records = Records(self.records_url, application_name="shipui")
        return self._records

    def _prepare_records(self) -> None:
        server = self.embedded_records
        if server is not None:
            make_state(self.install.state)
            server.start(Deadline(START_SECONDS))
            owner = server.url()
        else:
            asked = self.settings.records.owner_url or self.settings.records.url
            owner = asked.get_secret_value()
        schema.ensure(self.records_url, owner)

    @property
    def audit_head(self) -> Path:
        return self.install.state / "audit.head"

    @contextmanager
    def audited(self, person: Person, action: str, subject: str, **details: Any) -> Iterator[psycopg.Connection[Any]]:
        """A transaction whose last act is the audit entry; its hash is kept outside the database once it is committed."""
        audit.require_head(self.audit_head)
        with self.records.transaction() as connection:
            yield connection
            entry = audit.add(connection, person, action, subject, details)
        audit.keep_head(self.audit_head, entry)

    # People, calendar, folders

    @cached_property
    def person(self) -> Person:
        return whoever_runs_this(self.settings.roles)

    def calendar(self) -> Calendar:
        """windows.toml as it is now."""
        return read_windows(self.install.windows_file).calendar

    @property
    def locks(self) -> Path:
        return self.install.state / "locks"

    @property
    def spools(self) -> Path:
        return self.install.state / "spool"

    @property
    def folders(self) -> Folders:
        return Folders(
            backups=self.install.backups,
            contexts=self.install.state / "contexts",
            specifications=self.install.state / "specifications",
        )

    # Production

    def target(self, name: str) -> TargetSettings:
        try:
            return self.settings.target[name]
        except KeyError:
            known = ", ".join(sorted(self.settings.target))
            raise BadInput(
                f"There is no target “{name}” in {self.install.config_file}.", fix=f"It has: {known}."
            ) from None

    def runtime(self, target: str) -> Runtime:
        settings = self.target(target)
        match settings.runtime:
            case "process":
                from shipui.runtimes.process import ProcessRuntime

                assert settings.process is not None
                return ProcessRuntime(
                    self.install.state / "process" / target, settings.container, settings.process, target
                )

            case "docker":
                from shipui.runtimes.docker import DockerRuntime

                assert settings.docker is not None
                return DockerRuntime(Engine(settings.docker.host), settings.container, settings.docker, target)

    def database(self, target: str, application_name: str) -> Database:
        """The production database of a target; its sessions carry `application_name`."""
        from shipui.databases.embedded_binaries import tool_folders
        from shipui.databases.postgres import PostgresDatabase

        docker, settings = self.target(target).docker, self.target(target).database
        return PostgresDatabase(
            settings.url.get_secret_value(),
            application_name=application_name,
            tools=settings.tools,
            extra_tool_folders=tool_folders(),
            jobs=settings.jobs,
            restore=settings.restore,
            engine=Engine(docker.host if docker is not None else ""),
            container=settings.container or "",
        )

    def sandbox(self, location: str) -> Sandbox:
        """A git work tree by its folder, or in a container as docker://NAME/PATH."""
        store = self.install.state / "sources.git"
        make_state(self.install.state)
        if location.startswith("docker://"):
            from shipui.engine.connection import Engine
            from shipui.sandboxes.container import ContainerSandbox

            engine = Engine(self.settings.sandboxes.docker_host, setting="docker_host in the section [sandboxes]")
            return ContainerSandbox(location, engine, store)
        from shipui.sandboxes.git import GitSandbox

        return GitSandbox(Path(location), store)

    def code_host(self, *, shared: bool) -> CodeHost:
        """Where builds are proposed: to others (`shared`), or in a repository of this install's own. Files, when there is no token."""
        github = self.settings.github
        repository, token = (github.repository, github.token) if shared else (github.own_repository, github.own_token)
        if repository is None or token is None or not token.get_secret_value():
            from shipui.code_hosts.local import LocalCodeHost

            prefix = "" if shared else "own_"
            missing = f"{prefix}repository" if repository is None else f"{prefix}token"
            why = f"The section [github] of config.toml names no {missing}."
            if shared and repository is not None:
                why = f"{why[:-1]}, and HIVE_CONTRIBUTION_TOKEN is not set."
            return LocalCodeHost(self.install.state / "proposals", why)
        from shipui.code_hosts.github import GitHubCodeHost
        from shipui.code_hosts.github_connection import Patience

        return GitHubCodeHost(
            repository,
            token,
            api_url=github.api_url,
            fork=(github.fork or "") if shared else "",
            base_branch=github.base_branch or "",
            patience=Patience(github.tries, github.longest_wait_seconds),
        )

    def sharing(self) -> Sharing:
        """How builds leave this install: by the mode of its settings, to a code host or into local files."""
        return Sharing(mode_of(self.settings), redaction_of(self.settings), self._host_of)

    def _host_of(self, decision: Decision) -> CodeHost:
        if decision.leaves:
            return self.code_host(shared=decision.redacted)
        from shipui.code_hosts.local import LocalCodeHost

        return LocalCodeHost(self.install.state / "proposals", decision.plain)

    def require_records_apart(self, target: str) -> None:
        """Refused if the records are in the production database itself."""
        with self.records.transaction() as connection:
            records = schema.identity(connection)
        production = self.database(target, "shipui/identity").identity(Deadline(15))
        if records == (production.system_identifier, production.oid):
            raise Refused(
                f"The records are in the production database of {target}. They must be in one of their own.",
                fix="Set [records] url to another database, or to “embedded”.",
            )


def with_settings(config: Path, **sections: dict[str, Any]) -> Installation:
    """An install as config.toml has it, but for these sections. What is wrong with them is pydantic's ValidationError."""
    install = load(config)
    secrets = {"secrets": SecretSource(install.folder, os.environ)}
    made = {}
    for name, section in sections.items():
        shape: Any = Settings.model_fields[name].annotation
        made[name] = TypeAdapter(shape).validate_python(section, context=secrets)
    return Installation(install.model_copy(update={"settings": install.settings.model_copy(update=made)}))


def embedded_server(folder: Path, superuser: str) -> EmbeddedServer:
    """A server beside the one of the records, with no database of its own yet: the demo's production."""
    from shipui.databases.embedded import EmbeddedServer

    return EmbeddedServer(folder, superuser=superuser, databases=())


def examined_range(folder: Path, base: str, head: str | None, deadline: Deadline) -> AbstractContextManager[Examined]:
    """A range of any repository on this machine, for the gates; needs no install."""
    from shipui.sandboxes.git_contents import examined_range as reading

    return reading(folder, base, head, deadline)


def embedded_programs() -> Path:
    """The folder, with bin, lib and share, of the PostgreSQL that the `embedded` extra brings; BadSettings without it."""
    from shipui.databases.embedded_binaries import find_binaries

    return find_binaries().folder.parent


@contextmanager
def opened(config: Path | None) -> Iterator[Installation]:
    installation = Installation.open(config)
    try:
        yield installation
    finally:
        installation.close()


def make_state(folder: Path) -> None:
    """The state folder, when it is not there; an existing one is left as it is.

    Others may pass through it (an embedded server runs under an account of its own), not look into it: mode 0711.
    What is in it is private itself.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
