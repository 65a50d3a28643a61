"""The analyser of Dockerfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.base import ChangedFile
from shipui.gates.scripts.command_lines import found_in, logical_lines
from shipui.gates.scripts.reporting import Place, findings_at
from shipui.gates.secrets.placeholders import is_example, is_reference, names_no_secret
from shipui.model.findings import Finding

_NAME = re.compile(r"(?:^|/)(?:Dockerfile|Containerfile)[\w.-]*$|\.(?:dockerfile|Dockerfile)$")
_INSTRUCTION = re.compile(r"^\s*(?P<word>[A-Za-z]+)\s+(?P<rest>.*)$", re.DOTALL)
_FETCHED = re.compile(r"^(?:--\S+\s+)*https?://", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:password|passwd|pwd|secret|token|api_?key|apikey|private_?key|access_?key|credentials?|passphrase)(?:_\w+)?$"
)
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:=(?P<value>\"[^\"]*\"|'[^']*'|\S*))?")
_SECRET_FILE = re.compile(
    r"(?:^|[\s/\"'])(?:\.env(?:\.\w+)?|id_rsa|id_ed25519|\.npmrc|\.pypirc|\.netrc|\.aws/?\S*|\.ssh/?\S*|[\w.-]*\.(?:pem|p12|pfx))(?=[\s\"',]|$)"
)


class DockerfileAnalyser:
    name = "dockerfile"

    def wants(self, file: ChangedFile) -> bool:
        return not file.is_link and _NAME.search(file.path) is not None

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        return findings_at(file, self._places(file))

    def _places(self, file: ChangedFile) -> Iterator[Place]:
        for fragment in file.texts():
            for first, last, text in logical_lines(list(fragment.lines)):
                instruction = _INSTRUCTION.match(text)
                if instruction is None:
                    continue
                for rule, detail in _instruction(instruction["word"].upper(), instruction["rest"]):
                    yield Place(rule, fragment.start + first, fragment.start + last, None, detail)


def _instruction(word: str, rest: str) -> Iterator[tuple[str, str]]:
    if word in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL"):
        # What a container removes at build time is its own.
        yield from ((rule, detail) for rule, detail in found_in(rest) if rule != "shell-unset-removal")
    elif word == "ADD" and _FETCHED.match(rest) and "--checksum=" not in rest:
        yield "docker-add-address", ""
    elif word in ("COPY", "ADD") and _SECRET_FILE.search(rest) and "--from=" not in rest:
        yield "docker-secret-in-image", "A file with secrets becomes part of the image."
    elif word in ("ENV", "ARG"):
        yield from _variables(word, rest)


def _variables(word: str, rest: str) -> Iterator[tuple[str, str]]:
    if word == "ENV" and "=" not in rest.split(" ", 1)[0]:
        name, _, value = rest.partition(" ")
        pairs = [(name, value.strip())]
    else:
        pairs = [(found["name"], found["value"]) for found in _ASSIGNMENT.finditer(rest)]
    for name, value in pairs:
        bare = (value or "").strip("\"'")
        if not _SECRET_NAME.search(name) or names_no_secret(name):
            continue
        if word == "ARG" or (bare and not is_reference(bare) and not is_example(bare)):
            yield "docker-secret-in-image", ""
            return
