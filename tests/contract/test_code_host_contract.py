"""What every code host must do, whether it is GitHub or files on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shipui.code_hosts.base import Merging
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Cancelled
from tests.contract.code_host_worlds import CodeHostWorld, EmulatorWorld, Feature, LocalWorld


@pytest.fixture
def feature(tmp_path: Path) -> Feature:
    return Feature(tmp_path)


@pytest.fixture(params=["github", "local"])
def world(request: pytest.FixtureRequest, tmp_path: Path, feature: Feature) -> Iterator[CodeHostWorld]:
    if request.param == "local":
        yield LocalWorld(tmp_path)
    else:
        yield EmulatorWorld(request.getfixturevalue("emulator"), feature)


def deadline() -> Deadline:
    return Deadline(60)


def test_publishing_twice_makes_one_proposal(world: CodeHostWorld, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    first = world.host.publish(feature.proposal(), deadline())
    again = world.host.publish(feature.proposal(), deadline())
    assert (first.found, again.found) == (False, True)
    assert (first.number, first.url, first.head) == (again.number, again.url, again.head)
    assert world.proposals() == ["Notes can be tagged"]


def test_a_build_shipped_again_with_newer_content_and_another_title_is_one_proposal(
    world: CodeHostWorld, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    world.host.publish(feature.proposal(), deadline())
    feature.tree.write("app.py", "print('three')\n")
    feature.commit("More")
    newer = feature.proposal("Notes have tags")
    again = world.host.publish(newer, deadline())
    assert again.tree == newer.tree
    assert world.proposals() == ["Notes have tags"]


def test_one_comment_is_changed_in_place(world: CodeHostWorld, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    made = world.host.publish(feature.proposal(), deadline())
    assert world.host.comment(made, "gates", "Two findings", deadline()).changed
    assert not world.host.comment(made, "gates", "Two findings", deadline()).changed
    assert world.host.comment(made, "gates", "One finding", deadline()).changed
    assert world.comments() == ["One finding"]


def test_it_is_found_again_from_the_build_alone(world: CodeHostWorld, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    assert world.host.find(proposal.build, proposal.branch, deadline()) is None
    made = world.host.publish(proposal, deadline())
    found = world.host.find(proposal.build, proposal.branch, deadline())
    assert found is not None
    assert (found.number, found.url, found.head) == (made.number, made.url, made.head)


def test_what_it_is_and_how_it_stands_is_said(world: CodeHostWorld, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    made = world.host.publish(feature.proposal(), deadline())
    state = world.host.settled(made, 10, deadline())
    assert state.merging is (Merging.LOCAL if world.host.local() else Merging.READY)
    assert state.plain.endswith(".")
    assert made.host == world.host.where()
    assert all(check.ok for check in world.host.access(deadline()))


def test_a_marker_that_could_be_more_than_a_name_is_refused(world: CodeHostWorld, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    made = world.host.publish(feature.proposal(), deadline())
    for marker in ("../../etc/passwd", "a --> b", ""):
        with pytest.raises(BadInput):
            world.host.comment(made, marker, "text", deadline())


def test_a_cancelled_deadline_ends_it_before_anything_is_made(world: CodeHostWorld, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    over = deadline()
    over.cancel("the operator asked for it")
    with pytest.raises(Cancelled, match="the operator asked for it"):
        world.host.publish(proposal, over)
    assert world.proposals() == []
