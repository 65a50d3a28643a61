"""The images of the process runtime: a release, what was baked into it, and the tags that name it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shipui.model.errors import ToolFailed
from shipui.model.text import visible
from shipui.runtimes.base import LABEL_TARGET, Image
from shipui.runtimes.process_folder import Folder, decoded, discard, encoded, in_plain_words, write_file
from shipui.runtimes.process_release import Release

_ID = re.compile(r"sha256:[0-9a-f]{64}")
_ORPHAN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image as it lies in images/ID.json; its ID is the digest of everything in it but the time and the size."""

    release: str
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    """Baked in: an application started from this image has it."""
    created: datetime
    size: int

    @property
    def id(self) -> str:
        content = {
            "release": self.release,
            "labels": dict(self.labels),
            "environment": dict(self.environment),
        }
        return "sha256:" + hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {
            "release": self.release,
            "labels": dict(self.labels),
            "environment": dict(self.environment),
            "created": self.created.isoformat(),
            "size": self.size,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        created = datetime.fromisoformat(data["created"])
        return cls(data["release"], data["labels"], data["environment"], created, data["size"])


class ImageStore:
    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def add(self, release: Release, labels: Mapping[str, str], environment: Mapping[str, str], tag: str) -> str:
        """Keep an image, tagged; its ID. One that is there already keeps its time. The caller holds the lock."""
        manifest = Manifest(release.digest, labels, environment, datetime.now(UTC), release.size)
        if not self.release_folder(release.digest).is_dir():
            raise ToolFailed("The release was removed while its image was being made.", fix="Try again.")
        with in_plain_words("note the image"):
            if not self._file(manifest.id).exists():
                write_file(self._file(manifest.id), json.dumps(manifest.as_json(), indent=1), mode=0o600)
            write_file(self._folder.tags / encoded(tag), manifest.id)
        return manifest.id

    def manifest(self, image: str) -> Manifest | None:
        """By ID."""
        if not _ID.fullmatch(image):
            return None
        try:
            return Manifest.from_json(json.loads(self._file(image).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def find(self, reference: str) -> Image | None:
        """By ID or by tag."""
        identity = reference if _ID.fullmatch(reference) else self._tagged(reference)
        manifest = self.manifest(identity) if identity is not None else None
        if identity is None or manifest is None:
            return None
        return Image(identity, self._tags_of(identity), manifest.labels, manifest.created, manifest.size)

    def of_target(self, target: str) -> list[Image]:
        """Newest first."""
        found = [self.find(f"sha256:{file.stem}") for file in self._folder.images.glob("*.json")]
        own = [each for each in found if each is not None and each.labels.get(LABEL_TARGET) == target]
        return sorted(own, key=lambda image: (image.created, image.id), reverse=True)

    def tag(self, image: str, reference: str) -> None:
        """ToolFailed if there is no such image."""
        name = encoded(reference)
        with self._folder.locked(), in_plain_words("tag the image"):
            if self.manifest(image) is None:
                raise ToolFailed(
                    "The image that was to be tagged is not there any more.",
                    detail=f"{visible(image, limit=100)} as {visible(reference, limit=100)}",
                )
            write_file(self._folder.tags / name, image)

    def untag(self, reference: str) -> None:
        if self._tagged(reference) is not None:
            with self._folder.locked(), in_plain_words("remove a tag"):
                (self._folder.tags / encoded(reference)).unlink(missing_ok=True)

    def remove(self, image: str, *, used_images: set[str], used_releases: set[str]) -> bool:
        """False when it is used, or tagged. Its release goes with the last image that has it. The caller holds the lock."""
        manifest = self.manifest(image)
        if manifest is None:
            return True
        if image in used_images or self._tags_of(image):
            return False
        with in_plain_words("remove an image"):
            self._file(image).unlink(missing_ok=True)
            if manifest.release not in self._releases() | used_releases:
                discard(self.release_folder(manifest.release))
        return True

    def sweep(self, used_releases: set[str]) -> None:
        """Remove old releases that no image has: a build was killed between storing one and noting it. The caller holds the lock."""
        kept = self._releases() | used_releases
        for each in self._folder.releases.iterdir():
            if not each.name.endswith(".part") and each.name not in kept and _is_old(each):
                discard(each)

    def release_folder(self, digest: str) -> Path:
        return self._folder.releases / digest

    def _releases(self) -> set[str]:
        """Those that an image has."""
        manifests = (self.manifest(f"sha256:{file.stem}") for file in self._folder.images.glob("*.json"))
        return {each.release for each in manifests if each is not None}

    def _file(self, image: str) -> Path:
        return self._folder.images / f"{image.removeprefix('sha256:')}.json"

    def _tagged(self, reference: str) -> str | None:
        try:
            return (self._folder.tags / encoded(reference)).read_text(encoding="utf-8").strip()
        except (FileNotFoundError, ToolFailed):  # what cannot be a name is not there either
            return None

    def _tags_of(self, image: str) -> tuple[str, ...]:
        tags = []
        for each in sorted(self._folder.tags.glob("*")):
            try:
                if each.suffix != ".part" and each.read_text(encoding="utf-8").strip() == image:
                    tags.append(decoded(each.name))
            except FileNotFoundError:  # untagged just now
                continue
        return tuple(tags)


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_ctime > _ORPHAN_SECONDS
