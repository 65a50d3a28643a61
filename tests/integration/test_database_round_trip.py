"""Back up, copy and restore a database with awkward content, on both major versions: everything comes back."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from shipui.databases.base import Sibling, sibling_name
from shipui.limits.deadline import Deadline
from tests.integration.database_content import STAMP, Awkward, ignore, opened, ruin, whole


@pytest.mark.parametrize("user", ["owner", "superuser"])
def test_a_dump_brings_everything_back(content: Awkward, reachable_folder: Path, user: str) -> None:
    as_user = content.owner if user == "owner" else content.server.superuser
    database = opened(content, as_user)
    before = whole(content)
    progress: list[tuple[int, int | None, str]] = []
    path = reachable_folder / "backups" / "pre-promote-FB-00000001-20261124031500.dump"

    facts = database.back_up(path, Deadline(60), ignore, ignore)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert facts.tables["public.notes"] == 2000
    assert facts.size == path.stat().st_size
    assert facts.marker is not None
    assert database.marker(Deadline(10)).proves_unchanged_since(facts.marker)
    assert database.siblings() == {}
    found = database.verify(facts, Deadline(60), ignore)
    assert all(recorded == there for recorded, there in found.values())

    ruin(content)
    restored = database.restore_dump(facts, STAMP, Deadline.unlimited(), lambda *each: progress.append(each), ignore)

    assert whole(content) == before
    assert restored.warnings == ()
    assert restored.set_aside == f"{content.name}_failed_{STAMP}"
    assert database.identity(Deadline(10)).oid == restored.oid
    assert list(database.siblings()) == [restored.set_aside]
    assert database.drop(restored.set_aside, 1) is False
    assert database.drop(restored.set_aside, database.siblings()[restored.set_aside]) is True
    assert database.siblings() == {}


@pytest.mark.parametrize("user", ["owner", "superuser"])
def test_a_copy_brings_everything_back(content: Awkward, user: str) -> None:
    database = opened(content, content.owner if user == "owner" else content.server.superuser)
    before = whole(content)
    name = sibling_name(content.name, Sibling.CUTOVER, STAMP)

    copy, marker = database.copy(name, Deadline(30), ignore)

    assert database.siblings() == {name: copy.oid}
    assert database.marker(Deadline(10)).proves_unchanged_since(marker)
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(content.url(content.server.superuser), dbname=name)
    ruin(content)
    restored = database.restore_copy(copy, STAMP, Deadline.unlimited(), ignore)

    assert whole(content) == before
    assert restored.oid == copy.oid == database.identity(Deadline(10)).oid
    with psycopg.connect(content.url(), dbname=restored.set_aside) as connection:
        assert connection.execute("SELECT count(*) FROM invented").fetchone() == (0,)


def test_preflight_finds_nothing_to_complain_of(content: Awkward, reachable_folder: Path) -> None:
    checks = opened(content).preflight(reachable_folder / "none yet", Deadline(10))
    assert [each for each in checks if not each.ok] == []
    assert not (reachable_folder / "none yet").exists()
