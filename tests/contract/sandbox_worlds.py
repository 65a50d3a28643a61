"""What the contract of sandboxes is tried in: one world per kind of sandbox, each of which can hold a work tree of this machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from shipui.engine.connection import Engine
from shipui.sandboxes.base import Sandbox
from shipui.sandboxes.container import ContainerSandbox
from shipui.sandboxes.git import GitSandbox
from tests.integration.git_sandbox_builder import WorkTree

MOUNTED = "/sandboxes"
"""Where a container has the tests' folders."""


class SandboxWorld(ABC):
    def __init__(self, store: Path) -> None:
        self.store = store

    @abstractmethod
    def open(self, tree: WorkTree) -> Sandbox:
        """A sandbox that holds the work tree, and sees it change."""


class GitWorld(SandboxWorld):
    def open(self, tree: WorkTree) -> Sandbox:
        return GitSandbox(tree.path, self.store)


class ContainerWorld(SandboxWorld):
    """`container` has the folder `top`, in which all work trees are, at MOUNTED."""

    def __init__(self, store: Path, engine: Engine, container: str, top: Path) -> None:
        super().__init__(store)
        self._engine = engine
        self._container = container
        self._top = top

    def open(self, tree: WorkTree) -> Sandbox:
        location = f"docker://{self._container}{MOUNTED}/{tree.path.relative_to(self._top)}"
        return ContainerSandbox(location, self._engine, self.store)
