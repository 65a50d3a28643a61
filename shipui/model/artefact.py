"""What a run made in the world, and until when it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ArtefactKind(StrEnum):
    IMAGE = "image"
    TAG = "tag"
    CONTAINER = "container"
    CONTEXT = "context"
    DATABASE = "database"
    SPECIFICATION_FILE = "specification_file"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Artefact:
    id: int
    run: str
    target: str
    kind: ArtefactKind
    name: str
    identity: str
    """What cannot move to something else: an image's or container's ID, a database's OID; empty if there is none."""
    made_at: datetime
    keep_until: datetime | None = None
    """None: until somebody decides."""
    removed_at: datetime | None = None
