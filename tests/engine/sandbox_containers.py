"""Containers in which a feature was built: a work tree of their own, made with the git in there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from shipui.engine.connection import Engine
from shipui.engine.execute import execute
from shipui.limits.deadline import Deadline
from tests.engine.images import BASE

PATH = "/home/app/my feature ü"
OWNER = "1000:1000"
_IDENTITY = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/bin",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}
_MAKE = """
set -e
mkdir -p "$1"
cd "$1"
git init -q -b main
printf "*.txt filter=evil diff=evil\\n" >.gitattributes
echo one >app.txt
git add -A
git commit -qm first
git checkout -qb feature
echo two >app.txt
git commit -qam "Greet the user"
"""


class Studio:
    """One container, which does nothing."""

    def __init__(
        self,
        engine: Engine,
        *,
        environment: Mapping[str, str] | None = None,
        user: str = "",
        command: tuple[str, ...] = ("sleep", "infinity"),
        start: bool = True,
        **host: Any,
    ) -> None:
        self.engine = engine
        self.name = f"studio-{secrets.token_hex(4)}"
        with engine.call(Deadline(60)) as client:
            client.create_container(
                BASE,
                list(command),
                name=self.name,
                user=user,
                environment=dict(environment or {}),
                host_config=client.create_host_config(init=False, **host),
            )
            if start:
                client.start(self.name)

    @property
    def location(self) -> str:
        return f"docker://{self.name}{PATH}"

    def make_tree(self, path: str = PATH, *, owner: str = OWNER, mode: str = "700") -> None:
        """A main branch with one commit, and a feature branch, checked out, with one more; closed to others."""
        self.sh(f'{_MAKE}\nchown -R {owner} "$1"; chmod {mode} "$1"', path)

    def sh(self, script: str, *arguments: str, user: str = "0") -> str:
        """As somebody who has an environment of their own, whatever the container's is."""
        variables = [f"{name}={value}" for name, value in _IDENTITY.items()]
        ended = execute(
            self.engine,
            self.name,
            ["/usr/bin/env", "-i", *variables, "sh", "-c", script, "sh", *arguments],
            deadline=Deadline(60),
            user=user,
            environment={"LD_PRELOAD": ""},
        )
        assert ended.code == 0, ended
        return ended.output

    def commit(self, script: str) -> str:
        """Do that in the tree, and commit it; the commit's ID."""
        return self.sh(f'cd "{PATH}"; {script}; git add -A; git commit -qm more; git rev-parse HEAD', user=OWNER)

    def id(self, name: str, path: str = PATH) -> str:
        return self.sh('git --git-dir="$1/.git" rev-parse "$2"', path, name)

    def replace_git(self, script: str) -> None:
        """What is found as git from now on; the real one is /usr/bin/git."""
        self.sh(
            'mkdir -p /usr/local/sbin; printf "%s\n" "$1" >/usr/local/sbin/git; chmod 755 /usr/local/sbin/git', script
        )

    def slow_git(self, word: str) -> None:
        """From now on every git command with that word in it takes ten minutes, after it has written something."""
        slow = f'case " $* " in *" {word} "*) echo begun; echo begun >/tmp/begun; sleep 600;; esac'
        self.replace_git(f'#!/bin/sh\n{slow}\nexec /usr/bin/git "$@"')

    def has_begun(self) -> bool:
        return self.sh("ls /tmp") == "begun"

    def left_behind(self) -> list[str]:
        """Processes beside the container's own, and files where a sandbox might leave some."""
        with self.engine.call(Deadline(30)) as client:
            rows = [row[-1] for row in client.top(self.name)["Processes"]]
        commands = [each for each in rows if each != "sleep infinity"]
        return commands + [
            each for each in self.sh("ls -A /dev/shm /tmp /var/tmp 2>/dev/null; true").split("\n") if "shipui" in each
        ]

    def pause(self) -> None:
        with self.engine.call(Deadline(30)) as client:
            client.pause(self.name)

    def unpause(self) -> None:
        with self.engine.call(Deadline(30)) as client:
            client.unpause(self.name)

    def stop(self) -> None:
        with self.engine.call(Deadline(30)) as client:
            client.stop(self.name, timeout=0)

    def remove(self) -> None:
        with self.engine.call(Deadline(30)) as client:
            client.remove_container(self.name, force=True, v=True)
