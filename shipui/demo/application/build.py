"""Makes release/: checks that every file is Python, runs the tests, and copies what production needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RELEASE = HERE / "release"


def main() -> None:
    print("Checking the sources …", flush=True)
    for path in sorted(HERE.glob("notes/**/*.py")):
        check(path)
    print("Running the tests …", flush=True)
    run_tests()
    print("Making the release …", flush=True)
    make_release()
    print(f"Notes {version()} is built.", flush=True)


def check(path: Path) -> None:
    try:
        compile(path.read_bytes(), str(path.relative_to(HERE)), "exec")
    except SyntaxError as error:
        where = f"{error.filename}, line {error.lineno}"
        sys.exit(f"error: {where}: {error.msg}\n    {(error.text or '').strip()}")


def run_tests() -> None:
    command = [
        sys.executable,
        "-B",
        "-m",
        "unittest",
        "discover",
        "--start-directory",
        "notes/tests",
        "--top-level-directory",
        ".",
    ]
    if subprocess.run(command, cwd=HERE, check=False).returncode != 0:
        sys.exit("error: a test failed")


def make_release() -> None:
    shutil.rmtree(RELEASE, ignore_errors=True)
    shutil.copytree(HERE / "notes", RELEASE / "notes", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    shutil.copytree(HERE / "migrations", RELEASE / "migrations")
    built = {
        "version": version(),
        "build": os.environ.get("SHIPUI_BUILD", ""),
        "commit": os.environ.get("SHIPUI_COMMIT", ""),
    }
    (RELEASE / "version.json").write_text(json.dumps(built, indent=2) + "\n", encoding="utf-8")


def version() -> str:
    return (HERE / "VERSION").read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    main()
