"""Shipping that fails, at whatever step and call, and is tried again: it goes on from there, and does nothing twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from shipui.actions.merge import merge
from shipui.actions.ship import prepare_order, ship
from shipui.model.errors import BadInput, Failed, Refused, TargetBusy
from shipui.model.events import Outcome
from shipui.ship.procedure import STEPS
from tests.integration.deployments.production_world import OPERATOR, STUDIO
from tests.integration.shipping.recording import recording
from tests.integration.shipping.shop import INJECTION, Shop, new_build

COUNTED = (
    "build",
    "revision",
    "product",
    "product_version",
    "epic",
    "promotion",
    "pull_request",
    "evidence",
    "gate_run",
)


def counts(shop: Shop) -> dict[str, int]:
    with shop.world.installation.records.transaction() as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]
            for table in COUNTED
        }


def test_every_step_whose_end_was_lost_is_done_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has acted, and dies before anybody could write that down."""
    build = new_build()
    shop.write("find.py", INJECTION)
    shop.world.commit(shop.place, "Find")
    for step in STEPS:
        with monkeypatch.context() as broken:
            real = type(step).act

            def act(self: Any, work: Any, intent: dict[str, Any], real: Any = real) -> Any:
                real(self, work, intent)
                raise Failed("the power went out.")

            broken.setattr(type(step), "act", act)
            ending, _ = shop.ship(build)
        title = step.definition.title
        assert ending.outcome is Outcome.STOPPED
        assert ending.plain.startswith(f"Step {step.definition.number}, {title}, failed: the power went out.")
        assert ending.plain.endswith("Ship it again: it goes on from there.")
    ending, made = shop.ship(build)
    assert ending.outcome is Outcome.DONE, ending
    assert counts(shop) == {**dict.fromkeys(COUNTED, 1), "gate_run": 4}
    (pull,) = shop.repository.pulls()
    assert len(shop.repository.comments(pull["number"])) == 1
    assert shop.ship(build)[1] == made


def test_newer_content_is_not_merged_on_the_word_of_what_the_gates_said_before(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = new_build()
    _, made = shop.ship(build, proved=False)
    shop.write("find.py", INJECTION)
    shop.world.commit(shop.place, "Find")
    with monkeypatch.context() as broken:
        broken.setattr(type(STEPS[5]), "act", lambda *_: (_ for _ in ()).throw(Failed("the power went out.")))
        assert shop.ship(build)[0].outcome is Outcome.STOPPED
    for reference in (build, made["promotion"]):
        with pytest.raises(Refused, match="holds other content by now"):
            merge(shop.world.installation, OPERATOR, reference)
    assert not any(each["merged_at"] for each in shop.repository.pulls())


def test_every_call_to_the_code_host_may_fail(shop: Shop) -> None:
    build = new_build()
    calls = [
        ("GET", "/repos/"),
        ("POST", "/git/trees"),
        ("POST", "/git/commits"),
        ("POST", "/git/refs"),
        ("POST", "/pulls"),
        ("POST", "/labels"),
        ("PUT", "/merge"),
    ]
    with recording(shop.repository.emulator.url) as proxy:
        shop.configure("fork_only", api_url=proxy.url)
        text = shop.world.config.read_text().replace("[github]", "[github]\ntries = 1")
        shop.world.config.write_text(text)
        shop.world.installation.close()
        shop.world.installation = type(shop.world.installation).open(shop.world.config)
        proxy.refuse += calls
        endings = []
        while proxy.refuse and len(endings) < 20:
            endings.append(shop.ship(build)[0])
        last, _ = shop.ship(build)
    assert last.outcome is Outcome.DONE, last
    for each in endings:
        assert each.outcome is Outcome.DONE or each.plain.startswith("Step 5, Pull request and gates, failed: "), each
    assert len([each for each in endings if each.outcome is Outcome.STOPPED]) >= 4
    (pull,) = shop.repository.pulls()
    assert pull["merged_at"]
    assert shop.repository.tree() == shop.world.git(shop.place, "rev-parse", "HEAD^{tree}")
    assert counts(shop) == {**dict.fromkeys(COUNTED, 1), "gate_run": 4}


def test_two_ships_of_one_build_at_once(shop: Shop) -> None:
    build = new_build()
    order = prepare_order(shop.world.installation, build=build, title="One", sandbox=str(shop.place))
    first = ship(shop.world.installation, STUDIO, order)
    at_work = threading.Event()
    first.running.listen(lambda _: at_work.set())
    with pytest.raises(TargetBusy, match=f"build-studio is shipping .*{build} just now") as refused:
        ship(shop.world.installation, STUDIO, order)
    assert refused.value.exit_code == 3
    # Another build is not in its way, and afterwards this one is free again.
    assert shop.ship(new_build())[0].outcome is Outcome.DONE
    ended = first.running.start().wait(90)
    assert ended is not None
    assert ended.outcome is Outcome.DONE
    assert shop.ship(build)[0].outcome is Outcome.DONE


def test_evidence_of_another_commit_is_refused_before_anything_is_done(shop: Shop) -> None:
    old = shop.proof()
    shop.write("more.txt", "more\n")
    shop.world.commit(shop.place, "More")
    with pytest.raises(BadInput, match="it proves nothing about that"):
        shop.ship(new_build(), evidence=old)
    assert counts(shop) == dict.fromkeys(COUNTED, 0)


def test_commands_prove_a_build_in_a_fresh_copy_of_its_commit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_CONTRIBUTION_TOKEN", "ghp_canary")
    shop.configure(
        "unset",
        more="""
[evidence]
type_check = ["test", "-f", "build.py"]
tests = ["sh", "-c", "env; pwd; test ! -e untracked.txt"]
limit_seconds = 2
[[evidence.acceptance]]
text = "It ends."
command = ["sleep", "600"]
""",
    )
    shop.write("untracked.txt", "not part of it\n")
    build = new_build()
    ending, made = shop.ship(build, proved=False)
    assert ending.outcome is Outcome.DONE, ending
    proof = shop.world.show(made["promotion"]).case.evidence
    assert proof is not None
    assert (proof.evidence.type_check, proof.evidence.tests, proof.evidence.criteria[0].passed) == (
        True,
        proof.evidence.tests,
        False,
    )
    assert proof.evidence.missing() == ["1 of 1 acceptance criterion failed."]
    assert "It ends.: took longer than 2 seconds" in proof.output
    assert "ghp_canary" not in proof.output
    assert str(shop.place) not in proof.output
    contexts = shop.world.installation.folders.contexts
    assert not contexts.exists() or list(contexts.iterdir()) == []
