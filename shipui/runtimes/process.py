"""Production as plain processes on this machine: an image is a release directory, a container is a supervised application."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shipui.config.settings import ProcessSettings
from shipui.limits.child import run_child
from shipui.limits.clean_environment import clean_environment
from shipui.limits.deadline import Deadline
from shipui.model.checks import Check
from shipui.model.errors import ToolFailed
from shipui.model.text import size, visible
from shipui.runtimes.base import (
    LABEL_ROLE,
    LABEL_TARGET,
    BuildRequest,
    Container,
    ContainerHealth,
    ContainerState,
    Image,
    Log,
    ReadSource,
    Specification,
)
from shipui.runtimes.process_build import run_build
from shipui.runtimes.process_container import SUPERVISOR, ContainerFolder
from shipui.runtimes.process_folder import Folder, discard, encoded, in_plain_words, part_of, sync_folder, write_file
from shipui.runtimes.process_images import ImageStore
from shipui.runtimes.process_release import make_release
from shipui.runtimes.process_supervisor import MARK

POLICIES = ("no", "on-failure", "unless-stopped", "always")
_ID = re.compile(r"[0-9a-f]{24}")
_MASK = "***"
_SCARCE_BYTES = 500_000_000
_POLL_SECONDS = 0.1


class ProcessRuntime:
    """`name` is the container's name and the repository of its images; all data is below `folder`."""

    kind = "process"

    def __init__(self, folder: Path, name: str, settings: ProcessSettings, target: str) -> None:
        self.name = name
        self._folder = Folder(folder)
        self._images = ImageStore(self._folder)
        self._settings = settings
        self._target = target

    def preflight(self, deadline: Deadline) -> list[Check]:
        deadline.check()
        return [self._folder_check(), self._space_check(), _proc_check(), *self._program_checks()]

    def check_source(self, read: ReadSource, deadline: Deadline) -> list[Check]:
        """A build command is run as it is: what it needs it says itself."""
        return []

    def fence(self, labels: Mapping[str, str]) -> None:
        """This machine's own lock on the target is enough: its processes are nowhere else."""

    def unfence(self, labels: Mapping[str, str]) -> None:
        """There is none; but what died half-way, while it took something away, is not left beyond the run or its recovery."""
        if self._folder.path.is_dir():
            with in_plain_words("clear away what was left half done"), self._folder.locked():
                self._folder.sweep()

    def fenced_by(self) -> str | None:
        return None

    def build(self, request: BuildRequest, deadline: Deadline, log: Log) -> Image:
        encoded(request.tag)
        self._folder.make()
        with in_plain_words("clear away what an earlier build left"):
            self._sweep()
        output = run_build(self._settings, request, deadline, log)
        release = make_release(output, self._folder, deadline)
        log(f"release {release.digest[:12]}, {size(release.size)}")
        with self._folder.locked():
            labels = {LABEL_TARGET: self._target, **request.labels}
            image = self._images.add(release, labels, dict(request.arguments), request.tag)
        return self._image(image)

    def find_image(self, reference: str) -> Image | None:
        return self._images.find(reference)

    def images(self) -> list[Image]:
        return self._images.of_target(self._target)

    def tag(self, image: str, reference: str) -> None:
        self._images.tag(image, reference)

    def untag(self, reference: str) -> None:
        self._images.untag(reference)

    def remove_image(self, image: str) -> bool:
        with self._folder.locked():
            used = {each.specification()["image"] for each in self._all()}
            return self._images.remove(image, used_images=used, used_releases=self._used_releases())

    def current(self) -> Container | None:
        return self.find_container(self.name)

    def find_container(self, reference: str) -> Container | None:
        found = self._find(reference)
        try:
            return found.look() if found is not None else None
        except FileNotFoundError:  # removed just now
            return None

    def containers(self, labels: Mapping[str, str] | None = None) -> list[Container]:
        wanted = {LABEL_TARGET: self._target, **(labels or {})}
        found = []
        for each in self._all():
            try:
                if wanted.items() <= each.specification()["labels"].items():
                    found.append(each.look())
            except FileNotFoundError:  # removed just now
                continue
        return found

    def specification(self, container: Container | None) -> Specification:
        """The settings' own shape: command, environment, stop_signal, memory_mb, open_files.

        What the settings name is as they say now; the rest is as `container` has it.
        """
        named = self._settings.model_fields_set
        settings: dict[str, Any] = {
            "command": list(self._settings.start),
            "environment": {key: value.get_secret_value() for key, value in self._settings.environment.items()},
            "stop_signal": self._settings.stop_signal,
            "memory_mb": self._settings.memory_mb,
            "open_files": self._settings.open_files,
        }
        if container is not None:
            own: dict[str, Any] = self._there(container).specification()["settings"]
            settings["environment"] = {**own["environment"], **settings["environment"]}
            for key in {"stop_signal", "memory_mb", "open_files"} - named:
                settings[key] = own[key]
        masked = {**settings, "environment": dict.fromkeys(settings["environment"], _MASK)}
        return Specification(settings, masked)

    def restart_policy(self, old: Container | None) -> str:
        return self._settings.restart

    def followed_tag(self, container: Container) -> str | None:
        """Nothing else makes a process anew."""
        return None

    def create(self, image: Image, specification: Specification, name: str, labels: Mapping[str, str]) -> Container:
        encoded(name)
        with self._folder.locked(), in_plain_words("create a container"):
            self._refuse_taken(name)
            manifest = self._images.manifest(image.id)
            if manifest is None or not self._images.release_folder(manifest.release).is_dir():
                raise ToolFailed(
                    "The image of the new version is not there any more.", detail=visible(image.id, limit=100)
                )
            path = self._folder.containers / secrets.token_hex(12)
            part = part_of(path)
            part.mkdir(mode=0o700)
            content = {
                "image": image.id,
                "release": str(self._images.release_folder(manifest.release)),
                "labels": {LABEL_TARGET: self._target, LABEL_ROLE: "application", **labels},
                "baked": dict(manifest.environment),
                "base": clean_environment(),
                "settings": specification.settings,
                "created_at": datetime.now(UTC).isoformat(),
            }
            try:
                write_file(part / "specification.json", json.dumps(content, indent=1))
                write_file(part / "name", name)
                write_file(part / "restart", "no")
                part.rename(path)
                sync_folder(path.parent)
            finally:
                discard(part)
        return ContainerFolder(path).look()

    def start(self, container: Container, deadline: Deadline) -> Container:
        found = self._there(container)
        found.start(deadline)
        return found.look()

    def stop(self, container: Container, grace_seconds: float, deadline: Deadline) -> Container:
        """A deadline that ends during the grace period ends that period: the rest is killed, and only then is it raised."""
        found = self._find(container.id)
        if found is None:
            return container
        found.stop(grace_seconds, deadline)
        return found.look()

    def rename(self, container: Container, name: str) -> Container:
        encoded(name)
        with self._folder.locked():
            found = self._there(container)
            if found.name != name:
                self._refuse_taken(name)
                found.set_name(name)
        return found.look()

    def set_restart_policy(self, container: Container, policy: str) -> None:
        if policy not in POLICIES:
            raise ValueError(f"{policy!r} is not one of {POLICIES}")
        self._there(container).set_restart_policy(policy)

    def remove(self, container: Container) -> None:
        found = self._find(container.id)
        if found is None:
            return
        found.end()
        with self._folder.locked(), in_plain_words("remove a container"):
            discard(found.path)

    def run_once(
        self,
        image: Image,
        specification: Specification,
        name: str,
        labels: Mapping[str, str],
        command: Sequence[str],
        deadline: Deadline,
        log: Log,
    ) -> int:
        """128 and the signal's number, when a signal ended it."""
        deadline.check()
        settings = {**specification.settings, "command": list(command)}
        once = Specification(settings, {**specification.masked, "command": list(command)})
        container = self.create(image, once, name, {**labels, LABEL_ROLE: "release"})
        found = self._there(container)
        tail = _Follower(found.path / "log", log)
        try:
            found.start(deadline)
            while found.look().state is ContainerState.RUNNING:
                tail.read()
                deadline.sleep(_POLL_SECONDS)
        finally:
            found.end()
            tail.read(whole=True)
        code = found.look().exit_code
        if code is None:
            raise ToolFailed(
                "How the release command ended is not known: what watched over it was ended.",
                detail=f"container {found.id}",
            )
        return code

    def execute(self, container: Container, command: Sequence[str], deadline: Deadline) -> int:
        found = self._there(container)
        if found.look().state is not ContainerState.RUNNING:
            raise ToolFailed(
                "The application is not running, so no command can be run in it.", detail=f"container {found.id}"
            )
        release = Path(found.specification()["release"])
        return run_child(command, deadline=deadline, cwd=release, environment=found.environment()).code

    def health(self, container: Container) -> ContainerHealth:
        """A process has no health check of its own."""
        return ContainerHealth.NONE

    def reach(self, container: Container, url: str) -> str:
        return url

    def log_tail(self, container: Container, lines: int) -> list[str]:
        found = self._find(container.id)
        return found.log_tail(lines) if found is not None else []

    def commands_by_hand(self, old: str | None, new: str | None) -> list[str]:
        """They need a POSIX shell, grep with -z, and the Python that runs shipui; they find processes by their mark, whenever they run."""
        commands = []
        removed = self._find(new) if new is not None else None
        if removed is not None:
            path = shlex.quote(str(removed.path))
            ours = f"$(grep -lsxzF {MARK}={removed.id} /proc/[0-9]*/environ | cut -d/ -f3)"
            commands += [
                f"""printf '{{"grace_seconds": 10}}' > {path}/wanted""",
                f"for pid in {ours}; do kill -TERM $pid; done",
                f'for second in 1 2 3 4 5 6 7 8 9 10; do test -z "{ours}" && break; sleep 1; done',
                f"for pid in {ours}; do kill -KILL $pid; done; sleep 1",
                f"rm -r {path}",
            ]
        kept = self._find(old) if old is not None else None
        if kept is not None:
            path = shlex.quote(str(kept.path))
            commands += [
                f"printf %s {shlex.quote(self.name)} > {path}/name",
                f"printf %s {self._settings.restart} > {path}/restart",
                f"{shlex.join(SUPERVISOR)} {path}",
            ]
        return commands

    def _existing(self) -> Path:
        """The folder, or what exists of the way to it."""
        return next(each for each in (self._folder.path, *self._folder.path.parents) if each.exists())

    def _sweep(self) -> None:
        """Clear away what died half-way: parts of files and trees, and releases without an image."""
        with self._folder.locked():
            self._folder.sweep()
            self._images.sweep(self._used_releases())

    def _used_releases(self) -> set[str]:
        return {Path(each.specification()["release"]).name for each in self._all()}

    def _all(self) -> Iterator[ContainerFolder]:
        """In no order that means anything; half-made ones are not among them."""
        try:
            names = sorted(os.listdir(self._folder.containers))
        except FileNotFoundError:
            return
        for name in names:
            if _ID.fullmatch(name):
                yield ContainerFolder(self._folder.containers / name)

    def _find(self, reference: str) -> ContainerFolder | None:
        if _ID.fullmatch(reference) and (self._folder.containers / reference).is_dir():
            return ContainerFolder(self._folder.containers / reference)
        for each in self._all():
            try:
                if each.name == reference:
                    return each
            except FileNotFoundError:  # removed just now
                continue
        return None

    def _there(self, container: Container) -> ContainerFolder:
        found = self._find(container.id)
        if found is None:
            raise ToolFailed(
                "A container of the application is not there any more; something other than shipui has removed it.",
                detail=f"{container.id}, which was called {visible(container.name, limit=100)}",
            )
        return found

    def _refuse_taken(self, name: str) -> None:
        taken = self._find(name)
        if taken is not None:
            raise ToolFailed(
                f"There is already a container called “{visible(name, limit=100)}”.",
                detail=f"its ID is {taken.id}",
                fix="If a run was interrupted, “shipui recover” finishes it.",
            )

    def _image(self, identity: str) -> Image:
        found = self._images.find(identity)
        assert found is not None, "it was stored a moment ago"
        return found

    def _folder_check(self) -> Check:
        path, existing = self._folder.path, self._existing()
        ok = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
        fix = "" if ok else f"Let the account that runs shipui own {path}."
        return Check("release folder", ok, f"{path} can{'' if ok else 'not'} be written to", fix)

    def _space_check(self) -> Check:
        free = shutil.disk_usage(self._existing()).free
        fix = "" if free >= _SCARCE_BYTES else "Make room: each release is a whole copy of the application."
        return Check("room for releases", free > 0, f"{size(free)} free at {self._folder.path}", fix)

    def _program_checks(self) -> list[Check]:
        checks = []
        for key, command in (("build", self._settings.build), ("start", self._settings.start)):
            program = Path(command[0])
            if program.is_absolute():
                ok = program.is_file() and os.access(program, os.X_OK)
                shown = visible(str(program), limit=200)
                detail = f"{shown} {'can be run' if ok else 'does not exist or cannot be run'}"
                fix = (
                    "" if ok else f"Correct the key “{key}” in the target's section “process”, or install the program."
                )
                checks.append(Check(f"{key} command", ok, detail, fix))
        return checks


def _proc_check() -> Check:
    ok = Path("/proc/self/stat").exists() and Path("/proc/sys/kernel/random/boot_id").exists()
    fix = "" if ok else "Mount /proc; the process runtime works on Linux only."
    return Check("processes visible", ok, "/proc is there" if ok else "/proc is not there", fix)


class _Follower:
    """Tells the lines of a growing file as they come."""

    def __init__(self, path: Path, log: Log) -> None:
        self._path = path
        self._log = log
        self._offset = 0
        self._rest = b""

    def read(self, *, whole: bool = False) -> None:
        """With `whole` also a last line that has no end."""
        try:
            with self._path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._offset:
                    self._offset = 0
                file.seek(self._offset)
                content = file.read()
                self._offset += len(content)
        except FileNotFoundError:
            return
        *lines, self._rest = (self._rest + content).split(b"\n")
        if whole and self._rest:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._log(visible(line.decode("utf-8", "replace").rstrip("\r").replace("\t", "    "), limit=2000))
