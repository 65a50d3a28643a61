"""shipui's command line in processes that die, by SIGKILL, at an exact entry of their journal.

A server without threads: it has imported shipui once, and forks for each command, so that a command begins at once and is a process of its
own all the same. A line that it reads is a JSON list of orders (arguments, output, death, visit), which begin together; it answers with the list
of their process IDs, and, once all have ended, with that of their exit codes.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

VISITED = "visited"
NEEDED = (
    "shipui.actions.deploy",
    "shipui.actions.recover",
    "shipui.actions.rollback",
    "shipui.cli.deployments",
    "shipui.cli.main",
    "shipui.databases.embedded_binaries",
    "shipui.databases.postgres",
    "shipui.engine.connection",
    "shipui.install",
    "shipui.runtimes.docker",
    "shipui.runtimes.process",
    "shipui.sandboxes.git",
)


def entry_name(kind: str, step: int | None) -> str:
    return kind if step is None else f"{kind} {step}"


class Mortality:
    """Notes the journal's entries by name in a file, and dies before or after the one that was asked for.

    `visit` is an entry and an address: just after the entry somebody writes there by way of the application, which is noted too.
    """

    def __init__(self, death: str, visit: tuple[str, str] | None, noted: Path) -> None:
        self._moment, _, self._entry = death.partition(" ")
        self._visit = visit
        self._noted = noted
        self._seen: Counter[str] = Counter()

    def wrap(self) -> None:
        from shipui.model.events import JOURNAL, EventKind
        from shipui.runs.journal import Journal

        write, do = Journal.write, Journal.do

        def mortal_write(journal: Journal, kind: EventKind, step: int | None, data: Any) -> None:
            if kind in JOURNAL:
                self._around(entry_name(str(kind), step), lambda: write(journal, kind, step, data))
            else:
                write(journal, kind, step, data)

        def mortal_do(journal: Journal, operation: str, **arguments: Any) -> bool:
            return self._around(operation, lambda: do(journal, operation, **arguments))

        Journal.write = mortal_write  # type: ignore[method-assign]
        Journal.do = mortal_do  # type: ignore[method-assign]

    def _around(self, entry: str, act: Callable[[], Any]) -> Any:
        self._seen[entry] += 1
        name = entry if self._seen[entry] == 1 else f"{entry} again"
        self._note(name)
        self._die_if("before", name)
        result = act()
        if self._visit is not None and self._visit[0] == name:
            request = urllib.request.Request(self._visit[1], data=VISITED.encode(), method="POST")
            urllib.request.urlopen(request, timeout=10).close()
            self._note(VISITED)
        self._die_if("after", name)
        return result

    def _note(self, name: str) -> None:
        with self._noted.open("a") as file:
            file.write(f"{name}\n")

    def _die_if(self, moment: str, name: str) -> None:
        if (moment, name) == (self._moment, self._entry):
            os.kill(os.getpid(), signal.SIGKILL)


def live(order: dict[str, Any]) -> NoReturn:
    """In the child: one command, with its output in a file, in a session of its own."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    Mortality(order["death"], order["visit"], Path(f"{order['output']}.entries")).wrap()
    from shipui.cli import main

    sys.argv = ["shipui", *order["arguments"]]
    try:
        main.main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    else:
        code = 0
    sys.stdout.flush()
    os._exit(code)


def serve() -> None:
    for module in NEEDED:
        importlib.import_module(module)
    print("ready", flush=True)
    for line in sys.stdin:
        children = [_born(order) for order in json.loads(line)]
        print(json.dumps(children), flush=True)
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children]), flush=True)


def _born(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        live(order)
    return child


if __name__ == "__main__":
    serve()
