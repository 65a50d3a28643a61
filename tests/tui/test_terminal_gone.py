"""A terminal that has vanished holds up neither what is still painted nor the way out."""

from __future__ import annotations

import os
import threading
from typing import TextIO, cast

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from shipui.tui.app import ShipuiApp
from shipui.tui.terminal_driver import LosingOutput, TerminalDriver
from tests.tui.fake_desk import FakeDesk


def test_what_nobody_can_see_is_lost_and_blocks_nobody() -> None:
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as terminal:
        os.close(master)
        writer = WriterThread(cast("TextIO", LosingOutput(terminal)))
        writer.start()
        painted = threading.Event()

        def paint() -> None:
            for _ in range(MAX_QUEUED_WRITES * 5):
                writer.write("a frame\n" * 100)
            writer.stop()
            painted.set()

        threading.Thread(target=paint, daemon=True).start()
        assert painted.wait(20)
        # What is left in the file's own buffer would fail once more when it is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.fileno())


def test_the_screens_write_through_it() -> None:
    assert ShipuiApp(FakeDesk()).driver_class is TerminalDriver
