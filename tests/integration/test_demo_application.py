"""Notes, the demo's application, on a real database; and the check that looks at it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from shipui.demo import check
from shipui.demo.folder import free_port
from shipui.demo.production_data import NOTES, fill
from shipui.demo.sandboxes import APPLICATION, FIRST, make_first_sandbox, make_sandbox
from shipui.demo.scenarios import SCENARIOS
from shipui.limits.deadline import Deadline
from tests.servers import FreshDatabase

BY_NAME = {each.name: each for each in SCENARIOS}
PROMOTION = "CP-0000000A"


@dataclass
class Application:
    process: subprocess.Popen[str]
    url: str

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post(self, body: bytes) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.url}/api/notes", body), timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=15)
        return self.process.returncode, output


Start = Callable[[str], Application]


@pytest.fixture
def start(embedded_database: FreshDatabase, tmp_path: Path) -> Iterator[Start]:
    """Builds a scenario's application and starts it on the test's database; waits until it answers or has ended."""
    started: list[Application] = []

    def run(name: str) -> Application:
        folder = tmp_path / name
        if name == FIRST:
            make_first_sandbox(folder, Deadline(30))
        else:
            make_sandbox(folder, BY_NAME[name], Deadline(30))
        told = {
            **os.environ,
            "SHIPUI_BUILD": f"FB-{sha256(name.encode()).hexdigest()[:8].upper()}",
            "SHIPUI_COMMIT": "c" * 40,
        }
        subprocess.run([sys.executable, "-B", "build.py"], cwd=folder, env=told, check=True, capture_output=True)
        port = free_port()
        environment = {**told, "DATABASE_URL": embedded_database.url, "PORT": str(port)}
        process = subprocess.Popen(
            [sys.executable, "-B", "-m", "notes"],
            cwd=folder / "release",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        application = Application(process, f"http://127.0.0.1:{port}")
        started.append(application)
        until = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < until:
            try:
                application.get("/api/health")
                break
            except OSError:
                time.sleep(0.05)
        return application

    yield run
    for each in started:
        each.process.kill()
        each.process.wait()
        if each.process.stdout is not None:
            each.process.stdout.close()


@pytest.fixture
def filled(embedded_database: FreshDatabase) -> FreshDatabase:
    fill(embedded_database.url, APPLICATION / "migrations", datetime.now(UTC))
    return embedded_database


def test_notes_are_written_read_and_shown(start: Start) -> None:
    notes = start(FIRST)
    assert json.loads(notes.get("/api/health")[1]) == {
        "status": "ok",
        "build": "FB-" + sha256(FIRST.encode()).hexdigest()[:8].upper(),
        "commit": "c" * 40,
    }
    status, row = notes.post(json.dumps({"text": "  <b>two</b>\nlines "}).encode())
    assert (status, row["text"]) == (201, "  <b>two</b>\nlines ")
    assert json.loads(notes.get("/api/notes")[1])[0]["id"] == row["id"]
    page = notes.get("/")[1]
    assert "&lt;b&gt;two&lt;/b&gt;" in page
    assert "Version 1.0.0" in page


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"text": 1}', b'{"text": " "}', b'{"text": "\\u0000"}', b'{"text": "\\ud800"}', b"\xff"],
)
def test_what_is_no_note_is_refused(start: Start, body: bytes) -> None:
    notes = start(FIRST)
    assert notes.post(body)[0] == 400
    assert json.loads(notes.get("/api/notes")[1]) == []


def test_it_ends_politely(start: Start) -> None:
    code, output = start(FIRST).end()
    assert code == 0
    assert output.endswith("Notes has ended\n")


def test_it_is_unhealthy_without_what_it_needs_and_recovers(start: Start, embedded_database: FreshDatabase) -> None:
    notes = start(FIRST)
    with psycopg.connect(embedded_database.url) as connection:
        connection.execute("ALTER VIEW note_overview RENAME TO elsewhere")
    code, body = notes.get("/api/health")
    assert (code, json.loads(body)["status"]) == (503, "unhealthy")
    with psycopg.connect(embedded_database.url) as connection:
        connection.execute("ALTER VIEW elsewhere RENAME TO note_overview")
    assert notes.get("/api/health")[0] == 200


def test_the_data_is_the_same_every_time(filled: FreshDatabase, start: Start) -> None:
    assert check.contents(filled.url, "-nowhere-").tables["public.note"][0] == NOTES
    assert f"{NOTES:,} notes" in start(FIRST).get("/")[1]


def test_the_new_feature_is_visible_and_old_versions_live_with_its_migration(
    filled: FreshDatabase, start: Start
) -> None:
    new = start("works")
    assert 'placeholder="Search the notes"' in new.get("/")[1]
    assert "coffee machine" in new.get("/?q=broken+coffee")[1]
    assert "coffee machine" not in new.get("/?q=landlord")[1]
    assert new.get("/?q=%00%22%27")[0] == 200
    new.end()
    assert start(FIRST).get("/api/health")[0] == 200


def test_the_build_that_dies_says_why(filled: FreshDatabase, start: Start) -> None:
    before = check.contents(filled.url, "-nowhere-")
    died = start("dies-at-start")
    output, _ = died.process.communicate(timeout=10)
    assert died.process.returncode == 1
    assert "KeyError: 'NOTES_MAIL_HOST'" in output
    assert check.contents(filled.url, "-nowhere-") == before


def test_the_build_that_corrupts_is_never_healthy_and_accepts_nothing(filled: FreshDatabase, start: Start) -> None:
    before = check.contents(filled.url, "-nowhere-")
    bad = start("corrupts-database")
    assert bad.get("/api/health")[0] == 503
    assert bad.post(b'{"text": "lost?"}')[0] == 503
    after = check.contents(filled.url, "-nowhere-")
    assert after.tables["public.note"][0] < NOTES / 2
    assert "public.merged_note" in after.tables
    assert after.sequences["public.note_reference"] != before.sequences["public.note_reference"]


def test_the_emergency_fix_refuses_endless_notes(start: Start) -> None:
    notes = start("emergency-outside-window")
    assert notes.post(json.dumps({"text": "x" * 2001}).encode())[0] == 413
    assert notes.post(json.dumps({"text": "x" * 2000}).encode())[0] == 201


def test_the_normal_change_groups_by_day(filled: FreshDatabase, start: Start) -> None:
    assert "<h2>" in start("normal-outside-window").get("/")[1]


# The check


@pytest.fixture
def place(filled: FreshDatabase, start: Start, tmp_path: Path) -> check.Place:
    """Production as it is after a rollback, with records that say so, and a backup of it."""
    backup = tmp_path / "pre-promote.dump"
    backup.write_bytes(b"PGDMP and so on")
    backup.chmod(0o600)
    with psycopg.connect(filled.url) as connection:
        connection.execute("CREATE SCHEMA records")
        connection.execute("CREATE TABLE records.run (promotion text, step int, started_at int, health_passed_at int)")
        connection.execute("INSERT INTO records.run VALUES (%s, 11, 1, 1), (%s, 9, 2, NULL)", [PROMOTION, PROMOTION])
        connection.execute("CREATE TABLE records.promotion (id text, status text)")
        connection.execute(
            "CREATE TABLE records.backup (promotion text, path text, size bigint, sha256 text, removed_at timestamptz)"
        )
        connection.execute("INSERT INTO records.promotion VALUES (%s, 'rolled_back')", [PROMOTION])
        row = [PROMOTION, str(backup), backup.stat().st_size, sha256(backup.read_bytes()).hexdigest()]
        connection.execute("INSERT INTO records.backup VALUES (%s, %s, %s, %s)", row)
    return check.Place(start(FIRST).url, filled.url, f"{filled.url}&options=-csearch_path%3Drecords")


def judged(
    place: check.Place, before: check.Sight, written: check.Written | None = None, **changed: object
) -> list[str]:
    expected = replace(check.Expected("rolled_back", "FB-00000000", "d" * 40, frozenset({9})), **changed)  # type: ignore[arg-type]
    return check.problems(place, PROMOTION, expected, before, check.look(place, PROMOTION), written)


def test_nothing_is_wrong_when_nothing_changed(place: check.Place) -> None:
    assert judged(place, check.look(place, PROMOTION)) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE note SET text = 'x' WHERE id = 7", "table public.note"),
        ("DELETE FROM note_tag WHERE note_id = 8", "table public.note_tag"),
        ("SELECT nextval('note_reference')", "sequence public.note_reference"),
        ("CREATE TABLE left_over (id int)", "table public.left_over"),
        ("DROP INDEX note_created_at", "index public.note_created_at"),
        ("ALTER TABLE tag ALTER name DROP NOT NULL", "column tag.name"),
        ("GRANT SELECT ON note TO PUBLIC", "owner of note"),
    ],
)
def test_every_difference_is_seen(place: check.Place, statement: str, said: str) -> None:
    before = check.look(place, PROMOTION)
    with psycopg.connect(place.database) as connection:
        connection.execute(statement)  # type: ignore[arg-type]
    assert any(problem.startswith(said) for problem in judged(place, before)), said


def test_a_lost_note_is_seen(place: check.Place) -> None:
    before = check.look(place, PROMOTION)
    writer = check.Writer(place.application, PROMOTION)
    writer.start()
    time.sleep(0.5)
    written = writer.stop()
    assert len(written.rows) > 2
    assert judged(place, before, written, uninterrupted=True) == []
    with psycopg.connect(place.database) as connection:
        connection.execute("DELETE FROM note WHERE id = %s", [max(written.rows)])
    assert f"1 of {len(written.rows)} notes that were accepted are lost" in judged(place, before, written)


def test_a_sequence_that_went_back_is_seen_although_people_wrote(place: check.Place) -> None:
    before = check.look(place, PROMOTION)
    with psycopg.connect(place.database) as connection:
        connection.execute("SELECT setval('tag_id_seq', 1)")
    assert any("tag_id_seq has gone back" in problem for problem in judged(place, before, check.Written({}, 0)))


def test_the_wrong_version_or_record_is_seen(place: check.Place) -> None:
    before = check.look(place, PROMOTION)
    said = judged(place, before, status="deployed")
    assert "The record says rolled_back, not deployed" in said
    assert any("answers instead of FB-00000000" in problem for problem in said)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM records.backup", "No backup is recorded"),
        ("DELETE FROM records.run", "The run ended at step none"),
        ("UPDATE records.run SET step = 8", "The run ended at step 8, not at 9"),
        ("UPDATE records.run SET health_passed_at = 3", "A health pass is recorded"),
        ("UPDATE records.backup SET size = size + 1", "is not what was recorded"),
        ("UPDATE records.backup SET path = '/nowhere'", "cannot be read"),
    ],
)
def test_a_bad_record_is_seen(place: check.Place, statement: str, said: str) -> None:
    with psycopg.connect(place.database) as connection:
        connection.execute(statement)  # type: ignore[arg-type]
    before = check.look(place, PROMOTION)
    assert any(said in problem for problem in judged(place, before))


def test_a_dead_application_is_seen() -> None:
    assert check.add_note(f"http://127.0.0.1:{free_port()}", "x") is None
