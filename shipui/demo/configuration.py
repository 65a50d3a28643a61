"""The demo's config.toml, windows.toml and README.md."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shipui.demo.production import Production

PRODUCT = "Notes"
NORMAL_WINDOW = "Normal changes"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def config_text(person: str, port: int, production: Production) -> str:
    return f"""\
# The install that `shipui demo` made. Everything in it is real, and yours to change.

[install]
name = "demo"
state = "state"

[records]
url = "embedded"

[roles]
operator = [{toml(person)}]
admin = [{toml(person)}]

[gates]
required = true            # what they find has to be settled by a reviewer first; of most builds the demo has done that

[gates.architecture]
top_directories = ["migrations", "notes"]

[limits]
run_seconds = {production.run_seconds:<12} # short, so that nobody waits ten minutes for the build that hangs

{production.target_settings()}
[target.{production.target}.database]
url = {toml(production.url())}
{production.database_settings()}application_names = ["notes"]

[target.{production.target}.health]
url = "http://127.0.0.1:{port}/api/health"
version_field = "build"
attempts = {production.health_attempts}
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


def readme_text(folder: Path, port: int, builds: list[tuple[str, str, str]], production: Production) -> str:
    """`builds`: each one's sandbox, title and what it shows."""
    here = shlex.quote(str(folder))
    listed = "\n".join(f"| `{name}` | {title} | {sentence} |" for name, title, sentence in builds)
    places = "\n".join(f"| {name} | {what} |" for name, what in production.whereabouts())
    removed = "".join(f"    {command}\n" for command in production.remove_by_hand())
    by_hand = f"\nTo remove what is not in this folder, once the demo is stopped:\n\n{removed}" if removed else ""
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
{places}
| `sandboxes/` | a git work tree for each build: `main`, and the feature on a branch |
| `state/` | what is shipui's own: its records, and backups |

| build | feature | what becomes of it |
|---|---|---|
{listed}

Each build was made from version 1.0.0, so each that is deployed takes the place of the one before.
{by_hand}"""


def toml(text: str) -> str:
    """A basic string: JSON's escapes are TOML's too, once DEL is spelt out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
