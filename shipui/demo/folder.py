"""The folder of a demo: where everything in it is, and whether a folder is one."""

from __future__ import annotations

import json
import os
import random
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipui.model.errors import BadInput, Refused

NAME = "shipui-demo"
_FORMAT = 1
# Below the ports that systems give to outgoing connections: one of those could take it while the application is stopped.
_PORTS = range(20_000, 30_000)


@dataclass(frozen=True, slots=True)
class DemoFolder:
    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def windows(self) -> Path:
        return self.path / "windows.toml"

    @property
    def readme(self) -> Path:
        return self.path / "README.md"

    @property
    def production(self) -> Path:
        return self.path / "production"

    @property
    def sandboxes(self) -> Path:
        return self.path / "sandboxes"

    @property
    def _mark(self) -> Path:
        return self.path / "demo.json"

    def is_demo(self) -> bool:
        return self._mark.is_file()

    def claim(self, **notes: Any) -> None:
        """Make it a demo's folder, if it is not, with these notes. Refused if it holds something else."""
        if self.is_demo():
            return
        self.require_free()
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True)
                # As root the database servers run under another account, which has to pass.
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self._write({"demo": _FORMAT, "port": free_port(), **notes})
        except OSError as error:
            raise self._unusable(error) from error

    def require_free(self) -> None:
        """Refused if the folder holds something."""
        try:
            holds_something = self.path.is_dir() and any(self.path.iterdir())
        except OSError as error:
            raise self._unusable(error) from error
        if holds_something:
            raise Refused(
                f"The folder {self.path} is not empty, and it is not a demo's.",
                fix="Name another folder, which may not exist yet: shipui demo --dir FOLDER.",
            )

    def _unusable(self, error: OSError) -> BadInput:
        return BadInput(
            f"The demo cannot be made in {self.path}: {error.strerror}.",
            fix="Name another folder: shipui demo --dir FOLDER.",
        )

    def port(self) -> int:
        """Of the application."""
        return int(self.notes()["port"])

    def windows_made(self) -> str | None:
        """The text of windows.toml as the demo wrote it last."""
        text = self.notes().get("windows")
        return text if isinstance(text, str) else None

    def note_windows(self, text: str) -> None:
        self._write({**self.notes(), "windows": text})

    def notes(self) -> dict[str, Any]:
        """What was settled when the demo was made: "port", and what its runtime added."""
        try:
            found = json.loads(self._mark.read_text(encoding="utf-8"))
        except ValueError:
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("port"), int):
            raise BadInput(
                f"{self._mark} cannot be read as the demo's own notes.",
                fix="Move the folder away, or name another: shipui demo --dir FOLDER.",
            )
        return found

    def _write(self, content: dict[str, Any]) -> None:
        write_whole(self._mark, json.dumps(content, indent=2) + "\n", 0o644)


def write_whole(path: Path, text: str, mode: int) -> None:
    """Under another name first, so that the file is whole or not there."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)


def default_folder() -> Path:
    """/var/lib/shipui-demo as root, else shipui-demo below $XDG_DATA_HOME, which is ~/.local/share unless set."""
    if os.geteuid() == 0:
        return Path("/var/lib", NAME)
    # The standard says that a path that is not absolute is to be ignored.
    wanted = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (wanted if wanted.is_absolute() else Path.home() / ".local" / "share") / NAME


def free_port() -> int:
    """One on which nothing listens just now."""
    for port in random.sample(_PORTS, 50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Refused("No free port was found for the demo's application.", fix="Try again.")
