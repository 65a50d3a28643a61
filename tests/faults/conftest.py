"""One install for each worker and each runtime, used by one fault after the other: it is sound again after each, or it is made anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from shipui.databases.embedded import EmbeddedServer
from shipui.limits.deadline import Deadline
from tests.faults import table
from tests.faults.mortals import Mortals
from tests.faults.productions import PRODUCTIONS, Production
from tests.faults.rows import ROW, Told
from tests.faults.scene import Scene
from tests.integration.deployments import conftest as deployments
from tests.records import drop_role, migrated
from tests.servers import drop_database, make_database

records_server = deployments.records_server


@pytest.fixture(scope="session")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortals]:
    server = Mortals(tmp_path_factory.mktemp("output"))
    yield server
    server.close()


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of the test's own, so that it can be stopped in the middle of things."""
    folder = Path(tempfile.mkdtemp(prefix="shipui-test-"))
    folder.chmod(0o755)
    made = EmbeddedServer(folder / "postgres")
    try:
        made.start(Deadline(60))
        yield made
    finally:
        made.stop(Deadline(60))
        shutil.rmtree(folder)


class Stage:
    """Makes scenes: the last one again while it is sound, else a new one."""

    def __init__(self, make: Callable[[Production], Scene], end: Callable[[Scene], None]) -> None:
        self._make = make
        self._end = end
        self._scenes: dict[str, Scene] = {}

    def scene(self, production: Production) -> Scene:
        if production.name not in self._scenes:
            self._scenes[production.name] = self._make(production)
            self._scenes[production.name].begin()
        return self._scenes[production.name]

    def spoilt(self, production: Production) -> None:
        if (scene := self._scenes.pop(production.name, None)) is not None:
            self._end(scene)

    def close(self) -> None:
        for scene in self._scenes.values():
            self._end(scene)
        for each in PRODUCTIONS:
            each.close()


@pytest.fixture(scope="session")
def stage(
    tmp_path_factory: pytest.TempPathFactory,
    embedded_server: EmbeddedServer,
    records_server: EmbeddedServer,
    mortals: Mortals,
) -> Iterator[Stage]:
    def make(production: Production) -> Scene:
        folder: Path = tmp_path_factory.mktemp("install")
        records = migrated(make_database(records_server))
        return Scene(production.make_world(folder, make_database(embedded_server), records), production, mortals)

    def end(scene: Scene) -> None:
        scene.world.close()
        drop_role(scene.world.records)
        drop_database(scene.world.database)

    made = Stage(make, end)
    yield made
    made.close()


@pytest.fixture
def told(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Told:
    """Without a scene the test has an install of its own, of plain processes."""
    has_scene = "scene" in request.fixturenames
    runtime = request.getfixturevalue("scene").production.name if has_scene else "process"

    def tell(where: str, fault: str, outcome: str) -> None:
        record_property(ROW, [runtime, where, fault, outcome])

    return tell


_rows: list[Sequence[str]] = []
"""Where the tests are gathered (with several workers that is not where they run): the rows."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        _rows.extend(value for name, value in report.user_properties if name == ROW)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _rows or hasattr(config, "workerinput"):
        return
    rows = table.in_order(_rows)
    table.keep(rows)
    terminalreporter.section("faults")
    for line in table.lines(rows):
        terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":  # type: ignore[attr-defined]
        item.stash[FAILED] = report.failed  # type: ignore[attr-defined]
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(
    params=[pytest.param(each, marks=[] if each is PRODUCTIONS[0] else [pytest.mark.long]) for each in PRODUCTIONS],
    ids=lambda production: production.name,
)
def scene(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Scene]:
    production: Production = request.param
    yield stage.scene(production)
    if request.node.stash.get(FAILED, True):
        stage.spoilt(production)
