"""A role that may not create databases: the restore happens inside the database, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shipui.databases.base import CopyUnavailable, Sibling, sibling_name
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed
from tests.integration.database_content import (
    STAMP,
    Awkward,
    awkward_database,
    connected,
    ignore,
    opened,
    ruin,
    whole,
)
from tests.servers import Server


@pytest.fixture
def limited(either_server: Server) -> Iterator[Awkward]:
    with awkward_database(either_server, owner_rights="NOCREATEDB") as made:
        yield made


def test_step_1_refuses_unless_it_is_configured(limited: Awkward, reachable_folder: Path) -> None:
    refused = [each for each in opened(limited).preflight(reachable_folder, Deadline(10)) if not each.ok]
    assert [each.name for each in refused] == ["rights to create databases"]
    assert "in_place" in refused[0].fix
    assert all(each.ok for each in opened(limited, restore="in_place").preflight(reachable_folder, Deadline(10)))
    with pytest.raises(CopyUnavailable, match="may not create databases"):
        opened(limited).copy(sibling_name(limited.name, Sibling.CUTOVER, STAMP), Deadline(10), ignore)


def test_everything_comes_back_and_the_failed_state_is_kept_as_a_file(limited: Awkward, reachable_folder: Path) -> None:
    database = opened(limited, restore="in_place")
    before = whole(limited)
    facts = database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    ruin(limited)
    stray = connected(limited)
    stray.execute("BEGIN")
    stray.execute("SELECT * FROM people")

    restored = database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)

    stray.close()
    assert whole(limited) == before
    assert restored.warnings == ()
    assert restored.oid == facts.identity.oid
    kept = Path(restored.set_aside)
    assert kept.stat().st_mode & 0o777 == 0o600
    database.prove(kept, None, Deadline(10))
    assert sorted(each.name for each in reachable_folder.iterdir()) == sorted(["a.dump", kept.name])


def test_a_restore_that_fails_leaves_the_database_as_it_was(limited: Awkward, reachable_folder: Path) -> None:
    database = opened(limited, restore="in_place")
    facts = database.back_up(reachable_folder / "a.dump", Deadline(60), ignore, ignore)
    facts.tables["public.notes"] += 1
    ruin(limited)
    ruined = whole(limited)

    with pytest.raises(Failed, match="a table has not its rows"):
        database.restore_dump(facts, STAMP, Deadline(60), ignore, ignore)

    assert whole(limited) == ruined
    with psycopg.connect(limited.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
