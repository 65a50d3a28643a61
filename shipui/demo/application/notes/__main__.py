"""Starts Notes: migrates, serves, and ends politely on SIGTERM."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from .database import Notes, migrate
from .release import this_release
from .web import Server


def main() -> None:
    release = this_release()
    url, port = os.environ["DATABASE_URL"], int(os.environ["PORT"])
    for name in migrate(url):
        print(f"migrated: {name}", flush=True)
    notes = Notes(url)
    server = Server(os.environ.get("ADDRESS", "127.0.0.1"), port, notes, release)

    def stop(_number: int, _frame: Any) -> None:
        # shutdown() waits for serve_forever(), which this thread is in
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Notes {release.version} ({release.build}) listens on port {port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    notes.close()
    print("Notes has ended", flush=True)


main()
