"""An install whose records hold very many promotions, on a server of its own, for as long as a measurement takes."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from shipui.databases.embedded import EmbeddedServer
from shipui.limits.deadline import Deadline
from tests.many_promotions import fill
from tests.records import migrated
from tests.servers import make_database

CONFIG = """
[records]
url = "{url}"

[target.shop]
container = "shop"
process = {{ build = ["true"], start = ["true"] }}
database = {{ url = "postgresql://nobody@localhost/nothing" }}
health = {{ url = "http://127.0.0.1:9/" }}
"""


@contextmanager
def install_with(promotions: int) -> Iterator[Path]:
    """Its config.toml."""
    folder = Path(tempfile.mkdtemp(prefix="shipui-bench-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "postgres")
    try:
        server.start(Deadline(60))
        records = migrated(make_database(server))
        fill(records.superuser_url, promotions)
        config = folder / "config.toml"
        config.write_text(CONFIG.format(url=records.owner_url))
        yield config
    finally:
        server.stop(Deadline(60))
        shutil.rmtree(folder)
