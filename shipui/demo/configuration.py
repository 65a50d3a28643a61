"""The demo's config.toml, windows.toml and README.md."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

PRODUCT = "Notes"
TARGET = "notes"
LIMIT_SECONDS = 60
NORMAL_WINDOW = "Normal changes"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def config_text(person: str, port: int, application_url: str, database_url: str) -> str:
    """`application_url` is the database as the application's own role, `database_url` as the role that backs up and restores."""
    python = _toml(sys.executable)
    return f"""\
# The install that `shipui demo` made. Everything in it is real, and yours to change.

[install]
name = "demo"
state = "state"

[records]
url = "embedded"

[roles]
operator = [{_toml(person)}]
admin = [{_toml(person)}]

[gates]
required = false           # no gates look at these builds

[limits]
run_seconds = {LIMIT_SECONDS}          # a minute, so that nobody waits ten for the build that hangs

[target.{TARGET}]
runtime = "process"
container = "notes"
stop_grace_seconds = 5

[target.{TARGET}.process]
build = [{python}, "-B", "build.py"]
output = "release"
start = [{python}, "-B", "-m", "notes"]

[target.{TARGET}.process.environment]
PORT = "{port}"
DATABASE_URL = {_toml(application_url)}

[target.{TARGET}.database]
url = {_toml(database_url)}
application_names = ["notes"]

[target.{TARGET}.health]
url = "http://127.0.0.1:{port}/api/health"
version_field = "build"
attempts = 24
interval_seconds = 0.4
timeout_seconds = 3
passes = 3
"""


def windows_text(now: datetime) -> str:
    """Standard changes at any time; normal ones in one hour of the week, which begins 11 to 12 hours after `now`."""
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=12)
    end = start + timedelta(hours=1)
    every_day = ", ".join(f'"{day}"' for day in _DAYS)
    return f"""\
time_zone = "UTC"

[[window]]
name = "Standard changes"
days = [{every_day}]
start = "00:00"
end = "24:00"
change_types = ["standard"]
risk_levels = ["low", "medium", "high", "critical"]

[[window]]
name = "{NORMAL_WINDOW}"
days = ["{_DAYS[start.weekday()]}"]
start = "{start:%H:%M}"
end = "{end:%H:%M}"
change_types = ["normal"]
risk_levels = ["low", "medium"]
"""


def readme_text(folder: Path, port: int, builds: list[tuple[str, str, str]]) -> str:
    """`builds`: each one's sandbox, title and what it shows."""
    here = shlex.quote(str(folder))
    listed = "\n".join(f"| `{name}` | {title} | {sentence} |" for name, title, sentence in builds)
    return f"""\
# A demo of shipui

`shipui demo` made this folder. Everything here is real: a web application with its database in production, and builds that
wait to be shipped into it.

    shipui --config {shlex.quote(str(folder / "config.toml"))}
        the screens
    shipui demo --headless --dir {here}
        deploys every build, and says what came of it
    shipui demo --stop --dir {here}
        ends the application and both database servers; deletes nothing

The application is at http://127.0.0.1:{port}/

| here | is |
|---|---|
| `config.toml` | what shipui knows about production |
| `windows.toml` | when which changes may be deployed |
| `production/` | the database server of the application |
| `sandboxes/` | a git work tree for each build: `main`, and the feature on a branch |
| `state/` | what is shipui's own: its records, backups, and the versions of the application that run or ran |

| build | feature | what becomes of it |
|---|---|---|
{listed}

Each build was made from version 1.0.0, so each that is deployed takes the place of the one before.
"""


def _toml(text: str) -> str:
    """A basic string: JSON's escapes are TOML's too, once DEL is spelt out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
