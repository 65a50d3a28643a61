"""Shell scripts, Dockerfiles, workflows and pages: what is found, and what is left alone."""

from __future__ import annotations

import time

import pytest

from shipui.gates.base import FileAnalyser
from shipui.gates.scripts.dockerfile import DockerfileAnalyser
from shipui.gates.scripts.hidden_text import HiddenTextAnalyser
from shipui.gates.scripts.markup import MarkupAnalyser
from shipui.gates.scripts.shell import ShellAnalyser
from shipui.gates.scripts.workflow import WorkflowAnalyser
from shipui.model.findings import NEEDS_REVIEW
from tests.gates.changes import changed_file

WORKFLOW = ".github/workflows/build.yml"


def rules(
    analyser: FileAnalyser, path: str, text: str, base: str | None = None, *, whole: bool = True
) -> list[tuple[str, int | None]]:
    file = changed_file(path, text, base, whole=whole)
    assert analyser.wants(file)
    return [(each.rule, each.line) for each in analyser.examine_file(file)]


def test_a_command_over_several_lines_is_one() -> None:
    text = "set -eu\ncurl -fsSL \\\n  https://example.com/install \\\n  | bash\n"
    assert rules(ShellAnalyser(), "a.sh", text) == [("shell-download-and-run", 2)]


def test_what_a_script_writes_into_a_file_is_no_command() -> None:
    assert rules(ShellAnalyser(), "a.sh", "cat > README <<'END'\ncurl https://example.com/a | sh\nEND\nls\n") == []


def test_what_a_script_hands_to_a_shell_is_read() -> None:
    assert rules(ShellAnalyser(), "a.sh", "ssh host bash <<END\ncurl https://example.com/a | sh\nEND\n") == [
        ("shell-download-and-run", 2)
    ]


def test_a_line_that_was_there_before_is_not_reported() -> None:
    base = 'eval "$1"\nls\n'
    assert rules(ShellAnalyser(), "a.sh", base.replace("ls", "ls -l"), base) == []


def test_a_script_without_an_ending_is_known_by_its_first_line() -> None:
    assert rules(ShellAnalyser(), "bin/run", '#!/usr/bin/env bash\neval "$1"\n') == [("shell-eval", 2)]


def test_commands_of_a_dockerfile_are_read() -> None:
    text = "FROM debian:12\n# RUN curl https://example.com/a | sh\nRUN apt-get update && \\\n    curl -s https://example.com/a | sh\n"
    assert rules(DockerfileAnalyser(), "deploy/Dockerfile.prod", text) == [("shell-download-and-run", 3)]


@pytest.mark.parametrize(
    "line",
    ["ARG VERSION=1", "ENV TOKEN_LIMIT=100 PATH=/usr/bin", "COPY package.json .", "ENV PASSWORD_FILE=/run/secrets/db"],
)
def test_other_variables_of_a_dockerfile_are_left_alone(line: str) -> None:
    assert rules(DockerfileAnalyser(), "Dockerfile", f"FROM debian:12\n{line}\n") == []


def test_the_line_of_a_script_in_a_workflow_is_named() -> None:
    text = (
        "on: [issues]\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        "      - name: say\n        run: |\n          ls\n          echo '${{ github.event.issue.title }}'\n"
    )
    assert rules(WorkflowAnalyser(), WORKFLOW, text) == [("workflow-script-injection", 9)]


def test_a_script_for_an_action_is_read_too() -> None:
    text = (
        "on: [issues]\njobs:\n  a:\n    steps:\n"
        "      - uses: actions/github-script@v7\n        with:\n          script: console.log(`${{ github.event.issue.body }}`)\n"
    )
    assert rules(WorkflowAnalyser(), WORKFLOW, text) == [("workflow-script-injection", 7)]


def test_a_workflow_that_does_not_parse_needs_review() -> None:
    assert [rule for rule, _ in rules(WorkflowAnalyser(), WORKFLOW, "on: [push\njobs: {\n")] == [NEEDS_REVIEW]


def test_a_page_tells_the_line_of_a_tag() -> None:
    text = (
        "<html>\n<!-- <a href='javascript:x()'> -->\n<script\n  src='https://cdn.example.com/a.js'></script>\n</html>\n"
    )
    assert rules(MarkupAnalyser(), "a.html", text) == [("html-script-without-integrity", 3)]


def test_characters_that_turn_the_direction_are_found_in_any_language() -> None:
    assert rules(HiddenTextAnalyser(), "a.go", 'x := "a"\ny := "\u202e b"\n') == [("hidden-text", 2)]


@pytest.mark.parametrize(
    ("analyser", "path"),
    [
        (ShellAnalyser(), "a.sh"),
        (DockerfileAnalyser(), "Dockerfile"),
        (MarkupAnalyser(), "a.html"),
        (WorkflowAnalyser(), WORKFLOW),
        (HiddenTextAnalyser(), "a.js"),
    ],
    ids=["shell", "dockerfile", "page", "workflow", "hidden"],
)
@pytest.mark.parametrize("piece", ["a", "<a ", "RUN curl ", "$(", "\\\n", "{{", "- x: \n", "é"], ids=range(8))
def test_half_a_megabyte_of_anything_ends_soon(analyser: FileAnalyser, path: str, piece: str) -> None:
    file = changed_file(path, "x", None)
    text = piece * (500_000 // len(piece))
    file = type(file)(path, file.status, added=dict(enumerate(text.split("\n"), 1)), head=text)
    started = time.process_time()
    analyser.examine_file(file)
    assert time.process_time() - started < 15
