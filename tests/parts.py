"""What a test needs beside Python: found, or said how to get it."""

from __future__ import annotations

import os

import pytest

INSTRUCTIONS = {
    "embedded Postgres": "pip install 'shipui[embedded]'",
    "Debian's Postgres": "apt-get install postgresql",
    "Docker": "apt-get install docker.io",
    "docker-compose": "apt-get install docker-compose",
    "BuildKit": "apt-get install docker.io",
    "podman": "apt-get install podman",
    "tmux": "apt-get install tmux",
    "git": "apt-get install git",
    "the emulator of GitHub": "make .venv/node.stamp (it needs the npm registry)",
    "pgbouncer": "apt-get install pgbouncer",
}


def needs(part: str, found: bool) -> None:
    """Skip with what to install when `part` was not found; where CI is set it fails instead, so that nothing is left out unseen."""
    if found:
        return
    advice = f"{part} is missing: {INSTRUCTIONS.get(part, 'see README.md')}"
    if os.environ.get("CI"):
        pytest.fail(advice)
    pytest.skip(advice)
