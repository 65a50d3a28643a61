"""What a command that shipui starts may know of the environment that shipui itself runs in: nothing that could be a secret."""

from __future__ import annotations

import os
import pwd


def clean_environment() -> dict[str, str]:
    base = {"PATH": os.environ.get("PATH") or os.defpath, "LANG": os.environ.get("LANG") or "C.UTF-8"}
    base["HOME"] = os.environ.get("HOME") or _home()
    if "TMPDIR" in os.environ:
        base["TMPDIR"] = os.environ["TMPDIR"]
    return base


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/"
