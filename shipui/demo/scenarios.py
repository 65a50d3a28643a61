"""The builds of the demo, as data: what each is, and what must come of deploying it. Its change is in builds/NAME.patch."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from shipui.model.change import ChangeType, RiskLevel
from shipui.model.promotion import Status


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    """Of its sandbox, its patch and its branch."""
    title: str
    message: str
    """The body of the commit's message."""
    version: str
    type: ChangeType
    risk: RiskLevel
    expected: Status
    ends_at: frozenset[int]
    """The step at which its run ends."""
    sentence: str
    """What it shows, for somebody who reads the list before the run."""
    writers: bool = False
    """People write notes while it is deployed; none of them may be lost."""
    uninterrupted: bool = False
    """The old version is not to be stopped at all."""
    hangs: bool = False
    """Only the time limit ends it."""
    emergency: str = ""
    """The reason, when it is deployed as an emergency."""
    proved: str = ""
    """Its acceptance criterion, which passed, as did type check and tests; without one it comes without evidence."""
    stopped_by_gates: bool = False
    """What the gates found is left to whoever looks at it. Of the others a reviewer has settled it: they are about production."""

    @property
    def patch(self) -> Traversable:
        return files("shipui.demo").joinpath("builds", f"{self.name}.patch")


FIRST_VERSION = "1.0.0"

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "works",
        "Search the notes",
        "A search box above the notes, with an index that keeps it fast.",
        "1.1.0",
        ChangeType.STANDARD,
        RiskLevel.LOW,
        Status.DEPLOYED,
        frozenset({11}),
        "works, and goes into production while people write notes",
        writers=True,
    ),
    Scenario(
        "does-not-build",
        "Pin important notes",
        "Notes that matter stay at the top.",
        "1.2.0",
        ChangeType.STANDARD,
        RiskLevel.LOW,
        Status.ROLLED_BACK,
        frozenset({5}),
        "has a syntax error: the old version goes on, without a pause",
        writers=True,
        uninterrupted=True,
    ),
    Scenario(
        "dies-at-start",
        "Weekly digest by mail",
        "Everybody gets the notes of the week on Monday morning.",
        "1.3.0",
        ChangeType.STANDARD,
        RiskLevel.MEDIUM,
        Status.ROLLED_BACK,
        frozenset({8, 9}),
        "ends as soon as it starts: the old version comes back",
    ),
    Scenario(
        "corrupts-database",
        "Merge duplicate notes",
        "Notes that begin alike become one, and references count from 1 again.",
        "1.4.0",
        ChangeType.STANDARD,
        RiskLevel.MEDIUM,
        Status.ROLLED_BACK,
        frozenset({9}),
        "spoils the database and is never healthy: the old version and its data come back",
        writers=True,
    ),
    Scenario(
        "hangs",
        "The page in German",
        "Takes the translation into the build as soon as it is there.",
        "1.5.0",
        ChangeType.STANDARD,
        RiskLevel.LOW,
        Status.ROLLED_BACK,
        frozenset({5}),
        "waits for ever while it is built: the time limit ends it",
        hangs=True,
    ),
    Scenario(
        "normal-outside-window",
        "Group the notes by day",
        "A heading for each day makes the page easier to read.",
        "1.6.0",
        ChangeType.NORMAL,
        RiskLevel.MEDIUM,
        Status.APPROVED,
        frozenset({2}),
        "is outside its deployment window: refused, with when it opens",
    ),
    Scenario(
        "emergency-outside-window",
        "Refuse endless notes",
        "A note may have 2,000 characters. Somebody is filling the disk.",
        "1.0.1",
        ChangeType.EMERGENCY,
        RiskLevel.HIGH,
        Status.DEPLOYED,
        frozenset({11}),
        "cannot wait for a window: it goes out as an emergency, with a reason",
        writers=True,
        emergency="Somebody is filling the disk with endless notes.",
    ),
    Scenario(
        "passes-the-gates",
        "Say how long the notes take to read",
        "At 200 words a minute, in the last line of the page.",
        "1.7.0",
        ChangeType.STANDARD,
        RiskLevel.LOW,
        Status.DEPLOYED,
        frozenset({11}),
        "passes all four gates, with evidence: nothing is found, and nobody has to look",
        writers=True,
        proved="The page says how long its notes take to read.",
    ),
    Scenario(
        "stopped-by-the-gates",
        "Export the notes of one person",
        "By name, as an archive; tags are given up.",
        "1.8.0",
        ChangeType.STANDARD,
        RiskLevel.HIGH,
        Status.APPROVED,
        frozenset({1}),
        "has findings of every gate: refused until a reviewer has settled them",
        proved="The notes of one person can be exported.",
        stopped_by_gates=True,
    ),
)
