"""Dockerfile: the images that its stages, and its COPY --from, are made from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.manifests.dependency import Dependency, Manifest

_FROM = re.compile(r"^FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
_COPY = re.compile(r"^(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=(?P<image>\S+)", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=\S*\bfrom=(?P<image>[^\s,]+)")
_ARG = re.compile(r"^ARG\s+(?P<name>\w+)(?:=(?P<value>\S*))?", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}|\$(?P<bare>\w+)")
_CHOSEN = re.compile(r"\$\{?(?P<name>\w+)\}?(?::(?P<tag>[^\s$]+))?")
"""An image of which only whoever builds knows the name."""
_HEREDOC = re.compile(r"<<-?\s*[\"']?(?P<end>\w+)[\"']?")


def read(text: str) -> Manifest:
    found: list[Dependency] = []
    stages: set[str] = set()
    arguments: dict[str, str] = {}
    for number, instruction in _instructions(text):
        if (argument := _ARG.match(instruction)) and argument["value"] is not None:
            arguments.setdefault(argument["name"], argument["value"].strip("\"'"))
        elif opening := _FROM.match(instruction):
            found += _image(_filled(opening["image"], arguments), "FROM", stages, number)
            stages |= {opening["stage"].lower()} if opening["stage"] else set()
        elif copied := _COPY.match(instruction) or _MOUNT.search(instruction):
            found += _image(_filled(copied["image"], arguments), "COPY --from", stages, number)
    return Manifest(tuple(found))


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Lines that go on are one, comments and here-documents are left out."""
    held, start, end = "", 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if end:
            end = "" if line.strip() == end else end
            continue
        if line.lstrip().startswith("#"):
            continue
        start = start if held else number
        if line.rstrip().endswith(("\\", "`")):
            held += line.rstrip()[:-1] + " "
            continue
        whole = (held + line).strip()
        held = ""
        if whole:
            heredoc = _HEREDOC.search(whole) if whole[:4].upper() in {"RUN ", "COPY", "ADD "} else None
            end = heredoc["end"] if heredoc else ""
            yield start, whole
    if held.strip():
        yield start, held.strip()


def _filled(image: str, arguments: dict[str, str]) -> str:
    return _VARIABLE.sub(
        lambda match: arguments.get(match["name"] or match["bare"]) or match["default"] or match.group(0), image
    )


def _image(written: str, group: str, stages: set[str], line: int) -> list[Dependency]:
    if written.lower() in stages or written.lower() == "scratch" or written.isdigit():
        return []
    return [image(written, group, line)]


def image(written: str, group: str, line: int) -> Dependency:
    """registry.example/team/app:1.2@sha256:…"""
    rest, _, digest = written.partition("@")
    if chosen := _CHOSEN.fullmatch(rest):
        name = f"the image that {chosen['name']} names"
        return Dependency("Docker", name, chosen["tag"] or "", group, loose=not chosen["tag"], line=line)
    name, tag = rest, ""
    if ":" in rest.rpartition("/")[2]:
        name, _, tag = rest.rpartition(":")
    return Dependency("Docker", name, tag or digest, group, fixed=bool(digest), loose=not digest and (tag or "latest") == "latest", digest=digest,
                      line=line)  # fmt: skip
