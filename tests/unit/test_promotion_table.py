"""The table of transitions in the pure core: that it is the design's, and that it leads somewhere."""

from __future__ import annotations

import pytest

from shipui.model.errors import WrongState
from shipui.model.promotion import FIRST, NEEDS_HEALTH_PASS, OPEN, TRANSITIONS, WORDS, Status, may_become, require

DESIGNED = {
    ("pending", "approved"),
    ("pending", "rejected"),
    ("pending", "withdrawn"),
    ("approved", "pending"),
    ("approved", "withdrawn"),
    ("approved", "executing"),
    ("executing", "approved"),
    ("executing", "deployed"),
    ("executing", "rolled_back"),
    ("executing", "needs_attention"),
    ("deployed", "needs_attention"),
    ("needs_attention", "rolled_back"),
    ("needs_attention", "deployed"),
    ("deployed", "superseded"),
    ("deployed", "rolled_back"),
    ("superseded", "deployed"),
}


def test_it_is_the_table_that_was_designed() -> None:
    assert {(str(old), str(new)) for old in Status for new in Status if may_become(old, new)} == DESIGNED


def test_every_state_has_a_row_and_words() -> None:
    assert set(TRANSITIONS) == set(Status) == set(WORDS)


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, before = {FIRST}, set[Status]()
    while reached != before:
        before = set(reached)
        reached |= {new for old in before for new in TRANSITIONS[old]}
    assert reached == set(Status)


def test_deployed_is_reached_by_a_health_pass_or_by_coming_back() -> None:
    into = {(old, Status.DEPLOYED) for old in Status if may_become(old, Status.DEPLOYED)}
    assert into - NEEDS_HEALTH_PASS == {(Status.SUPERSEDED, Status.DEPLOYED)}


def test_what_can_no_longer_move_is_not_open() -> None:
    assert all(TRANSITIONS[each] for each in OPEN)


def test_the_refusal_names_the_state_and_what_is_possible() -> None:
    with pytest.raises(WrongState) as caught:
        require("CP-3DD07E19", Status.REJECTED, frozenset({Status.APPROVED}), "deployed")
    assert (
        str(caught.value) == "CP-3DD07E19 is rejected. It cannot be deployed. Only a promotion that is approved can be."
    )
