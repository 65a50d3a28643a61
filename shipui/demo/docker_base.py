"""The image that the demo's application is built from, and that its database runs in: a chosen one, or this machine's own programs."""

from __future__ import annotations

import hashlib
import inspect
import io
import sys
import tarfile
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from shipui.demo import base_image, database_container
from shipui.demo.production import Say
from shipui.engine.connection import Engine, InTheWay, NotThere
from shipui.install import embedded_programs
from shipui.limits.deadline import Deadline
from shipui.model.errors import Refused
from shipui.model.text import visible

LABEL_CONTENT = "shipui.demo.content"
SCRIPT = "/usr/local/lib/shipui-demo-database.py"
IMPORT_SECONDS = 300.0


def require_suitable(engine: Engine, image: str, deadline: Deadline) -> str:
    """The folder in it with PostgreSQL's programs. Refused unless the image is there, and has what the demo needs. Leaves nothing behind."""
    try:
        with engine.call(deadline) as client:
            client.inspect_image(image)
    except NotThere as error:
        raise Refused(
            f"The engine has no image “{visible(image, limit=100)}”.",
            detail=error.detail,
            fix=f"Get it first: docker pull {visible(image, limit=100)}",
        ) from error
    config = {"Image": image, **running_script("--check")}
    with engine.call(deadline) as client:
        made: str = client.create_container_from_config(config)["Id"]
        try:
            put_script(client, made)
            code, said = _ran(client, made)
        finally:
            client.remove_container(made, force=True, v=True)
    if code != 0:
        raise Refused(
            f"The image “{visible(image, limit=100)}” cannot be the demo's base: {visible(said, limit=300).rstrip('.')}.",
            fix="It needs python3 (3.11 or newer) with psycopg and psycopg_pool, and PostgreSQL's programs with the server.",
        )
    return said


def _ran(client: Any, container: str) -> tuple[int, str]:
    """Its exit code and last words; the engine's own words when it could not be started."""
    from docker.errors import APIError

    try:
        client.start(container)
    except APIError as error:
        return -1, str(error.explanation)
    code = int(client.wait(container)["StatusCode"])
    return code, client.logs(container, tail=3).decode("utf-8", "replace").strip()


def running_script(*arguments: str) -> dict[str, Any]:
    """What a container is told, so that it runs database_container.py and nothing of its image's own."""
    return {
        "Entrypoint": ["python3", "-B", SCRIPT],
        "Cmd": list(arguments),
        "User": "0",
        "WorkingDir": "/",
        "Healthcheck": {"Test": ["NONE"]},
    }


def put_script(client: Any, container: str) -> None:
    """Into a container that was made and not started."""
    content = inspect.getsource(database_container).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(SCRIPT.lstrip("/"))
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    client.put_archive(container, "/", packed.getvalue())


def make_base(engine: Engine, reference: str, folder: Path, say: Say) -> None:
    """The image `reference` of this machine's programs, unless it is there with the same content. The archive lies in `folder` meanwhile."""
    former = _found(engine, reference)
    content = _content()
    if former is not None and ((former["Config"] or {}).get("Labels") or {}).get(LABEL_CONTENT) == content:
        return
    say("Making the base image of this machine's programs …")
    programs = embedded_programs()
    changes = [
        f"ENV PATH=/usr/local/bin:/usr/bin:{programs / 'bin'}",
        "ENV LANG=C.UTF-8",
        f"LABEL {LABEL_CONTENT}={content}",
    ]
    with tempfile.TemporaryDirectory(prefix=".base-image-", dir=folder) as work:
        archive = Path(work, "base.tar")
        base_image.write_base_archive(archive, postgres=programs)
        repository, _, tag = reference.rpartition(":")
        with engine.call(Deadline(IMPORT_SECONDS), silence=IMPORT_SECONDS) as client:
            client.import_image_from_file(str(archive), repository, tag, changes=changes)
    if former is not None:
        # Versions that were built from it keep it; it goes with the last of them.
        with suppress(InTheWay, NotThere), engine.call(Deadline(60)) as client:
            client.remove_image(former["Id"])


def _found(engine: Engine, reference: str) -> dict[str, Any] | None:
    try:
        with engine.call(Deadline(60)) as client:
            found: dict[str, Any] = client.inspect_image(reference)
            return found
    except NotThere:
        return None


def _content() -> str:
    """Changes with whatever goes into the image."""
    server = embedded_programs() / "bin" / "postgres"
    parts = [
        sys.version,
        sys.executable,
        *(f"{name} {version(name)}" for name in ("psycopg", "psycopg-binary", "psycopg-pool")),
        str(server),
        str(server.stat().st_mtime_ns),
        inspect.getsource(base_image),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
