"""Fixtures of the production database's tests.

either_server   the embedded server, then Debian's, then one in a container: the test runs on both major versions, and with either's tools
content         a database with awkward content on it (Awkward)
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.database_content import Awkward, awkward_database
from tests.servers import Server


@pytest.fixture(params=["embedded_server", "debian_server", "container_server"])
def either_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def content(either_server: Server) -> Iterator[Awkward]:
    with awkward_database(either_server) as made:
        yield made
