"""The backups' screen: what there is, a check that can be watched and stopped, and the commands for a restore by hand."""

from __future__ import annotations

import asyncio

import pytest

from shipui.model.errors import Failed
from shipui.model.roles import Person, Role
from shipui.tui.desk import PAGE
from shipui.tui.desks.backups import BackupRow
from shipui.tui.widgets.item_table import ItemTable
from tests.tui.driving import opened
from tests.tui.fake_desk import NOW, FakeDesk
from tests.tui.fake_desks import FakeBackups, FakeProof, backup

SIZES = [(80, 24), (120, 40), (200, 50)]


def run(coroutine) -> None:
    asyncio.run(coroutine)


def desk(**other) -> FakeDesk:
    rows = [BackupRow(backup(1)), BackupRow(backup(2), missing=True), BackupRow(backup(3, removed_at=NOW))]
    return FakeDesk(backups=FakeBackups(rows), **other)


@pytest.mark.parametrize("size", SIZES)
def test_shows_what_there_is_and_marks_what_is_gone(size) -> None:
    async def scenario() -> None:
        async with opened(desk(), size) as screens:
            await screens.go_to("backups")
            await screens.shows("Backups", "3", "✓ there", "! missing", "– removed", "PostgreSQL 18.1", "4.2 MB")
            await screens.shows("pre-promote-FB-00000001", "1" * 16)
            await screens.press("down")
            await screens.shows("is not there. Was it moved?", "(v) Verify", "(i) Restore by hand")
            await screens.press("down", "v")
            await screens.shows("past its retention", "Verify: not now. Its file is gone.")

    run(scenario())


def test_filters_reads_page_by_page_and_says_when_there_is_none() -> None:
    async def scenario() -> None:
        many = FakeDesk(backups=FakeBackups([BackupRow(backup(number)) for number in range(1, 2 * PAGE)]))
        async with opened(many) as screens:
            await screens.go_to("backups")
            table = screens.app.screen.query_one(ItemTable)
            await screens.shows(f"{PAGE} and more", "press / to filter")
            await screens.press("end")
            await screens.until(lambda: len(table.rows) == 2 * PAGE - 1, "the last page was not read")
            await screens.press("slash", *"fb-00000007")
            await screens.until(lambda: len(table.rows) == 1, "the list was not narrowed down")
            await screens.press(*"zz")
            await screens.shows("No backup matches that filter")
            await screens.press("escape")
            await screens.until(lambda: len(table.rows) == PAGE, "the filter was not taken away")
            await screens.press("escape")
            await screens.shows("The queue is empty")
        async with opened(FakeDesk()) as screens:
            await screens.go_to("backups")
            await screens.shows("There is no backup yet.", "the first deployment makes one")

    run(scenario())


def test_a_check_is_watched_and_its_result_cannot_be_missed() -> None:
    async def scenario() -> None:
        wrong = FakeProof(False, "It restores, but public.note has another row count.", {"public.note": (120, 119)})
        the_desk = desk()
        the_desk.backups.proof = wrong
        async with opened(the_desk) as screens:
            await screens.go_to("backups")
            await screens.press("v")
            await screens.shows("verifying pre-promote-FB-00000001", "Counting the rows", "x stops it")
            the_desk.backups.let_end.set()
            await screens.shows("The backup is NOT as it was recorded", "120 119 public.note")
            await screens.press("escape")
            await screens.shows("! It restores, but public.note has another row count.")

    run(scenario())


def test_a_check_is_stopped_and_goes_on_while_other_screens_are_looked_at() -> None:
    async def scenario() -> None:
        the_desk = desk()
        async with opened(the_desk) as screens:
            await screens.go_to("backups")
            await screens.press("v")
            await screens.shows("Counting the rows")
            await screens.press("escape")
            await screens.go_to("backups")
            await screens.shows("verifying pre-promote-FB-00000001")
            await screens.press("x")
            await screens.shows("was stopped. It says nothing of the backup.")
            the_desk.backups.error = Failed("The server went away.")
            the_desk.backups.let_end.set()
            await screens.press("v")
            await screens.shows("The backup was not verified", "The server went away.")

    run(scenario())


def test_leaving_ends_a_check() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("backups")
            await screens.press("v")
            await screens.shows("Counting the rows")
            found = screens.app.verifications.under_way
            assert found is not None
        assert found.deadline.cancelled

    run(scenario())


def test_the_commands_for_a_restore_by_hand_are_read_and_copied() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await screens.go_to("backups")
            await screens.press("c")
            await screens.shows("2 lines copied")
            assert "pg_restore --dbname=notes_new" in screens.app.clipboard
            screens.app.copy_to_clipboard("")
            await screens.press("i")
            await screens.shows("To restore pre-promote-FB-00000001", "pg_restore --dbname=notes_new")
            await screens.press("c")
            await screens.shows("2 lines copied")
            assert "pg_restore" in screens.app.clipboard

    run(scenario())


def test_a_viewer_may_look_and_is_told_what_else_takes() -> None:
    async def scenario() -> None:
        async with opened(desk(person=Person("eve", 1001, Role.VIEWER))) as screens:
            await screens.go_to("backups")
            await screens.press("v")
            await screens.shows("(v) Verify", "That takes the role operator; you are viewer.")
            assert screens.desk.backups.verified == []
            await screens.press("i")
            await screens.shows("pg_restore")

    run(scenario())


def test_text_from_outside_is_only_text() -> None:
    hostile = "[/foo]\x1b]52;c;ZXZpbA==\x07\u202e"

    async def scenario() -> None:
        row = BackupRow(backup(1, target=hostile, kind=hostile, path=hostile, name=hostile), missing=True)
        async with opened(FakeDesk(backups=FakeBackups([row])), (200, 50)) as screens:
            await screens.go_to("backups")
            await screens.press("enter")
            await screens.settle()
            assert "[/foo]" in screens.text
            assert not {"\x1b", "\x07", "\u202e"} & set(screens.text)

    run(scenario())
