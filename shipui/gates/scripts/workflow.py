"""The analyser of GitHub's workflows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from shipui.gates.base import ChangedFile, needs_review
from shipui.gates.scripts.command_lines import found_in, logical_lines
from shipui.gates.scripts.reporting import Place, findings_at
from shipui.model.findings import Finding, Severity

_NAME = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$|(?:^|/)action\.ya?ml$")
_UNTRUSTED = re.compile(
    r"\$\{\{[^}]{0,200}\b(?:github\.event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.\w+))|comment\.body|review(?:_comment)?\.body|discussion\.(?:title|body)|"
    r"head_commit\.(?:message|author\.(?:name|email))|commits[.\[][^}]{0,60}(?:message|author)|pages[.\[][^}]{0,40}page_name|workflow_run\.(?:head_branch|head_commit\.message|display_title)|client_payload[^}]{0,60}|inputs\.[\w-]+)|github\.head_ref|inputs\.[\w-]+)"
)
_INPUT = re.compile(r"\$\{\{[^}]{0,80}\binputs\.")
_HEAD = re.compile(
    r"github\.event\.(?:pull_request\.(?:head|number|merge_commit_sha)|workflow_run\.head|issue\.number)|github\.head_ref|refs/pull/"
)
_SECRET = re.compile(r"\$\{\{\s*(?:secrets\.(?!GITHUB_TOKEN\b)[\w-]+|toJSON\(\s*secrets\s*\))\s*\}\}", re.IGNORECASE)
_PRINTED = re.compile(r"(?:^|[;&|]|\bthen|\bdo)\s*(?:echo|printf|print|cat\s*<<<)\s(?P<what>[^|\n]*)$")
_SENT = re.compile(
    r"\b(?:curl|wget|nc|http)\b[^\n]{0,300}toJSON\(\s*secrets\s*\)|toJSON\(\s*secrets\s*\)[^\n]{0,200}\|[^\n]{0,80}\b(?:curl|wget|nc)\b"
    r"|\|\s*(?:base64|xxd|gzip|rev)\b[^\n]{0,80}\|[^\n]{0,40}\b(?:curl|wget|nc)\b",
    re.IGNORECASE,
)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST = 200_000
_RISKY_EVENTS = frozenset({"pull_request_target", "workflow_run", "issue_comment"})


class WorkflowAnalyser:
    name = "workflow"

    def wants(self, file: ChangedFile) -> bool:
        return not file.is_link and _NAME.search(file.path) is not None

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        places: list[Place] = []
        for fragment in file.texts():
            if len(fragment.text) > _LARGEST:
                return [needs_review(file.path, None, "is too large for a workflow")]
            try:
                root = yaml.compose(fragment.text, Loader=_LOADER)
            except (yaml.YAMLError, RecursionError, ValueError):
                if file.head is not None:
                    return [needs_review(file.path, None, "does not parse as YAML")]
                places += _by_lines(list(fragment.lines), fragment.start)
                continue
            if root is not None:
                events = _events(root)
                places += _places(root, events, fragment.start - 1, 0)
        return findings_at(file, places)


def _events(root: yaml.Node) -> frozenset[str]:
    for key, value in _pairs(root):
        if key in ("on", "true"):
            if isinstance(value, yaml.ScalarNode):
                return frozenset({value.value})
            if isinstance(value, yaml.SequenceNode):
                return frozenset(each.value for each in value.value if isinstance(each, yaml.ScalarNode))
            return frozenset(name for name, _ in _pairs(value))
    return frozenset()


def _pairs(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value


def _places(node: yaml.Node, events: frozenset[str], shift: int, depth: int) -> Iterator[Place]:
    if depth > 40:
        return
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _places(each, events, shift, depth + 1)
        return
    uses = next(
        (value.value for key, value in _pairs(node) if key == "uses" and isinstance(value, yaml.ScalarNode)), ""
    )
    for key, value in _pairs(node):
        first, last = _lines_of(value, shift)
        if isinstance(value, yaml.ScalarNode):
            if key == "run" or (key == "script" and "github-script" in uses):
                yield from _script(value, first, last)
            elif key == "ACTIONS_ALLOW_UNSECURE_COMMANDS" and value.value.lower() == "true":
                yield Place("workflow-commands-from-output", first, last)
            elif key == "permissions" and value.value == "write-all":
                yield Place("workflow-write-all", first, last)
        elif key == "with":
            if "actions/checkout" in uses and events & _RISKY_EVENTS:
                yield from _checkout(value, shift)
            yield from (place for place in _with(uses, value, shift))
        else:
            yield from _places(value, events, shift, depth + 1)


def _with(uses: str, node: yaml.Node, shift: int) -> Iterator[Place]:
    for key, value in _pairs(node):
        if key == "script" and "github-script" in uses and isinstance(value, yaml.ScalarNode):
            first, last = _lines_of(value, shift)
            yield from _script(value, first, last, shell=False)


def _checkout(node: yaml.Node, shift: int) -> Iterator[Place]:
    for key, value in _pairs(node):
        if key in ("ref", "repository") and isinstance(value, yaml.ScalarNode) and _HEAD.search(value.value):
            first, last = _lines_of(value, shift)
            yield Place("workflow-untrusted-checkout", first, last)


def _script(node: yaml.ScalarNode, first: int, last: int, *, shell: bool = True) -> Iterator[Place]:
    block = node.style in ("|", ">")
    lines = node.value.split("\n")
    begin = first + 1 if block else first
    for place, line in enumerate(lines):
        number = min(begin + place, last) if block else first
        untrusted = _UNTRUSTED.search(line)
        if untrusted is not None and not line.lstrip().startswith("#"):
            yield Place("workflow-script-injection", number, number, Severity.MEDIUM if _INPUT.search(line) else None)
        if shell:
            if _SENT.search(line):
                yield Place("shell-secrets-sent", number, number)
            printed = _PRINTED.search(line)
            if (
                printed is not None
                and _SECRET.search(printed["what"])
                and not re.search(r">>?\s*\S|--password-stdin", printed["what"])
            ):
                yield Place("workflow-secret-printed", number, number)
    if shell:
        for start, end, text in logical_lines(lines):
            for rule, detail in found_in(text, stops_at_unset=True):
                number = min(begin + start, last) if block else first
                yield Place(rule, number, min(begin + end, last) if block else last, None, detail)


def _by_lines(lines: list[str], start: int) -> Iterator[Place]:
    """A piece of a workflow that is no YAML by itself: only what one line tells."""
    for place, line in enumerate(lines):
        if (
            re.match(r"\s*(?:-\s*)?(?:run:)?\s*\S", line)
            and _UNTRUSTED.search(line)
            and re.search(r"\brun:|echo|\$\(|&&|=", line)
        ):
            yield Place("workflow-script-injection", start + place, start + place)


def _lines_of(node: yaml.Node, shift: int) -> tuple[int, int]:
    first = node.start_mark.line + 1 + shift
    end = node.end_mark.line + 1 + shift
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        end -= 1
    return first, max(first, end)
