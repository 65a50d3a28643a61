"""What an interrupted run left behind, and what its recovery will do: shown before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from shipui.databases.base import Marker
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.errors import ShipuiError
from shipui.model.events import Event, RunKind
from shipui.model.run import Run
from shipui.model.steps import DEPLOYMENT_STEPS, ROLLBACK_STEPS, StepDefinition
from shipui.model.text import counted, listed, size
from shipui.pipeline.production import is_late
from shipui.records import journal
from shipui.runs.interrupted import Interrupted, read_interrupted
from shipui.runs.journal import event_from_json
from shipui.runs.lock import machine_id
from shipui.runs.prospect import Prospect, Way, prospect
from shipui.runs.spool import Spool
from shipui.runtimes.base import LABEL_BUILD, LABEL_RUN, ContainerState

LOOK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Interruption:
    run: Run
    what: str
    """Which run, begun by whom and when, and where it stopped."""
    found: tuple[str, ...] = ()
    """What is really there, in sentences."""
    will: str = ""
    """What its recovery will do."""
    elsewhere: bool = False
    """It belongs to another machine, and has to be recovered there."""

    @property
    def lines(self) -> list[str]:
        return [self.what, *(f"  {each}" for each in self.found), f"  {self.will}"]


def examine(installation: Installation, run: Run) -> Interruption:
    """Looks at the journal and at production, and touches nothing. What cannot be seen is said, and stops nothing."""
    if run.kind is RunKind.SHIP:
        return Interruption(
            run, _what(run, None), will="It is ended; ship the build again, and it goes on where it stopped."
        )
    interrupted = read_interrupted(events_of(installation, run))
    steps = ROLLBACK_STEPS if run.kind is RunKind.ROLLBACK else DEPLOYMENT_STEPS
    ahead = prospect(steps, interrupted)
    what = _what(run, ahead.at)
    if run.machine != machine_id():
        return Interruption(
            run, what, will=f"Recover it on {run.host}: its files and processes are on that machine.", elsewhere=True
        )
    return Interruption(run, what, tuple(_found(installation, run, interrupted)), _will(ahead))


def events_of(installation: Installation, run: Run) -> list[Event]:
    """From the records, and from the spool on this machine that they have not seen yet."""
    found: dict[int, Event] = {}
    number = 0
    with installation.records.transaction() as connection:
        while events := journal.read(connection, run.id, after=number):
            number = events[-1].number
            found.update({event.number: event for event in events})
    for entry in Spool(installation.spools / f"{run.id}.jsonl").entries():
        if "event" in entry:
            event = event_from_json(entry["event"])
            found.setdefault(event.number, event)
    return [found[number] for number in sorted(found)]


def _what(run: Run, at: StepDefinition | None) -> str:
    subject = f" of {run.promotion}" if run.promotion else ""
    since = run.started_at.astimezone().strftime("%Y-%m-%d %H:%M")
    where = f" at step {at.number}, {at.title}" if at else ""
    return f"{run.id} ({run.kind}{subject}, begun by {run.person} on {run.host}, {since}) was interrupted{where}."


def _will(ahead: Prospect) -> str:
    match ahead.way:
        case Way.END:
            return "It had come to its end; that is written into the records now."
        case Way.FORWARDS if not ahead.rest:
            return "Every step had ended; that is written into the records now."
        case Way.FORWARDS:
            look = ahead.rest[0].repeatable
            names = listed([f"step {each.number}, {each.title}" for each in ahead.rest])
            return f"It goes on with {names}." + (" If that check fails, everything is taken back." if look else "")
        case Way.BACK if ahead.begun:
            return f"It is taken back: {listed([f'step {each.number}, {each.title}' for each in ahead.begun])}."
        case _:
            return "Nothing had begun; it is ended."


def _found(installation: Installation, run: Run, interrupted: Interrupted) -> Iterator[str]:
    if is_late(run, datetime.now(UTC)):
        yield "Its time limit is long past: what the database holds by now may be people's work."
    try:
        yield _containers(installation, run)
    except ShipuiError as error:
        yield f"What runs could not be seen: {error.plain}"
    try:
        yield _database(installation, run, interrupted)
    except ShipuiError as error:
        yield f"The database could not be seen: {error.plain}"


def _containers(installation: Installation, run: Run) -> str:
    runtime = installation.runtime(run.target)
    current = runtime.current()
    own = runtime.containers({LABEL_RUN: run.id})
    if current is None:
        words = f"Nothing has the name {runtime.name}"
    else:
        image = runtime.find_image(current.image)
        build = image.labels.get(LABEL_BUILD) if image else None
        state = "runs" if current.state is ContainerState.RUNNING else "is stopped"
        words = f"{build or 'What shipui did not deploy'} {state} as {runtime.name}"
    return f"{words}; {counted(len(own), 'container') or 'no container'} of this run {'is' if len(own) < 2 else 'are'} there."


def _database(installation: Installation, run: Run, interrupted: Interrupted) -> str:
    cut = next((left for left in interrupted.left.values() if left.get("marker")), None)
    database = installation.database(run.target, f"shipui/{run.id}/look")
    deadline = Deadline(LOOK_SECONDS)
    if cut is None:
        return f"The database has {size(database.identity(deadline).size)}, and answers."
    before, now = Marker.from_json(cut["marker"]), database.marker(deadline)
    if now.oid != before.oid:
        return "Another database has the production database's name since the old version stopped."
    changed = "is unchanged" if now.proves_unchanged_since(before) else "has changed"
    return f"The database {changed} since the old version stopped."
