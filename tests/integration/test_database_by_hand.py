"""The commands that the log shows really restore a backup, in a plain shell and without shipui."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shipui.databases.base import Sibling, sibling_name
from shipui.databases.postgres import PostgresDatabase
from shipui.limits.deadline import Deadline
from tests.integration.database_content import Awkward, connected, ignore, opened, ruin, whole
from tests.servers import OWNER_PASSWORD, FreshDatabase


@pytest.mark.parametrize("user", ["owner", "superuser"])
def test_they_restore_everything(content: Awkward, reachable_folder: Path, user: str) -> None:
    database = opened(content, content.owner if user == "owner" else content.server.superuser)
    before = whole(content)
    path = reachable_folder / "it's a backup.dump"
    database.back_up(path, Deadline(60), ignore, ignore)
    ruin(content)
    client = connected(content)

    commands = database.restore_commands(path)
    for command in commands:
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"

    client.close()
    assert whole(content) == before
    aside = [name for name in database.siblings() if "_failed_" in name]
    assert len(aside) == 1


@pytest.mark.parametrize("user", ["owner", "superuser"])
def test_a_copy_takes_the_databases_place(content: Awkward, user: str) -> None:
    database = opened(content, content.owner if user == "owner" else content.server.superuser)
    before = whole(content)
    name = sibling_name(database.name, Sibling.CUTOVER, "20260102030405")
    copy, _ = database.copy(name, Deadline(60), ignore)
    ruin(content)
    client = connected(content)

    for command in database.copy_commands(copy.name):
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"

    client.close()
    assert whole(content) == before
    assert copy.name not in database.siblings()


def test_no_password_is_in_them(debian_database: FreshDatabase, reachable_folder: Path) -> None:
    database = PostgresDatabase(
        debian_database.tcp_url,
        application_name="shipui/RN-0000000A/1",
        extra_tool_folders=[debian_database.server.binaries],
    )
    database.back_up(reachable_folder / "a.dump", Deadline(30), ignore, ignore)
    commands = "\n".join(database.restore_commands(reachable_folder / "a.dump"))
    assert "127.0.0.1" in commands
    assert OWNER_PASSWORD not in commands
    assert "ss word" not in commands
    assert "ss%20word" not in commands
