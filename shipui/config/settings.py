"""The shape of config.toml: every key, its type, its default. Reading and error messages are in load.py."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from shipui.config.secret_values import SecretMissing, SecretSource
from shipui.model.change import RiskLevel

CONTRIBUTION_TOKEN = "env:HIVE_CONTRIBUTION_TOKEN"  # noqa: S105 - where it is, not what it is
ADDRESS = "{address}"
PUBLISHED = re.compile(r"\{published:(\d{1,5})\}")
"""In a health check's URL: the container's own address, and the host and port at which one of its ports is published."""


def _found(written: Any, info: ValidationInfo) -> Any:
    """The secret that is meant, when the settings come from a file: see secret_values.py."""
    source = (info.context or {}).get("secrets")
    return source.value(written) if isinstance(source, SecretSource) and isinstance(written, str) else written


def _found_if_any(written: Any, info: ValidationInfo) -> Any:
    """The same for a secret that may be missing: only for the default, which names a variable that not everybody sets."""
    try:
        return _found(written, info)
    except SecretMissing:
        if written == CONTRIBUTION_TOKEN:
            return None
        raise


def _beside_config(path: Path, info: ValidationInfo) -> Path:
    """A relative path begins at the folder of config.toml, wherever shipui was started."""
    source = (info.context or {}).get("secrets")
    return source.folder / path if isinstance(source, SecretSource) else path


def _postgres_url(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("found something else; expected a URL that begins with postgresql://")
    return url


def _records_url(url: SecretStr) -> SecretStr:
    if url.get_secret_value() != "embedded" and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError('found something else; expected "embedded", or a URL that begins with postgresql://')
    return url


def _http_url(url: str) -> str:
    """Split to be sure of it: a port that is not a number shows only when it is asked for."""
    filled = PUBLISHED.sub("127.0.0.1:1", url.replace(ADDRESS, "127.0.0.1"))
    try:
        parts = urlsplit(filled)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() or character in "{}" for character in filled):
        raise ValueError("url must begin with http:// or https://, and name a host")
    return url


def _api_url(url: str) -> str:
    """Without a user or a query: a token has its own place, and must not go into logs with the address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment or any(each.isspace() for each in url):
        raise ValueError(
            "expected the address of GitHub's API, such as https://api.github.com or https://github.example.org/api/v3"
        )
    return url.rstrip("/")


def _engine_address(address: str) -> str:
    if address and not re.match(r"unix:///.|(tcp|http|https|ssh)://[^/]", address):
        raise ValueError(
            "expected the address of a Docker engine, such as unix:///var/run/docker.sock or tcp://10.0.0.7:2376"
        )
    return address


def _inside(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("expected a folder within the tree that was built, such as dist")
    return path


def _path(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("expected a path without the character NUL")
    return path


def _command(command: list[str]) -> list[str]:
    if not command[0] or any("\0" in each for each in command):
        raise ValueError("expected a program and its arguments, none of them with the character NUL")
    return command


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,40}$")]
ContainerName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")]
Word = Annotated[str, StringConstraints(min_length=1)]
Account = Annotated[str, StringConstraints(pattern=r"^@?[^@\s][^\s]*$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Folder = Annotated[Path, AfterValidator(_path)]
FolderBesideConfig = Annotated[Path, AfterValidator(_beside_config), AfterValidator(_path)]
Command = Annotated[list[str], Field(min_length=1), AfterValidator(_command)]
Secret = Annotated[SecretStr, BeforeValidator(_found)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres_url), BeforeValidator(_found)]
ContributionToken = Annotated[SecretStr | None, BeforeValidator(_found_if_any)]
RepositoryName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}$")]
RecordsUrl = Annotated[SecretStr, AfterValidator(_records_url), BeforeValidator(_found)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _flat(written: Any) -> Any:
    """Keys of the screens may be written "queue.approve", or in a section of their screen's name."""
    if not isinstance(written, dict):
        return written
    flat: dict[str, Any] = {}
    for name, value in written.items():
        inner = value.items() if isinstance(value, dict) else ()
        flat |= {f"{name}.{each}": key for each, key in inner} if inner else {name: value}
    return flat


class InstallSettings(Section):
    name: Word = "production"
    production: bool = True
    """False for an install that only rehearses: the screens then have no red badge, and say so."""
    state: Folder = Path("state")
    """Everything that shipui keeps for itself; relative to config.toml."""


class RecordsSettings(Section):
    url: RecordsUrl = SecretStr("embedded")
    owner_url: PostgresUrl | None = None
    """For migrations; without it `url` is used."""
    os_user: Word | None = None
    """The account that runs an embedded server when shipui runs as root."""


class RoleSettings(Section):
    """Account names, or "@group"."""

    viewer: list[Account] = []
    reviewer: list[Account] = []
    operator: list[Account] = []
    admin: list[Account] = []


class ApprovalSettings(Section):
    own_request: bool = False
    """Whether somebody may approve what they themselves asked for."""
    needed: dict[RiskLevel, Annotated[int, Field(ge=1, le=9)]] = {}
    """Approvals by risk level; 1 for a level that is not named."""

    def needed_for(self, risk: RiskLevel) -> int:
        return self.needed.get(risk, 1)


class LayerSettings(Section):
    folder: Word
    """A pattern of folders, as those below: "packages" or "apps/*/src/domain"."""
    may_not_import: Annotated[list[Word], Field(min_length=1)]
    why: str = ""


class ArchitectureGateSettings(Section):
    """Patterns name folders from the repository's top: * is one name, ** any number of them.

    What is left out follows the habits of a repository of applications and packages (apps/, packages/), and is only looked at in
    repositories that are made like that.
    """

    enabled: bool = True
    top_directories: list[Word] | None = None
    migrations: list[Word] | None = None
    tests: list[Word] | None = None
    most_parents: Annotated[int, Field(ge=1)] = 3
    """How many "../" an import may begin with."""
    layers: list[LayerSettings] | None = None
    database_packages: list[Word] | None = None
    """The only places that may import a database's driver."""
    service_packages: list[Word] | None = None
    """The only places that may call an address outside."""


class DependencyGateSettings(Section):
    osv: FolderBesideConfig | None = None
    """A folder of OSV records (*.json, or all.zip), for known vulnerabilities; without it they are unknown. Relative to config.toml."""


class GateSettings(Section):
    required: bool = True
    architecture: ArchitectureGateSettings = ArchitectureGateSettings()
    dependencies: DependencyGateSettings = DependencyGateSettings()


class GitHubSettings(Section):
    """`repository` is for what is shared with others, `own_repository` for what stays with this install (fork_only)."""

    api_url: Annotated[str, AfterValidator(_api_url)] = "https://api.github.com"
    repository: RepositoryName | None = None
    fork: RepositoryName | None = None
    """Where branches for `repository` are pushed, when the token may not push there itself."""
    token: ContributionToken = Field(CONTRIBUTION_TOKEN, validate_default=True)
    own_repository: RepositoryName | None = None
    own_token: Secret | None = None
    base_branch: Annotated[str, StringConstraints(pattern=r"^[^\s~^:?*\[\\]+$")] | None = None
    """The repository's default branch when left out."""
    labels: list[Annotated[str, StringConstraints(min_length=1, max_length=50)]] = []
    """Put on every pull request, beside those that shipui gives."""
    issues: bool = False
    """Whether the epic of a build is also filed as an issue."""
    tries: Annotated[int, Field(ge=1, le=20)] = 5
    longest_wait_seconds: Seconds = 120
    """For one rate limit."""
    checks_wait_seconds: Annotated[float, Field(ge=0, le=24 * 3600)] = 120
    """How long to wait for checks that still run, before the pull request is left open."""


def _unwritten() -> GitHubSettings:
    """Checked as if the section stood there, empty: its token may be in the environment all the same."""
    return {}  # type: ignore[return-value]


class AcceptanceSettings(Section):
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    """What the feature must do, in words."""
    command: Command
    """Exit code 0: it does."""


class EvidenceSettings(Section):
    """Commands that prove a build, run in a fresh copy of the exact commit on this machine; what is left out is not proved."""

    type_check: Command | None = None
    tests: Command | None = None
    acceptance: list[AcceptanceSettings] = []
    limit_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 300
    """Of each command; one that takes longer has failed."""

    @property
    def any(self) -> bool:
        return bool(self.type_check or self.tests or self.acceptance)


class PseudonymSettings(Section):
    name: Annotated[str, StringConstraints(pattern=r"^[^<>\n\x00]{1,100}$")]
    email: Annotated[str, StringConstraints(pattern=r"^[^<>@\s]+@[^<>@\s]+$")]


class ContributionSettings(Section):
    mode: Literal["unset", "fork_only", "selective", "contribute_all"] = "unset"
    pseudonym: PseudonymSettings | None = None
    """The author of what is shared."""
    redact: list[Word] = []
    """Names, hosts and addresses that must not leave; the hosts of the targets' databases and health checks are added."""
    proprietary: list[Word] = []
    """Words that mark what belongs to the install alone: a change that holds one is not shared."""
    private_paths: list[Word] = []
    """Patterns of files and folders that are of no use to others, such as "deploy" or "apps/*/branding"."""

    @model_validator(mode="after")
    def _somebody_shares(self) -> ContributionSettings:
        if self.mode in {"selective", "contribute_all"} and self.pseudonym is None:
            raise ValueError(
                f'mode is "{self.mode}", so a section [contribution.pseudonym] with name and email is needed'
            )
        return self


class SandboxSettings(Section):
    docker_host: Annotated[str, AfterValidator(_engine_address)] = ""
    """The engine of sandboxes in containers; "" for DOCKER_HOST, else the usual socket."""


class LimitSettings(Section):
    run_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 600
    rollback_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = 600


class RecoverSettings(Section):
    automatic: bool = False
    """Whether a command that finds an interrupted run recovers it without asking."""


class BackupSettings(Section):
    directory: Folder = Path("backups")
    keep_days: Annotated[Days, Field(ge=1)] = 30
    keep_at_least: Annotated[int, Field(ge=1)] = 5
    keep_databases_days: Days = 7
    """Cut-over copies, and databases that were set aside by a restore."""
    keep_images: Annotated[int, Field(ge=1)] = 5


class ScreenSettings(Section):
    """How the screens look and listen, for everybody; the variables of an account's own environment go before them."""

    theme: Literal["dark", "light", "colour-blind", "ansi"] = "dark"
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    mouse: bool = True
    hints: bool = True


class ProcessSettings(Section):
    build: Command
    """Run in the extracted tree; whatever is in `output` afterwards is the release."""
    output: Annotated[str, AfterValidator(_inside)] = "."
    start: Command
    """Run in the release directory."""
    environment: dict[VariableName, Secret] = {}
    restart: Literal["no", "on-failure", "unless-stopped", "always"] = "unless-stopped"
    stop_signal: Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] = "SIGTERM"
    memory_mb: Annotated[int, Field(gt=0)] | None = None
    open_files: Annotated[int, Field(gt=0)] | None = None


class DockerSettings(Section):
    """Production as a container. A new version runs as the old one did; `ports`, `volumes` and the like are for the first one."""

    host: Annotated[str, AfterValidator(_engine_address)] = ""
    """The engine: unix:// or tcp://; DOCKER_HOST, else the usual socket, when left out."""
    dockerfile: Annotated[Word, AfterValidator(_inside)] = "Dockerfile"
    context: Annotated[Word, AfterValidator(_inside)] = "."
    """The folder that is sent to the build, and that `dockerfile` is in."""
    stage: Word | None = None
    build_arguments: dict[VariableName, str] = {}
    build_secrets: dict[VariableName, Secret] = {}
    """For RUN --mount=type=secret; by BuildKit alone."""
    builder: Literal["auto", "engine", "buildkit"] = "auto"
    environment: dict[VariableName, Secret] = {}
    """These come on top of what the old version had."""
    ports: list[
        Annotated[
            str, StringConstraints(pattern=r"^(([0-9.]+|\[[0-9a-fA-F:]+\]):)?(\d{1,5}:)?\d{1,5}(/(tcp|udp|sctp))?$")
        ]
    ] = []
    volumes: list[Annotated[str, StringConstraints(pattern=r"^[^:]+:/[^:]*(:[a-zA-Z,]+)?$")]] = []
    networks: list[Word] = []
    command: Command | None = None
    restart: Literal["no", "on-failure", "unless-stopped", "always"] = "unless-stopped"
    memory_mb: Annotated[int, Field(gt=0)] | None = None


class DatabaseSettings(Section):
    url: PostgresUrl
    """A postgresql:// URL of a role that may dump, create and rename databases."""
    other_clients: Literal["refuse", "accept"] = "refuse"
    restore: Literal["new_database", "in_place"] = "new_database"
    application_names: list[Word] = []
    """application_name or user name of the application's own sessions, beside the container's name."""
    jobs: Annotated[int, Field(ge=1, le=64)] = 2
    tools: Folder | None = None
    """A folder with pg_dump and pg_restore, when none of those found is to be used."""
    container: ContainerName | None = None
    """What the server runs in. Its own pg_dump and pg_restore are used, and `tools` is a folder in it."""


class HealthSettings(Section):
    url: Annotated[str, AfterValidator(_http_url)] | None = None
    command: Command | None = None
    attempts: Annotated[int, Field(ge=1)] = 30
    interval_seconds: Seconds = 2
    timeout_seconds: Seconds = 5
    passes: Annotated[int, Field(ge=1)] = 3
    version_field: str | None = None
    """A key of the JSON answer that must be the new build's ID."""

    @model_validator(mode="after")
    def _passes_fit(self) -> HealthSettings:
        if self.passes > self.attempts:
            raise ValueError(f"passes is {self.passes}, more than attempts, which is {self.attempts}")
        if self.url is not None and self.command is not None:
            raise ValueError("url and command are both set; choose one")
        return self


class ReleaseSettings(Section):
    command: Command


class TargetSettings(Section):
    runtime: Literal["process", "docker"] = "process"
    container: Name
    """The container's name, and the name of its images."""
    enabled: bool = True
    """False: nothing is deployed to it."""
    stop_grace_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    process: ProcessSettings | None = None
    docker: DockerSettings | None = None
    database: DatabaseSettings
    health: HealthSettings
    release: ReleaseSettings | None = None

    @model_validator(mode="after")
    def _runtime_is_described(self) -> TargetSettings:
        if self.runtime == "process" and self.process is None:
            raise ValueError('runtime is "process", so a section [target.NAME.process] is needed')
        if self.runtime == "docker" and self.docker is None:
            raise ValueError('runtime is "docker", so a section [target.NAME.docker] is needed; it may be empty')
        if self.runtime == "docker" and self.database.container == self.container:
            raise ValueError(f"database.container is {self.container}, which is the application's own container")
        if self.runtime == "process" and self.health.url and "{" in self.health.url:
            raise ValueError(
                "health.url can have {address} or {published:PORT} only with a runtime that has containers"
            )
        if self.runtime == "process" and self.health.url is None and self.health.command is None:
            raise ValueError("health needs a url or a command with this runtime")
        return self


class Settings(Section):
    install: InstallSettings = InstallSettings()
    records: RecordsSettings = RecordsSettings()
    roles: RoleSettings = RoleSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    gates: GateSettings = GateSettings()
    github: GitHubSettings = Field(default_factory=_unwritten, validate_default=True)
    evidence: EvidenceSettings = EvidenceSettings()
    contribution: ContributionSettings = ContributionSettings()
    sandboxes: SandboxSettings = SandboxSettings()
    limits: LimitSettings = LimitSettings()
    recover: RecoverSettings = RecoverSettings()
    backups: BackupSettings = BackupSettings()
    screens: ScreenSettings = ScreenSettings()
    keys: Annotated[dict[Word, Word], BeforeValidator(_flat)] = {}
    """Of the screens: "queue.approve" = "A". Which commands there are is known to the screens alone (tui/keys.py)."""
    target: Annotated[dict[Name, TargetSettings], Field(min_length=1)]

    @model_validator(mode="after")
    def _targets_are_apart(self) -> Settings:
        """Two targets that share a container or a database would be two runs at once on one production."""
        containers: dict[str, str] = {}
        databases: dict[str, str] = {}
        for name, target in self.target.items():
            if (other := containers.setdefault(target.container, name)) != name:
                raise ValueError(f"targets {other} and {name} have the same container, {target.container}")
            if (other := databases.setdefault(target.database.url.get_secret_value(), name)) != name:
                raise ValueError(f"targets {other} and {name} have the same database.url")
        return self


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
