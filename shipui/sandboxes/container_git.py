"""git in the sandbox's container, on a bare repository of shipui's own there, as `git_command.py` says; and that repository's life."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from shipui.engine.connection import Engine, InTheWay, NotThere
from shipui.engine.execute import Executed, execute
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed
from shipui.model.text import visible, visible_lines
from shipui.sandboxes.container_state import RunningContainer, running_container
from shipui.sandboxes.git_command import GitCommands, command_line, environment_of

_NOT_STARTED = frozenset({126, 127})
_NO_FOLDER = 73
_LEAVE_SECONDS = 3.0
_KILLED = 128
_STOPPING_SECONDS = 2.0
_COMMIT, _BASE = "refs/shipui/commit", "refs/shipui/base"
_BUNDLE = f"""
rm -f shallow
printf %s "$1" >info/grafts && printf '%s\\n' "$2" >{_COMMIT} && printf '%s\\n' "$3" >{_BASE} || exit
shift 3
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Inside:
    """How a command is run in the container: as whom, and with nothing of the container's environment."""

    engine: Engine
    container: RunningContainer
    name: str
    user: str
    """UID:GID."""

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        deadline: Deadline,
        *,
        folder: str = "/",
        stdin: bytes | IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> Executed:
        """BadInput if the container does not run (any more), or cannot start the command."""
        whole = {"PATH": self.container.path, "LC_ALL": "C", **environment}
        try:
            ended = execute(
                self.engine,
                self.container.id,
                ["env", "-i", *(f"{name}={value}" for name, value in whole.items()), *command],
                deadline=deadline,
                environment={"PATH": self.container.path, "LD_PRELOAD": ""},
                user=self.user,
                folder=folder,
                stdin=stdin,
                stdout=stdout,
            )
        except (InTheWay, NotThere):
            running_container(self.engine, self.name, deadline)
            raise
        if ended.code != 0:
            self._require_running(ended.code, deadline)
        if ended.code in _NOT_STARTED:
            raise BadInput(
                f"The sandbox's container {self.name} has no {command[0]}.",
                detail=visible(f"{ended.output} {ended.errors}".strip(), limit=500),
                fix="Install git, and a shell, in the container's image.",
            )
        return ended

    def _require_running(self, code: int, deadline: Deadline) -> None:
        """A command that was killed may have gone with its container, which the engine says a moment later."""
        patience = Deadline(_STOPPING_SECONDS if code > _KILLED else 0)
        running_container(self.engine, self.name, deadline)
        while not patience.over():
            deadline.sleep(0.1)
            running_container(self.engine, self.name, deadline)


@dataclass(frozen=True)
class ContainerGit(GitCommands):
    inside: Inside
    repository: PurePosixPath
    alternate: PurePosixPath
    work_tree: PurePosixPath | None = None
    index: PurePosixPath | None = None

    def bundle(self, output: IO[bytes], commit: str, base: str | None, with_base: bool, deadline: Deadline) -> None:
        """The commit as a bundle: what its files add to those of `base`, or with them, or (base None) all of its own.

        Of the commits only these two. For git, in this repository, the commit is made the child of the base, and the base a
        commit without parents, so that neither the history between them nor a shallow clone's missing one matters.
        """
        grafts = f"{commit}\n" if base is None else f"{commit} {base}\n{base}\n"
        what = [_COMMIT]
        if base is not None:
            what.append(_BASE if with_base else f"^{base}")
        command = ["sh", "-c", _BUNDLE, "bundle", grafts, commit, base or commit]
        command += command_line(["bundle", "create", "-", *what])
        ended = self._in_repository(command, deadline, output, None)
        if ended.code != 0:
            raise Failed(
                "The source code could not be read.",
                detail=f"git bundle ended with {ended.code}: {_lines(ended)}",
                fix="`git fsck` in the sandbox shows whether its repository is whole. A partial clone lacks files: make a full one.",
            )

    def _run(
        self,
        output: IO[bytes],
        arguments: Sequence[str | os.PathLike[str]],
        deadline: Deadline,
        stdin: bytes | IO[bytes] | None,
    ) -> tuple[int, str]:
        ended = self._in_repository(command_line(arguments), deadline, output, stdin)
        return ended.code, _lines(ended)

    def _in_repository(
        self, command: Sequence[str], deadline: Deadline, output: IO[bytes], stdin: bytes | IO[bytes] | None
    ) -> Executed:
        environment = environment_of(self.repository, self.alternate, self.work_tree, self.index)
        folder = str(self.repository)
        return self.inside.run(command, environment, deadline, folder=folder, stdin=stdin, stdout=output)


def _lines(ended: Executed) -> str:
    return "\n".join(visible_lines(ended.errors))


_HOLD = """
umask 077
for place in /dev/shm /tmp /var/tmp; do
  scratch=$place/$1
  mkdir "$scratch" 2>/dev/null && break
  scratch=
done
test -n "$scratch" || exit 73
trap 'cd /; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch" && mkdir -p objects/info objects/pack refs/heads refs/shipui info || exit 73
printf %s "$3" >config && printf '%s\n' "$4" >HEAD || exit 73
take() { while IFS= read -r line && test "$line" != "$1"; do printf '%s\n' "$line"; done; }
take "$2" >packed-refs && take "$2" >info/exclude && take "$2" >shallow || exit 73
test -s shallow || rm -f shallow
printf '%s\n' "$scratch"
while read -r line; do :; done
"""
"""Makes the repository, says where it is, and removes it when its input ends: also when shipui is killed, or the container was
paused meanwhile. /dev/shm first: it can be written to even where nothing else can, and a container that ends leaves nothing there."""


@contextlib.contextmanager
def repository_inside(
    inside: Inside, name: str, configuration: str, head: str, files: Sequence[bytes], deadline: Deadline
) -> Iterator[PurePosixPath]:
    """A bare repository in the container while the block runs. `files`: packed references, excludes, shallow boundary."""
    end = f"end-of-{name}"
    content = b"".join(
        each + (b"" if each.endswith(b"\n") or not each else b"\n") + f"{end}\n".encode() for each in files
    )
    holder = _Holder(inside, ["sh", "-c", _HOLD, "hold", name, end, configuration, head], content)
    holder.start()
    try:
        yield holder.place(deadline)
    finally:
        holder.let_go()


class _Holder(threading.Thread):
    """The command that holds the repository. It ends by its input, never by being killed: it would leave the repository behind."""

    def __init__(self, inside: Inside, command: Sequence[str], content: bytes) -> None:
        super().__init__(name="sandbox-repository", daemon=True)
        self._inside = inside
        self._command = command
        self._input = _Held(content)
        self._output = _FirstLine()
        self._ended: Executed | None = None
        self._failure: Exception | None = None

    def run(self) -> None:
        try:
            self._ended = self._inside.run(
                self._command, {}, Deadline.unlimited(), stdin=self._input, stdout=self._output
            )
        except Exception as failure:  # noqa: BLE001 - raised in the thread that asked
            self._failure = failure

    def place(self, deadline: Deadline) -> PurePosixPath:
        while not self._output.seen.wait(0.02):
            deadline.check()
            if not self.is_alive():
                raise self._why()
        return PurePosixPath(os.fsdecode(self._output.line))

    def let_go(self) -> None:
        """And wait a little. In a container that was paused just now, it ends when that goes on."""
        self._input.released.set()
        self.join(_LEAVE_SECONDS)

    def _why(self) -> Exception:
        if self._failure is not None:
            return self._failure
        code = self._ended.code if self._ended is not None else None
        errors = _lines(self._ended) if self._ended is not None else ""
        if code == _NO_FOLDER:
            return BadInput(
                f"In the sandbox's container {self._inside.name} there is no room for git to work in.",
                detail=f"no folder could be made in /dev/shm, /tmp and /var/tmp as user {self._inside.user}. {errors}",
                fix="Let that user write to one of these folders: start the container with --tmpfs /tmp, for instance.",
            )
        return Failed("The sandbox's container could not be prepared for git.", detail=f"ended with {code}: {errors}")


class _Held(BytesIO):
    """An input that does not end until it is let go."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.released = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            self.released.wait()
        return data


class _FirstLine(BytesIO):
    """An output that tells when its first line is there."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.Event()
        self.line = b""

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        written = super().write(data)
        first, newline, _ = self.getvalue().partition(b"\n")
        if newline:
            self.line = first
            self.seen.set()
        return written
