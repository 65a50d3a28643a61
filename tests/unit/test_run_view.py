"""However events arrive, repeated or late, a screen shows the same run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shipui.model.events import Event, EventKind
from shipui.model.run_view import RunView
from shipui.model.steps import DEPLOYMENT_STEPS, StepState

START = datetime(2026, 1, 1, tzinfo=UTC)
_RESULT = {"state": "passed", "plain": "done", "detail": "", "seconds": 1.0, "left": {}}


def _event(kind: EventKind, step: int | None, **data: object) -> tuple[EventKind, int | None, dict[str, object]]:
    return kind, step, data


_ANY = st.one_of(
    st.integers(1, 11).map(lambda n: _event(EventKind.INTENT, n)),
    st.integers(1, 11).map(lambda n: _event(EventKind.RESULT, n, **_RESULT)),
    st.integers(1, 11).map(lambda n: _event(EventKind.RESULT, n, **{**_RESULT, "state": "failed"})),
    st.integers(1, 11).map(lambda n: _event(EventKind.UNDO_INTENT, n)),
    st.integers(1, 11).map(lambda n: _event(EventKind.UNDO_RESULT, n, ok=True, plain="back", detail="", seconds=0.1)),
    st.integers(1, 11).map(lambda n: _event(EventKind.PROGRESS, n, done=1, total=2, unit="bytes")),
    st.text().map(lambda text: _event(EventKind.LOG, None, lines=[text])),
    st.text().map(lambda text: _event(EventKind.NOTE, None, plain=text)),
)


def _numbered(items: list[tuple[EventKind, int | None, dict[str, object]]]) -> list[Event]:
    return [
        Event("RN-00000001", number, START + timedelta(seconds=number), kind, step, data)
        for number, (kind, step, data) in enumerate(items, 1)
    ]


@given(st.lists(_ANY, max_size=40), st.data())
def test_repeats_change_nothing(
    items: list[tuple[EventKind, int | None, dict[str, object]]], data: st.DataObject
) -> None:
    events = _numbered(items)
    once = RunView.of(DEPLOYMENT_STEPS, events)
    again = RunView.of(DEPLOYMENT_STEPS)
    for index, event in enumerate(events):
        assert again.add(event)
        for old in data.draw(st.lists(st.sampled_from(events[: index + 1]), max_size=3)):
            assert not again.add(old)
    assert again == once


@given(st.lists(_ANY, max_size=40), st.integers(0, 40))
def test_a_screen_that_was_opened_late_catches_up(
    items: list[tuple[EventKind, int | None, dict[str, object]]], cut: int
) -> None:
    events = _numbered(items)
    view = RunView.of(DEPLOYMENT_STEPS, events[:cut])
    for event in events:
        view.add(event)
    assert view == RunView.of(DEPLOYMENT_STEPS, events)


def test_a_step_that_had_nothing_to_take_back_has_passed() -> None:
    undo = {"ok": True, "detail": "", "seconds": 0.0}
    view = RunView.of(
        DEPLOYMENT_STEPS,
        _numbered(
            [
                _event(EventKind.RESULT, 1, **_RESULT),
                _event(EventKind.RESULT, 5, **_RESULT),
                _event(EventKind.RESULT, 8, **{**_RESULT, "state": "failed"}),
                _event(EventKind.UNDO_RESULT, 8, plain="removed", **undo),
                _event(EventKind.UNDO_RESULT, 5, plain="removed", **undo),
                _event(EventKind.UNDO_RESULT, 1, plain="", **undo),
            ]
        ),
    )
    assert [view.step(n).state for n in (1, 5, 8)] == [StepState.PASSED, StepState.UNDONE, StepState.FAILED]
