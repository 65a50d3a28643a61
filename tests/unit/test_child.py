"""Children: each ends with its deadline, with everything that it started, and none can hang or fill this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shipui.limits import child
from shipui.limits.child import end_marked, end_orphans, run_child
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, TimeLimitPassed, ToolFailed


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def cancelled_after(seconds: float) -> Deadline:
    deadline = Deadline(60)
    threading.Timer(seconds, deadline.cancel, ["you asked for it"]).start()
    return deadline


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def noted_pid(path: Path) -> int:
    until = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until, "the child noted no process ID"
        time.sleep(0.02)
    return int(path.read_text())


def test_output_lines_and_exit_code() -> None:
    lines: list[str] = []
    errors: list[str] = []
    code = "import sys; print('one\\r\\ntwö'); print('oh', file=sys.stderr); sys.exit(3)"
    ended = run_child(python(code), deadline=Deadline(20), on_line=lines.append, on_error_line=errors.append)
    assert (ended.code, ended.output, ended.errors) == (3, "one\ntwö", "oh")
    assert (lines, errors) == (["one", "twö"], ["oh"])


def test_a_signal_shows_as_a_negative_code() -> None:
    ended = run_child(python("import os; os.kill(os.getpid(), 9)"), deadline=Deadline(20))
    assert ended.code == -signal.SIGKILL


def test_cancel_from_another_thread_ends_a_silent_child() -> None:
    began = time.monotonic()
    with pytest.raises(Cancelled, match="you asked for it"):
        run_child(["sleep", "60"], deadline=cancelled_after(0.3))
    assert time.monotonic() - began < 2


def test_the_time_limit_ends_a_child_that_ignores_sigterm() -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    began = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        run_child(python(code), deadline=Deadline(0.7))
    assert time.monotonic() - began < 4


def test_a_child_may_tidy_up_when_it_is_ended(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time, pathlib\n"
        "def tidy(*_): pathlib.Path(sys.argv[1]).write_text('tidy'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, tidy); print('ready', flush=True); time.sleep(60)"
    )
    deadline = Deadline(60)
    with pytest.raises(Cancelled):
        run_child(python(code, str(tmp_path / "note")), deadline=deadline, on_line=lambda _: deadline.cancel("enough"))
    assert (tmp_path / "note").read_text() == "tidy"


ESCAPES = """
import os, sys, time, pathlib
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
time.sleep(float(sys.argv[2]))
"""


def test_a_grandchild_in_its_own_session_holding_the_pipe_ends_with_a_child_that_finishes(tmp_path: Path) -> None:
    began = time.monotonic()
    assert run_child(python(ESCAPES, str(tmp_path / "pid"), "0.5"), deadline=Deadline(20)).code == 0
    assert time.monotonic() - began < 4
    assert not lives(noted_pid(tmp_path / "pid"))


def test_a_grandchild_in_its_own_session_ends_with_the_deadline(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        run_child(python(ESCAPES, str(tmp_path / "pid"), "60"), deadline=cancelled_after(1))
    assert not lives(noted_pid(tmp_path / "pid"))


def test_a_child_of_a_child_is_known_by_both_marks(tmp_path: Path) -> None:
    inner = f"""
import sys
from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
run_child([sys.executable, "-c", {ESCAPES!r}, sys.argv[1], "60"], deadline=Deadline(60))
"""
    outer = Deadline(60)
    timer = threading.Timer(0, lambda: (noted_pid(tmp_path / "pid"), outer.cancel("enough")))
    timer.start()
    with pytest.raises(Cancelled):
        run_child(python(inner, str(tmp_path / "pid")), deadline=outer)
    assert not lives(noted_pid(tmp_path / "pid"))


def test_a_holder_of_the_pipe_without_the_mark_is_not_waited_for(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys\n"
        "print('said', flush=True)\n"
        "held = subprocess.Popen(['sleep', '60'], env={}, start_new_session=True)\n"
        "open(sys.argv[1], 'w').write(str(held.pid))"
    )
    began = time.monotonic()
    try:
        ended = run_child(python(code, str(tmp_path / "pid")), deadline=Deadline(20))
        assert ended.output == "said"
        assert time.monotonic() - began < 3
    finally:
        os.kill(noted_pid(tmp_path / "pid"), signal.SIGKILL)


def test_output_without_a_newline_comes_in_pieces_and_whole() -> None:
    pieces: list[str] = []
    code = "import sys; sys.stdout.write('é' * 300_000)"
    ended = run_child(python(code), deadline=Deadline(20), on_line=pieces.append, keep_all=True)
    assert "".join(pieces) == "é" * 300_000
    assert len(pieces) > 2
    assert ended.output == "é" * 300_000


def test_everything_is_kept_exactly_when_asked_for() -> None:
    code = "import sys; sys.stdout.write('a\\r\\n\\nb\\n' * 2000)"
    assert run_child(python(code), deadline=Deadline(20), keep_all=True).output == ("a\r\n\nb\n" * 2000)[:-1]


def test_a_hundred_megabytes_do_not_fill_memory() -> None:
    code = "import sys; line = b'x' * 99 + b'\\n'\nfor _ in range(1000): sys.stdout.buffer.write(line * 1000)"
    ended = run_child(python(code), deadline=Deadline(60))
    assert ended.code == 0
    assert ended.output.count("\n") == 399
    assert set(ended.output) == {"x", "\n"}


def test_a_hundred_megabytes_without_a_newline_do_not_fill_memory() -> None:
    code = "import sys\nfor _ in range(100): sys.stdout.buffer.write(b'x' * 1_000_000)"
    ended = run_child(python(code), deadline=Deadline(60))
    assert ended.code == 0
    assert 0 < len(ended.output) < 3_000_000


def test_what_cannot_be_started_says_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program")
    for command, cwd in [("no-such-command-here", None), (str(plain), None), ("true", tmp_path / "gone")]:
        with pytest.raises(ToolFailed) as caught:
            run_child([command], deadline=Deadline(20), cwd=cwd)
        assert command in caught.value.plain
    with pytest.raises(ToolFailed):
        run_child(["true\0"], deadline=Deadline(20))


def test_an_error_of_the_listener_ends_the_child_and_is_raised() -> None:
    def refuse(line: str) -> None:
        raise KeyError(line)

    code = "import time\nfor _ in range(5000): print('x' * 100)\nprint(end='', flush=True); time.sleep(60)"
    began = time.monotonic()
    with pytest.raises(KeyError):
        run_child(python(code), deadline=Deadline(60), on_line=refuse)
    assert time.monotonic() - began < 5


def test_input_given_as_bytes_and_a_child_that_does_not_read_it() -> None:
    content = b"line\n" * 200_000
    assert run_child(["wc", "-l"], deadline=Deadline(20), stdin=content).output.strip() == "200000"
    assert run_child(["true"], deadline=Deadline(20), stdin=content).code == 0


def test_output_to_a_file(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        ended = run_child(python("print('to the file')"), deadline=Deadline(20), stdout=file)
    assert ended.output == ""
    assert (tmp_path / "out").read_text() == "to the file\n"


def test_only_the_environment_that_was_given() -> None:
    code = "import os; print(sorted(k for k in os.environ if not k.startswith('SHIPUI_CHILD')))"
    ended = run_child(python(code), deadline=Deadline(20), environment={"ONE": "1", "LC_CTYPE": "C.UTF-8"})
    assert ended.output == "['LC_CTYPE', 'ONE']"


def test_many_at_once_end_together_when_they_are_deaf() -> None:
    deadline = Deadline(60)
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    ready = threading.Semaphore(0)
    outcomes: list[str] = []

    def run() -> None:
        try:
            run_child(python(code), deadline=deadline, on_line=lambda _: ready.release())
        except Cancelled as error:
            outcomes.append(error.plain)

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert ready.acquire(timeout=30)
    began = time.monotonic()
    deadline.cancel("all of you")
    for thread in threads:
        thread.join(20)
    assert outcomes == ["all of you"] * 12
    assert time.monotonic() - began < 6


def test_many_short_ones_leave_no_thread_and_no_descriptor() -> None:
    run_child(["true"], deadline=Deadline(20))
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    workers = [
        threading.Thread(target=lambda: [run_child(["echo", "x"], deadline=Deadline(20)) for _ in range(5)])
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    until = time.monotonic() + 3
    while threading.active_count() > threads and time.monotonic() < until:
        time.sleep(0.05)
    assert threading.active_count() <= threads
    assert len(os.listdir("/proc/self/fd")) <= descriptors


def test_what_a_killed_process_was_running_is_found_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""
import sys
from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
run_child([sys.executable, "-c", {ESCAPES!r}, sys.argv[1], "60"], deadline=Deadline(60))
"""
    maker = subprocess.Popen(python(code, str(tmp_path / "pid")))
    try:
        escaped = noted_pid(tmp_path / "pid")
        looked_at = [escaped]
        monkeypatch.setattr(child, "_processes", lambda: looked_at)  # others may test the same on this machine
        assert end_orphans() == []
    finally:
        maker.kill()
        maker.wait()
        looked_at[:] = family(escaped)
    assert lives(escaped)
    assert sorted(end_orphans()) == sorted(looked_at)
    assert not lives(escaped)


def family(pid: int) -> list[int]:
    """The processes that carry the mark of the same child."""
    mark = next(each for each in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if b"SHIPUI_CHILD_" in each)
    return [each for each in map(int, filter(str.isdigit, os.listdir("/proc"))) if mark in child._variables(each)]


def test_nothing_is_killed_that_has_not_the_mark() -> None:
    assert end_marked("SHIPUI_NOBODY_HAS_THIS=1") == []
