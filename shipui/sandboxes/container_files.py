"""Files of a container, read through the engine: nothing runs in the container for it, and no link is followed at the end of a path."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from shipui.engine.connection import Engine
from shipui.limits.deadline import Deadline
from shipui.model.errors import Failed
from shipui.model.text import size, visible

if TYPE_CHECKING:
    from docker import APIClient

_LARGEST = 64 * 1024 * 1024
_IN_MEMORY = 1024 * 1024
# Go's file modes, as the engine writes them.
_FOLDER = 1 << 31
_NOT_REGULAR = _FOLDER | 1 << 27 | 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19


class Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"
    """A link, a pipe, a device, a socket."""


@dataclass(frozen=True, slots=True)
class FileInside:
    name: str
    """Relative to the folder that the path is in."""
    content: bytes
    uid: int
    gid: int


class ContainerFiles:
    def __init__(self, client: APIClient, container: str) -> None:
        self._client = client
        self._container = container

    def kind(self, path: PurePosixPath | str) -> Kind | None:
        """None when there is nothing. With “/.” at its end, what a link to a folder stands for."""
        from docker.utils import decode_json_header

        url = f"{self._client.base_url}/v{self._client.api_version}/containers/{self._container}/archive"
        answer = self._client.head(url, params={"path": str(path)}, timeout=self._client.timeout)
        said = answer.headers.get("X-Docker-Container-Path-Stat")
        if answer.status_code != 200 or said is None:
            return None
        mode = int(decode_json_header(said)["mode"])
        if mode & _FOLDER:
            return Kind.FOLDER
        return Kind.OTHER if mode & _NOT_REGULAR else Kind.FILE

    def read(self, path: PurePosixPath) -> FileInside | None:
        """A regular file of at most 64 MiB; None when there is none."""
        return next(self.below(path), None) if self.kind(path) is Kind.FILE else None

    def below(self, path: PurePosixPath) -> Iterator[FileInside]:
        """The regular files of a folder, and of those below it, or the file itself."""
        if self.kind(path) is None:
            return
        stream, _ = self._client.get_archive(self._container, str(path))
        with SpooledTemporaryFile(_IN_MEMORY) as kept:
            _copy(stream, kept, path)
            kept.seek(0)
            with tarfile.open(fileobj=kept, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
                for each in archive:
                    content = archive.extractfile(each) if each.isreg() else None
                    if content is not None and _stays_below(each.name):
                        yield FileInside(each.name, content.read(), each.uid, each.gid)


@contextmanager
def files_of(engine: Engine, container: str, deadline: Deadline) -> Iterator[ContainerFiles]:
    with engine.call(deadline) as client:
        yield ContainerFiles(client, container)


def _copy(stream: Any, kept: Any, path: PurePosixPath) -> None:
    total = 0
    for chunk in stream:
        total += len(chunk)
        if total > _LARGEST:
            raise Failed(
                f"{visible(str(path), limit=200)} in the sandbox's container is too large to be read.",
                detail=f"more than {size(_LARGEST)}",
                fix="`git pack-refs --all` makes a folder of many references small.",
            )
        kept.write(chunk)


def _stays_below(name: str) -> bool:
    return not os.path.isabs(name) and ".." not in name.split("/")
