"""The images that tests on an engine start from: made of this machine's own programs, cached by what they are made of."""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import os
import sys
from pathlib import Path

import psycopg

from shipui.demo import base_image
from shipui.engine.connection import Engine, NotThere
from shipui.limits.deadline import Deadline

BASE = "shipui-test-base:latest"
"""Python with psycopg, git, a shell, and Debian's PostgreSQL: what everything in the tests is built from."""


def postgres_prefix() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    return installed[-1].parent.parent if installed else None


def load_base(engine: Engine) -> str:
    """BASE in that engine; the archive is made once per machine."""
    prefix = postgres_prefix()
    assert prefix is not None
    archive = _archive(prefix)
    try:
        with engine.call(Deadline(60)) as client:
            client.inspect_image(BASE)
            return BASE
    except NotThere:
        pass  # it is loaded now
    with engine.call(Deadline(120), silence=120) as client:
        repository, tag = BASE.split(":")
        path = f"ENV PATH=/usr/local/bin:/usr/bin:{prefix}/bin"
        client.import_image_from_file(str(archive), repository, tag, changes=[path, "ENV LANG=C.UTF-8"])
    return BASE


def _archive(prefix: Path) -> Path:
    what = [
        sys.version,
        psycopg.__version__,
        os.fspath(prefix),
        inspect.getsource(base_image),
        str((prefix / "bin/postgres").stat().st_mtime),
    ]
    digest = hashlib.sha256("\n".join(what).encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shipui-tests"
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"base-{digest}.tar"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            part = archive.with_suffix(".part")
            base_image.write_base_archive(part, postgres=prefix)
            part.rename(archive)
    return archive
