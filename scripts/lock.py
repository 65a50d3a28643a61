"""Work out constraints.txt: exact versions of everything that shipui, its extras, its developers and its build use.

pyproject.toml is the one place that names what is wanted. `--list dev` prints the developers' part of it, for pips that do not know
dependency groups yet. Needs pip 22.2 or newer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OTHER_PYTHONS = ("3.12", "3.13")

HEADER = """\
# Exact versions of everything that is installed: the program, its extras, what its developers use and what builds it.
# Made by `make lock` on Python {version}, from the newest versions that pyproject.toml allows; good for Python 3.11 to 3.13.
# Not to be edited by hand.
"""


def wanted(project: dict[str, Any]) -> list[str]:
    needed: list[str] = list(project["project"]["dependencies"])
    for extra in project["project"].get("optional-dependencies", {}).values():
        needed += extra
    needed += project["dependency-groups"]["dev"]
    needed += project["build-system"]["requires"]
    return [*needed, "editables"]  # hatchling asks for it when it builds an editable install


def resolve(requirements: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip("install", "--dry-run", "--ignore-installed", "--report", str(report), *requirements)
        found = json.loads(report.read_text())["install"]
    return sorted(f"{each['metadata']['name'].lower()}=={each['metadata']['version']}" for each in found)


def check(pins: list[str], python: str) -> None:
    """That every one of them has a wheel for another Python."""
    with tempfile.TemporaryDirectory() as folder:
        where = ("--target", folder, "--python-version", python, "--only-binary", ":all:")
        pip("install", "--dry-run", "--no-deps", *where, *pins)


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments], check=True)


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if sys.argv[1:] == ["--list", "dev"]:
        print("\n".join(project["dependency-groups"]["dev"]))
        return
    pins = resolve(wanted(project))
    for python in OTHER_PYTHONS:
        check(pins, python)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (ROOT / "constraints.txt").write_text(HEADER.format(version=version) + "\n".join(pins) + "\n")
    print(f"constraints.txt: {len(pins)} packages")


if __name__ == "__main__":
    main()
