"""Runs inside the demo's database container, with nothing but Python's standard library: makes the cluster the first time, and becomes the server.

`--check` only looks whether its image has what the demo needs, the application's Python packages and PostgreSQL's programs, and says in
which folder those are.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ACCOUNT = "postgres"
VOLUME = Path("/database")
CLUSTER = VOLUME / "cluster"
UNFINISHED = VOLUME / "cluster.unfinished"
PASSWORD = "SUPERUSER_PASSWORD"  # noqa: S105 - the variable's name
PACKAGES = ("psycopg", "psycopg_pool")
OLDEST_PYTHON = (3, 11)
OLDEST_SERVER = 14
SETTINGS = """
listen_addresses = '*'
port = 5432
unix_socket_directories = '/tmp'
shared_buffers = 32MB
max_wal_size = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%a %u@%d '
"""


def main() -> None:
    if sys.argv[1:] == ["--check"]:
        check()
        return
    programs = find_programs()
    become_account()
    password = os.environ.pop(PASSWORD, "")
    if not CLUSTER.is_dir():
        make_cluster(programs, password)
    os.execv(programs / "postgres", ["postgres", "-D", str(CLUSTER)])  # noqa: S606 - the server takes this process's place


def check() -> None:
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"its Python is {sys.version.split()[0]}, older than {'.'.join(map(str, OLDEST_PYTHON))}")
    for name in PACKAGES:
        if importlib.util.find_spec(name) is None:
            sys.exit(f"its Python has no {name}")
    programs = find_programs()
    if (version := major(programs)) < OLDEST_SERVER:
        sys.exit(f"its PostgreSQL is {version}, older than {OLDEST_SERVER}")
    for name in ("pg_dump", "pg_restore", "psql"):
        if not (programs / name).is_file():
            sys.exit(f"it has no {name} in {programs}")
    account()
    print(programs)


def find_programs() -> Path:
    """The folder with initdb and postgres: on the PATH, else where Debian and Red Hat have the newest."""
    found = shutil.which("initdb")
    if found and Path(found).resolve().with_name("postgres").is_file():
        return Path(found).resolve().parent
    places = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *Path("/usr").glob("pgsql-*/bin/initdb")]
    if not places:
        sys.exit("it has no PostgreSQL server: no initdb on its PATH or below /usr/lib/postgresql")
    return max(places, key=lambda each: major(each.parent)).parent


def major(programs: Path) -> int:
    told = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(found.group(1)) if found else 0


def account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        sys.exit(f"it has no account {ACCOUNT}")


def become_account() -> None:
    """PostgreSQL does not run as root; a volume that is new belongs to root."""
    found = account()
    os.chown(VOLUME, found.pw_uid, found.pw_gid)
    os.setgroups([])
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)
    os.environ["HOME"] = str(VOLUME)


def make_cluster(programs: Path, password: str) -> None:
    """Under another name first, so that it is whole or not there."""
    shutil.rmtree(UNFINISHED, ignore_errors=True)
    locale = ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(password)
        file.flush()
        command = [
            *(str(programs / "initdb"), f"--pgdata={UNFINISHED}", f"--username={ACCOUNT}", f"--pwfile={file.name}"),
            *("--auth=scram-sha-256", "--encoding=UTF8"),
            *(locale if major(programs) >= 17 else ["--locale=C.UTF-8"]),
        ]
        subprocess.run(command, check=True)
    with (UNFINISHED / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS)
    with (UNFINISHED / "pg_hba.conf").open("a") as clients:
        clients.write("host all all all scram-sha-256\n")
    UNFINISHED.rename(CLUSTER)


if __name__ == "__main__":
    main()
