"""Room in the database's container: for a backup that is carried in, and for the database that is made of it."""

from __future__ import annotations

from dataclasses import dataclass

from shipui.databases.container import DatabaseContainer
from shipui.databases.sessions import Connection
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import Failed, NoSpace
from shipui.model.text import listed, size, visible

_FREE_SCRIPT = (
    'need=$1; shift; for d in "$@"; do if test "$need" "$d"; then echo "$d"; df -Pk "$d" | tail -n 1; fi; done'
)
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - what is put there has no name


@dataclass(frozen=True, slots=True)
class Place:
    folder: str
    in_memory: bool
    free: int
    """Bytes."""

    @property
    def words(self) -> str:
        return f"{size(self.free)} are free in {visible(self.folder, limit=120)}"


def temporary_places(container: DatabaseContainer, deadline: Deadline) -> list[Place]:
    """The container's folders for temporary files, as far as its user may write there; those in memory come last."""
    given = _environment(container, deadline).get("TMPDIR")
    places = _free(container, "-w", [*([given] if given else []), *_TEMPORARY], deadline)
    return sorted(places, key=lambda each: each.in_memory)


def folder_for(container: DatabaseContainer, needed: int, deadline: Deadline) -> str:
    """Where `needed` bytes fit; NoSpace names what is free."""
    places = temporary_places(container, deadline)
    for place in places:
        if place.free > needed:
            return place.folder
    found = listed([each.words for each in places]) or "it has no folder for temporary files"
    raise NoSpace(
        f"The backup ({size(needed)}) has no room in {container.words}: {found}.",
        fix="Make room, or give the container a volume at /var/tmp.",
    )


def room_checks(container: DatabaseContainer, connection: Connection, deadline: Deadline) -> list[Check]:
    """For a restore: a backup is smaller than the database, but a restored one takes about as much as it has now."""
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    needed = int(row[0])
    try:
        return [
            _temporary(temporary_places(container, deadline), needed, container),
            _data(container, connection, needed, deadline),
        ]
    except Failed as error:
        deadline.check()
        return [Check("room in the container", False, error.plain, error.fix)]


def _temporary(places: list[Place], needed: int, container: DatabaseContainer) -> Check:
    name = "room in the container for a backup"
    if not places:
        fix = "Let its user write to /tmp, or give it a volume at /var/tmp."
        return Check(
            name, False, f"A restore carries the backup into {container.words}, and nothing can be written there.", fix
        )
    best = max(places, key=lambda each: each.free)
    detail = f"{best.words}; the database has {size(needed)}."
    if best.free < needed / 10:
        return Check(name, False, detail, "Make room, or give the container a volume at /var/tmp.")
    if best.free < needed:
        fix = "A backup is usually smaller than the database, but it may not fit there: make room."
        return Check(name, True, detail, fix)
    return Check(name, True, detail)


def _data(container: DatabaseContainer, connection: Connection, needed: int, deadline: Deadline) -> Check:
    name = "room in the container for a restore"
    row = connection.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'").fetchone()
    folder = row[0] if row else _environment(container, deadline).get("PGDATA")
    places = _free(container, "-e", [str(folder)], deadline) if folder else []
    if not places:
        detail = "Where the server keeps its data is hidden from this role, so the room there was not looked at."
        return Check(name, True, detail, "Grant it pg_read_all_settings.")
    detail = f"{places[0].words}; the database has {size(needed)}."
    fix = "A restore makes a second database beside the first: make room."
    if places[0].free < needed / 2:
        return Check(name, False, detail, fix)
    return Check(name, True, detail, fix if places[0].free < needed * 1.2 else "")


def _free(container: DatabaseContainer, need: str, folders: list[str], deadline: Deadline) -> list[Place]:
    """Of those that are there (`need` is "-e"), or may be written to ("-w"); in the same order, each once."""
    script = ["sh", "-c", _FREE_SCRIPT, "sh", need, *dict.fromkeys(folders)]
    lines = container.run(script, deadline=deadline, environment={"LC_ALL": "C"}).output.splitlines()
    return [_place(folder, fields.split()) for folder, fields in zip(lines[::2], lines[1::2], strict=False)]


def _place(folder: str, fields: list[str]) -> Place:
    """From df's line: file system, blocks of 1024 bytes, used, available, …"""
    return Place(folder, fields[0] in {"tmpfs", "shm"}, int(fields[-3]) * 1024)


def _environment(container: DatabaseContainer, deadline: Deadline) -> dict[str, str]:
    given = container.require_running(deadline)["Config"].get("Env") or []
    return {name: value for name, _, value in (each.partition("=") for each in given)}
