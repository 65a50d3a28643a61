"""A container that Compose made: what Compose compares before it leaves one alone, and how to keep that true for the new version."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipui.limits.child import run_child
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import ToolFailed
from shipui.model.text import visible

PREFIX = "com.docker.compose."
HASH = f"{PREFIX}config-hash"
IMAGE = f"{PREFIX}image"
TAG = "shipui.compose-tag"
"""The label that keeps the image's name in the project: a container that shipui made is made from an image's ID."""
HASH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ComposeService:
    """Read from the labels of one of its containers."""

    project: str
    service: str
    folder: Path
    files: tuple[Path, ...]
    version: str
    """Of the Compose that made the container: "1.29.2"."""
    hash: str
    tag: str
    """The image's name in the project: what the next `up` starts."""

    @property
    def hash_holds_image(self) -> bool:
        """Version 1 puts the image's ID into the hash; later ones compare it by a label of its own."""
        return self.version.startswith("1.")

    @property
    def pinned(self) -> bool:
        """By digest or by ID: no tag can be moved to the new version."""
        return "@sha256:" in self.tag or re.fullmatch(r"(sha256:)?[0-9a-f]{12,64}", self.tag) is not None


def service_of(container: Mapping[str, Any]) -> ComposeService | None:
    """None for a container that Compose did not make; `container` is its inspection."""
    labels: dict[str, str] = container["Config"].get("Labels") or {}
    project, service = labels.get(f"{PREFIX}project"), labels.get(f"{PREFIX}service")
    if not project or not service or labels.get(f"{PREFIX}oneoff", "False").lower() == "true":
        return None
    folder = Path(labels.get(f"{PREFIX}project.working_dir", ""))
    files = [each for each in labels.get(f"{PREFIX}project.config_files", "").split(",") if each]
    tag = labels.get(TAG) or container["Config"].get("Image", "")
    return ComposeService(
        project=project,
        service=service,
        folder=folder,
        files=tuple(folder / each for each in files),
        version=labels.get(f"{PREFIX}version", ""),
        hash=labels.get(HASH, ""),
        tag=tag if ":" in tag.rpartition("/")[2] or "@" in tag else f"{tag}:latest",
    )


def checks(service: ComposeService, address: str, deadline: Deadline) -> list[Check]:
    """What would let the next `docker-compose up` bring the old version back."""
    name = f"Compose service {visible(service.service, limit=60)}"
    if service.pinned:
        return [
            Check(
                name,
                False,
                f"Compose pins its image by digest ({visible(service.tag, limit=100)}), so the next “up” would bring the old version back.",
                "Name the image by a tag in the Compose file, and run “up” once.",
            )
        ]
    unreadable = [each for each in service.files if not os.access(each, os.R_OK)]
    if unreadable or not service.files:
        shown = visible(", ".join(map(str, unreadable)) or "none named", limit=200)
        return [
            Check(
                name,
                not service.hash_holds_image,
                f"The Compose files cannot be read ({shown}), so whether the next “up” keeps the new version is not known.",
                "Let this account read them.",
            )
        ]
    if not service.hash_holds_image:
        return [
            Check(
                name, True, f"Compose follows the tag {service.tag}; it moves to the new version once that is healthy"
            )
        ]
    if shutil.which("docker-compose") is None:
        return [
            Check(
                name,
                False,
                f"The container was made by Compose {service.version}, and docker-compose is not there to work out its new hash.",
                "Install docker-compose (version 1), or make the container again with Compose 2.",
            )
        ]
    if config_hash(service, address, deadline) != service.hash:
        return [
            Check(
                name,
                True,
                "The Compose file, or what it takes from the environment, is not what the running container was made with: "
                "the next “up” makes the container again.",
                "Run “up” before you deploy, if that is not what you want.",
            )
        ]
    return [
        Check(name, True, f"Compose follows the tag {service.tag}; it moves to the new version once that is healthy")
    ]


def config_hash(service: ComposeService, address: str, deadline: Deadline) -> str:
    """As Compose 1 works it out just now, from the files and from the image that the tag names."""
    command = ["docker-compose", "--project-name", service.project, "--project-directory", str(service.folder)]
    for each in service.files:
        command += ["--file", str(each)]
    limit = Deadline(deadline.part(HASH_SECONDS))
    with deadline.ending(lambda: limit.cancel("the run ended")):
        ended = run_child(
            [*command, "config", f"--hash={service.service}"],
            deadline=limit,
            cwd=service.folder,
            environment={**os.environ, "DOCKER_HOST": address},
        )
    found = re.search(rf"^{re.escape(service.service)} ([0-9a-f]{{64}})$", ended.output, re.MULTILINE)
    if ended.code != 0 or found is None:
        raise ToolFailed(
            f"docker-compose could not work out the hash of the service {visible(service.service, limit=60)}.",
            detail=visible(ended.errors, limit=1000),
            fix="Check the Compose file: docker-compose config.",
        )
    return found.group(1)
