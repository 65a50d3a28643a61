"""An install that ships to a GitHub of the tests' own: its records and sandboxes, and a repository that holds their base commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github import emulator
from tests.github.emulator import TOKEN, Emulator
from tests.integration.deployments import conftest as deployments
from tests.integration.shipping.shop import Shop
from tests.parts import needs

records_server, make_world, world = deployments.records_server, deployments.make_world, deployments.world
"""Fixtures that tests of deployments have too."""


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    needs("the emulator of GitHub", emulator.available())
    with emulator.running(tmp_path_factory.mktemp("github")) as running:
        yield running


@pytest.fixture
def shop(request: pytest.FixtureRequest, github: Emulator, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """In the mode fork_only, unless it is configured anew."""
    monkeypatch.setenv("HIVE_CONTRIBUTION_TOKEN", TOKEN)
    monkeypatch.setenv("OWN_TOKEN", TOKEN)
    made = Shop(request.getfixturevalue("world"), github)
    made.configure("fork_only")
    return made
