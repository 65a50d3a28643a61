"""Deadlines: they end what waits, from whatever thread they are cancelled, once, and without one waiting for another."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, TimeLimitPassed


def cancel_soon(deadline: Deadline, seconds: float = 0.2) -> None:
    threading.Timer(seconds, deadline.cancel, ["you asked for it"]).start()


def test_says_how_long_the_limit_was() -> None:
    now = [0.0]
    deadline = Deadline(600, clock=lambda: now[0])
    now[0] = 599.9
    deadline.check()
    now[0] = 600
    assert deadline.over()
    with pytest.raises(TimeLimitPassed, match="10 minutes"):
        deadline.check()


def test_a_sleep_ends_when_another_thread_cancels() -> None:
    deadline = Deadline(60)
    cancel_soon(deadline)
    began = time.monotonic()
    with pytest.raises(Cancelled, match="you asked for it"):
        deadline.sleep(30)
    assert time.monotonic() - began < 1


def test_the_first_reason_stays() -> None:
    deadline = Deadline(60)
    deadline.cancel("first")
    deadline.cancel("second")
    assert deadline.cancelled == "first"
    assert deadline.remaining() == 0


def test_a_sleep_is_cut_at_the_limit() -> None:
    deadline = Deadline(0.2)
    began = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        deadline.sleep(30)
    assert 0.1 < time.monotonic() - began < 1


def test_without_a_limit_it_goes_on() -> None:
    deadline = Deadline.unlimited()
    assert deadline.remaining() == float("inf")
    assert deadline.part(5) == 5
    deadline.sleep(0.01)


def test_what_waits_is_ended_within_a_moment() -> None:
    deadline = Deadline(60)
    ended = threading.Event()
    cancel_soon(deadline)
    began = time.monotonic()
    with deadline.ending(ended.set):
        assert ended.wait(10)
    assert time.monotonic() - began < 1


def test_a_closer_runs_once_and_not_after_its_block() -> None:
    deadline = Deadline(60)
    calls: list[str] = []
    with deadline.ending(lambda: calls.append("early")):
        pass
    with deadline.ending(lambda: calls.append("late")):
        deadline.cancel("now")
        time.sleep(0.3)
    assert calls == ["late"]


def test_the_block_waits_for_a_closer_that_is_at_work() -> None:
    deadline = Deadline(60)
    begun, done = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        time.sleep(0.3)
        done.set()

    with deadline.ending(slowly):
        deadline.cancel("now")
        begun.wait(5)
    assert done.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_closer_that_fails_or_hangs_keeps_no_other_waiting() -> None:
    deadline = Deadline(60)
    release, ended = threading.Event(), threading.Event()

    def fail() -> None:
        raise RuntimeError("cannot close")

    with deadline.ending(fail), deadline.ending(lambda: release.wait(10) and None), deadline.ending(ended.set):
        deadline.cancel("now")
        assert ended.wait(2)
        release.set()


def test_nothing_begins_once_it_is_over() -> None:
    deadline = Deadline(60)
    deadline.cancel("over")
    with pytest.raises(Cancelled), deadline.ending(lambda: None):
        pytest.fail("the block must not run")


def test_it_can_be_used_again_and_again_from_many_threads() -> None:
    deadline = Deadline(60)
    ended: list[int] = []
    ready = threading.Barrier(21)

    def wait(number: int) -> None:
        for _ in range(50):
            with deadline.ending(lambda: None):
                pass
        over = threading.Event()
        with deadline.ending(over.set):
            ready.wait()
            over.wait(10)
            ended.append(number)

    threads = [threading.Thread(target=wait, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    ready.wait()
    deadline.cancel("all of you")
    for thread in threads:
        thread.join(5)
    assert sorted(ended) == list(range(20))


def test_a_signal_handler_may_cancel_while_the_same_thread_sleeps() -> None:
    deadline = Deadline(60)
    before = signal.signal(signal.SIGUSR1, lambda *_: deadline.cancel("a signal"))
    try:
        threading.Timer(0.2, signal.raise_signal, [signal.SIGUSR1]).start()
        began = time.monotonic()
        with pytest.raises(Cancelled, match="a signal"):
            deadline.sleep(30)
        assert time.monotonic() - began < 2
    finally:
        signal.signal(signal.SIGUSR1, before)
