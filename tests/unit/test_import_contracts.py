"""Which part may import which: the contracts of pyproject.toml hold, and each of them catches what it is there for."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shipui"
CHECK = PACKAGE / "demo" / "check.py"

HEAVY = ("textual", "psycopg", "git", "docker", "github")

VIOLATIONS = {
    "the model reads a file": ("model/steps.py", "import pathlib", "model is pure"),
    "the model knows a limit": ("model/steps.py", "import shipui.limits.deadline", "Imports run one way"),
    "a limit reads settings": ("limits/deadline.py", "import shipui.config.settings", "Imports run one way"),
    "a runner knows the pipeline": ("runs/runner.py", "import shipui.pipeline.deployment", "Imports run one way"),
    "a step chooses an implementation": ("pipeline/steps/validate.py", "import shipui.sandboxes.git", "Only install"),
    "an action chooses an implementation": ("actions/deploy.py", "import shipui.sandboxes.git", "Only install"),
    "a runtime knows a database": ("runtimes/base.py", "import shipui.databases.base", "another kind's"),
    "an action paints": ("actions/deploy.py", "import textual", "knows that there are screens"),
    "the command line paints, late": (
        "cli/__init__.py",
        "def show():\n    import textual.app",
        "knows that there are screens",
    ),
    "an action knows the screens": ("actions/deploy.py", "import shipui.tui.screens", "Imports run one way"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "shipui", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_violation_is_caught(violation: str, copy: Path) -> None:
    name, statement, contract = VIOLATIONS[violation]
    path = copy / "shipui" / name
    if not path.exists():
        path.write_text("")
    path.write_text(f"{path.read_text()}\n{statement}\n")
    result = lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert any(contract in line for line in broken), result.stdout


def test_the_demos_check_looks_from_outside() -> None:
    """It may not believe what shipui says of itself, so it imports nothing of it."""
    imported = set()
    for node in ast.walk(ast.parse(CHECK.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import is one of shipui"
            imported.add(node.module or "")
    assert not {name for name in imported if name.split(".")[0] == "shipui"}


def test_a_cold_start_loads_nothing_heavy() -> None:
    """Every command pays for what is imported at the top."""
    program = "import sys, shipui.cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "shipui" in result.stdout.split()
    assert set(HEAVY).isdisjoint(result.stdout.split())
