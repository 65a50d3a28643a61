"""`shipui deploy CP & sleep N; kill -9 $!; shipui recover`, for N at random, while somebody writes: whatever it hits, one whole version serves."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request

import pytest

from shipui.model.promotion import Status
from tests.faults.rows import ON_PROCESSES, Told
from tests.faults.scene import CORRUPTING, GOOD, OUTCOMES, Content, Scene

pytestmark = ON_PROCESSES
KILLS = 100


class Writer:
    """Writes notes all the time, one by one; `accepted` is what was said yes to: the build that did, and the note, by ID."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.accepted: dict[int, tuple[str, str]] = {}

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def by(self, *builds: str) -> set[str]:
        """As rows of the table."""
        return {f"({number},{_quoted(text)})" for number, (build, text) in self.accepted.items() if build in builds}

    def _write(self) -> None:
        number = 0
        while not self._stop.wait(0.01):
            number += 1
            text = f"written {number}"
            request = urllib.request.Request(self._address, data=text.encode(), method="POST")
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    said = json.load(answer)
            except (OSError, ValueError, urllib.error.HTTPError):
                continue
            self.accepted[said["id"]] = (said["build"], text)


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


@pytest.mark.parametrize(
    "number", [pytest.param(each, marks=() if each < 3 else pytest.mark.matrix) for each in range(KILLS)]
)
def test_at_any_instant(scene: Scene, number: int, told: Told) -> None:
    seconds = random.uniform(0, scene.seconds)
    failing = number % 2 == 1
    before = scene.standing()
    promotion = scene.approved(**(CORRUPTING if failing else GOOD))
    with Writer(scene.world.port) as writer:
        (process,) = scene.start(("deploy", promotion))
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):  # it had come to its end
            os.kill(process, signal.SIGKILL)
        scene.shipui.end()
        recovered = scene("recover")
        assert recovered.code in {0, 1}, recovered.output
    now = scene.standing()
    scene.require_tidy(before, now)
    build = scene.promotion(promotion).build
    status = scene.promotion(promotion).status
    serving = {Status.DEPLOYED: build}.get(status, before.serving)
    assert now.serving == serving, f"after {seconds:.3f} s: {status}, and {now.serving} serves"
    builds = (before.serving, build) if status is Status.DEPLOYED else (before.serving,)
    missing = writer.by(*builds) - set(now.content["note"])
    assert not missing, f"after {seconds:.3f} s: accepted, and lost: {sorted(missing)[:5]}"
    _require_whole(before.content, now.content, migrated=status is Status.DEPLOYED)
    fault = "at a random instant, while somebody writes"
    told(f"a {'failing' if failing else 'good'} deployment", fault, OUTCOMES[status])


def _require_whole(before: Content, now: Content, *, migrated: bool) -> None:
    """What was there is there, unspoilt; the migration was done once, or not at all."""
    rows = set(now["note"])
    assert set(before["note"]) <= rows, sorted(set(before["note"]) - rows)[:5]
    assert not [each for each in rows if "spoilt" in each]
    added = [each for each in rows - set(before["note"]) if each.endswith(",migrated)")]
    assert len(added) == int(migrated)
