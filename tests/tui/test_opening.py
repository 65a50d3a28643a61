"""The first paint comes before the install is opened; what keeps it from being opened is told as any command would."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

HEAVY = (
    "pydantic",
    "psycopg",
    "docker",
    "github",
    "shipui.install",
    "shipui.records",
    "shipui.pipeline",
    "shipui.tui.screens.queue",
)


def test_nothing_that_takes_long_is_loaded_before_the_first_paint() -> None:
    program = f"import sys, shipui.cli.main, shipui.tui.app; print([each for each in {HEAVY!r} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_settings_that_are_wrong_are_told_in_plain_words_when_the_screen_has_gone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[keys]\n"queue.aprove" = "A"\n\n[target.shop]\ncontainer = "shop"\n'
        'process = { build = ["true"], start = ["true"] }\ndatabase = { url = "postgresql://nobody@localhost/nothing" }\n'
        'health = { url = "http://127.0.0.1:9/" }\n'
    )
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-m", "shipui", "--config", str(config)])
    output, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        try:
            output += os.read(terminal, 65_536)
        except OSError:
            break
    _, status = os.waitpid(process, 0)
    after = output.rpartition(b"\x1b[?1049l")[2].decode()
    assert os.waitstatus_to_exitcode(status) == 2
    words = " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", after).split())
    assert "keys.queue.aprove: found a command that is not known; expected perhaps queue.approve" in words
    assert "Traceback" not in words
