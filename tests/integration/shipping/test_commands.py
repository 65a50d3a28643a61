"""Shipping as it is typed: evidence from a file, sharing, merging, what exits with what, and a token that is seen nowhere."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shipui.cli.main import outcome
from tests.github.emulator import TOKEN
from tests.integration.commands.conftest import Answer
from tests.integration.shipping.recording import recording
from tests.integration.shipping.shop import INJECTION, Shop, new_build

ME = pwd.getpwuid(os.getuid()).pw_name
Type = Callable[..., Answer]


@pytest.fixture
def typed(shop: Shop, capfd: pytest.CaptureFixture[str]) -> Type:
    def call(*arguments: str) -> Answer:
        capfd.readouterr()
        code = outcome(["--config", str(shop.world.config), *arguments])
        return Answer(code, *capfd.readouterr())

    return call


def configure(shop: Shop, mode: str, **options: str) -> None:
    shop.configure(mode, more=f'[roles]\nadmin = ["{ME}"]', **options)


def evidence_file(shop: Shop, tmp_path: Path, **parts: Any) -> str:
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps({**shop.proof().as_json(), **parts}))
    return str(path)


def test_from_the_sandbox_to_a_merge_and_what_show_says_of_it(shop: Shop, typed: Type, tmp_path: Path) -> None:
    configure(shop, "fork_only")
    build, proof = new_build(), evidence_file(shop, tmp_path)
    shipped = typed("ship", build, "--sandbox", str(shop.place), "--title", "A word", "--evidence", proof, "--json")
    assert shipped.code == 0, shipped.err
    assert shipped.json.keys() == {"promotion", "build", "steps"}
    assert [each["status"] for each in shipped.json["steps"]] == ["passed"] * 6
    assert "The risk is low, as the change suggests" in shipped.err
    told = typed("show", shipped.json["promotion"], "--json").json
    assert told["statistics"]["files"] == 1
    assert told["evidence"]["tests"] == {"total": 7, "passed": 7, "failed": 0}
    assert (told["pull_request"]["state"], told["complete"], told["in_the_way"]) == ("merged", True, [])
    assert told["window"]["open"] is True
    assert told["risk_suggestion"] == {
        "suggested": "low",
        "reasons": ["It is small, and touches neither the database nor the dependencies."],
        "chosen": "low",
        "chosen_by": None,
    }
    shown = typed("show", shipped.json["promotion"]).out
    assert "evidence  type check, tests and acceptance criteria passed" in shown
    assert f"pull      #{told['pull_request']['number']} merged, " in shown
    again = typed("merge", build)
    assert (again.code, again.err) == (0, "")


def test_what_stands_in_the_way_is_said_and_exits_3(shop: Shop, typed: Type, tmp_path: Path) -> None:
    configure(shop, "fork_only")
    shop.write("find.py", INJECTION)
    shop.write("migrations/0002_forget.sql", "DROP TABLE note;\n")
    shop.world.commit(shop.place, "Find")
    build = new_build()
    proof = evidence_file(shop, tmp_path)
    command = ("ship", build, "--sandbox", str(shop.place), "--title", "Find", "--evidence", proof, "--risk", "medium")
    assert typed(*command).code == 0
    stays = typed("merge", build)
    assert (stays.code, stays.err) == (3, "")
    assert "The gate security blocks." in stays.out
    promotion = typed("queue", "--json").json[0]["id"]
    told = typed("show", promotion, "--json").json
    assert [(each["rule"], each["acknowledged"]) for each in told["destructive"]] == [("drop-table", False)]
    assert told["risk_suggestion"]["suggested"] in {"high", "critical"}
    assert (told["risk_suggestion"]["chosen"], told["risk_suggestion"]["chosen_by"]) == ("medium", ME)
    assert "1 database operation may destroy data: 1 still to be acknowledged" in typed("show", promotion).out
    left = [each["fingerprint"] for each in told["findings"]]
    settled = typed("acknowledge", promotion, *left, "--reason", "only staff reach it")
    assert f"Nothing stands in the way of its pull request any more: shipui merge {promotion}" in settled.out
    merged = typed("merge", promotion, "--json")
    assert (merged.code, merged.json["state"]) == (0, "merged")


UNUSABLE = (
    ("{", "is not JSON"),
    ("[]", "must be an object"),
    ('{"commit": "x"}', "commit must be the commit's whole ID"),
    (json.dumps({"commit": "f" * 40}), "it proves nothing about that"),
    (json.dumps({"commit": "f" * 40, "tests": {"totl": 1}}), "“totl”"),
    ("[" * 100_000, "is not JSON"),
)


def test_evidence_that_cannot_be_used_exits_2_and_nothing_is_done(shop: Shop, typed: Type, tmp_path: Path) -> None:
    configure(shop, "unset")
    proof = tmp_path / "evidence.json"
    for text, said in UNUSABLE:
        proof.write_text(text)
        command = ("ship", new_build(), "--sandbox", str(shop.place), "--title", "A word", "--evidence", str(proof))
        refused = typed(*command)
        assert refused.code == 2, text[:60]
        assert said in refused.err
    assert typed("queue", "--json").json == []


def test_selective_asks_and_without_a_terminal_wants_an_option(shop: Shop, typed: Type) -> None:
    configure(shop, "selective")
    build = new_build()
    command = ("ship", build, "--sandbox", str(shop.place), "--title", "A word")
    unanswered = typed(*command)
    assert unanswered.code == 2
    assert "--contribute yes" in unanswered.err
    assert f"{ME} has not accepted it" in typed("certificate").out
    assert typed(*command, "--contribute", "yes").code == 0
    assert shop.repository.pulls() == []
    assert f"{ME} has accepted it" in typed("certificate", "--accept").out
    # What was said of this content still stands.
    assert typed(*command).code == 0
    (pull,) = shop.repository.pulls()
    assert pull["state"] == "open"
    told = typed("show", typed("queue", "--json").json[0]["id"], "--json").json
    assert (told["contribution"]["chosen"], told["contribution"]["shared"]) == (True, True)
    assert told["in_the_way"] == ["There is no evidence of a type check, of tests or of acceptance criteria."]


@pytest.mark.slow
def test_the_token_is_seen_nowhere(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in what is printed, logged, recorded, reported or listed, when all goes well and when the code host refuses it."""
    seen: list[bytes] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(each.read_bytes())
                except OSError:
                    continue
            ended.wait(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state-home"))
    output = b""
    try:
        with recording(shop.repository.emulator.url) as proxy:
            for token in (TOKEN, "ghp_CanaryCanaryCanaryCanaryCanary012345"):
                for name in ("OWN_TOKEN", "HIVE_CONTRIBUTION_TOKEN"):
                    monkeypatch.setenv(name, token)
                if token != TOKEN:
                    # Some servers say what they did not like.
                    proxy.refusal = (401, f"Bad credentials: {token}")
                    proxy.refuse += [("GET", "/")] * 20
                configure(shop, "fork_only", api_url=proxy.url)
                command = [sys.executable, "-m", "shipui", "--config", str(shop.world.config)]
                for arguments in (
                    ["ship", new_build(), "--sandbox", str(shop.place), "--title", f"{token[:4]} a title"],
                    ["doctor", "--json"],
                ):
                    ran = subprocess.run([*command, *arguments], capture_output=True, timeout=90, check=False)
                    output += ran.stdout + ran.stderr
    finally:
        ended.set()
        watcher.join()
    with psycopg.connect(shop.world.records.superuser_url) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        rows = "".join(
            str(row)
            for table in tables
            for row in connection.execute(f'SELECT "{table}"::text FROM "{table}"').fetchall()  # type: ignore[call-overload]
        )
    files = b"".join(
        path.read_bytes() for path in shop.world.folder.rglob("*") if path.is_file() and not path.is_symlink()
    )
    for token in (TOKEN, "ghp_CanaryCanaryCanaryCanaryCanary012345"):
        assert token.encode() not in output, [line for line in output.decode().split("\n") if token in line]
        assert token not in rows
        assert token.encode() not in files
        assert not any(token.encode() in each for each in seen)
    assert b"Step 5, Pull request and gates, failed" in output, "the second token is refused"
