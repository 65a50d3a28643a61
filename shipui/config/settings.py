"""The shape of config.toml: every key, its type, its default. Reading and error messages are in load.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from shipui.model.change import RiskLevel

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,40}$")]
Command = Annotated[list[str], Field(min_length=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class InstallSettings(Section):
    name: str = "production"
    state: Path = Path("state")
    """Everything that shipui keeps for itself; relative to config.toml."""


class RecordsSettings(Section):
    url: SecretStr = SecretStr("embedded")
    owner_url: SecretStr | None = None
    """For migrations; without it `url` is used."""
    os_user: str | None = None
    """The account that runs an embedded server when shipui runs as root."""


class RoleSettings(Section):
    """Account names, or "@group"."""

    viewer: list[str] = []
    reviewer: list[str] = []
    operator: list[str] = []
    admin: list[str] = []


class ApprovalSettings(Section):
    own_request: bool = False
    """Whether somebody may approve what they themselves asked for."""
    needed: dict[RiskLevel, Annotated[int, Field(ge=1, le=9)]] = {}
    """Approvals by risk level; 1 for a level that is not named."""

    def needed_for(self, risk: RiskLevel) -> int:
        return self.needed.get(risk, 1)


class GateSettings(Section):
    required: bool = True


class LimitSettings(Section):
    run_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 600
    rollback_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 600


class BackupSettings(Section):
    directory: Path = Path("backups")
    keep_days: Annotated[int, Field(ge=1)] = 30
    keep_at_least: Annotated[int, Field(ge=1)] = 5
    keep_databases_days: Annotated[int, Field(ge=0)] = 7
    """Cut-over copies, and databases that were set aside by a restore."""
    keep_images: Annotated[int, Field(ge=1)] = 5


class RecoverSettings(Section):
    automatic: bool = False


class ProcessSettings(Section):
    build: Command
    """Run in the extracted tree; whatever is in `output` afterwards is the release."""
    output: str = "."
    start: Command
    """Run in the release directory."""
    environment: dict[str, SecretStr] = {}
    restart: Literal["no", "on-failure", "unless-stopped", "always"] = "unless-stopped"
    stop_signal: Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] = "SIGTERM"
    memory_mb: Annotated[int, Field(gt=0)] | None = None
    open_files: Annotated[int, Field(gt=0)] | None = None


class DatabaseSettings(Section):
    url: SecretStr
    """A postgresql:// URL of a role that may dump, create and rename databases."""
    other_clients: Literal["refuse", "accept"] = "refuse"
    restore: Literal["new_database", "in_place"] = "new_database"
    application_names: list[str] = []
    """application_name or user name of the application's own sessions, beside the container's name."""
    jobs: Annotated[int, Field(ge=1, le=64)] = 2
    tools: Path | None = None
    """A folder with pg_dump and pg_restore, when none of those found is to be used."""


class HealthSettings(Section):
    url: str | None = None
    command: Command | None = None
    attempts: Annotated[int, Field(ge=1)] = 30
    interval_seconds: Annotated[float, Field(gt=0)] = 2
    timeout_seconds: Annotated[float, Field(gt=0)] = 5
    passes: Annotated[int, Field(ge=1)] = 3
    version_field: str | None = None
    """A key of the JSON answer that must be the new build's ID."""

    @model_validator(mode="after")
    def _passes_fit(self) -> HealthSettings:
        if self.passes > self.attempts:
            raise ValueError(f"passes is {self.passes}, more than attempts, which is {self.attempts}")
        if self.url is not None and self.command is not None:
            raise ValueError("url and command are both set; choose one")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")
        return self


class ReleaseSettings(Section):
    command: Command


class TargetSettings(Section):
    runtime: Literal["process"] = "process"
    container: Name
    """The container's name, and the name of its images."""
    enabled: bool = True
    """False: nothing is deployed to it."""
    stop_grace_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    process: ProcessSettings | None = None
    database: DatabaseSettings
    health: HealthSettings
    release: ReleaseSettings | None = None

    @model_validator(mode="after")
    def _runtime_is_described(self) -> TargetSettings:
        if self.runtime == "process" and self.process is None:
            raise ValueError('runtime is "process", so a section [target.NAME.process] is needed')
        if self.runtime == "process" and self.health.url is None and self.health.command is None:
            raise ValueError("health needs a url or a command with this runtime")
        return self


class Settings(Section):
    install: InstallSettings = InstallSettings()
    records: RecordsSettings = RecordsSettings()
    roles: RoleSettings = RoleSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    gates: GateSettings = GateSettings()
    limits: LimitSettings = LimitSettings()
    backups: BackupSettings = BackupSettings()
    recover: RecoverSettings = RecoverSettings()
    target: Annotated[dict[Name, TargetSettings], Field(min_length=1)]


class Install(BaseModel):
    """Checked settings with every path made absolute, and where they came from."""

    model_config = ConfigDict(frozen=True)

    config_file: Path
    settings: Settings

    @property
    def folder(self) -> Path:
        return self.config_file.parent

    @property
    def windows_file(self) -> Path:
        return self.folder / "windows.toml"

    @property
    def state(self) -> Path:
        return self.folder / self.settings.install.state

    @property
    def backups(self) -> Path:
        return self.state / self.settings.backups.directory
