"""One Python requirement, as PEP 508 and pip write it, and files of them: requirements*.txt, constraints, *.in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from shipui.gates.manifests.dependency import Dependency, Manifest, Source

_HASH = re.compile(r"\s--hash[= ](?P<hash>[a-z0-9]+:[0-9a-fA-F]+)")
_OPTIONS = re.compile(r"\s--(?:hash|config-settings?|global-option|install-option)[= ]\S+")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INDEX = re.compile(r"^(?:-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)[\s=]+(?P<address>\S+)")
_EDITABLE = re.compile(r"^(?:-e|--editable)[\s=]+(?P<what>.+)$")
_QUIET_OPTIONS = ("-r", "-c", "--requirement", "--constraint", "--no-index", "--no-binary", "--only-binary", "--prefer-binary", "--pre",
                  "--require-hashes", "--use-feature", "--no-build-isolation", "--use-pep517")  # fmt: skip
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9._-]+)")
_COMMIT = re.compile(r"@[0-9a-f]{40}(?:#|$)")
_ADDRESS = re.compile(r"^(?:git\+|hg\+|svn\+|bzr\+|https?://|file:)", re.IGNORECASE)
LONGEST = 20_000
"""Of a requirement, with its hashes."""
_SEPARATORS = re.compile(r"[-_.]+")


def normal(name: str) -> str:
    """PEP 503: Foo.Bar_baz is foo-bar-baz."""
    return _SEPARATORS.sub("-", name).lower()


def read(text: str) -> Manifest:
    found, indexes, unread = [], set(), []
    for number, line in _logical_lines(text):
        if index := _INDEX.match(line):
            indexes.add(index["address"])
        elif line.startswith(_QUIET_OPTIONS):
            continue
        elif len(line) <= LONGEST and (requirement := parsed(line, line_number=number)):
            found.append(requirement)
        else:
            unread.append(f"has a line that is no requirement (line {number}: {line[:40]!r})")
    return Manifest(tuple(found), indexes=frozenset(indexes), unread=tuple(unread))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    held, start = "", 0
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        start = start if held else number
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", held + line).strip()
        held = ""
        if whole:
            yield start, whole


def parsed(written: str, *, group: str = "", line_number: int | None = None) -> Dependency | None:
    """None: this is no requirement."""
    digest = match["hash"] if (match := _HASH.search(written)) else ""
    bare = _OPTIONS.sub("", written).strip()
    if editable := _EDITABLE.match(bare):
        return _direct(editable["what"].strip(), group, line_number)
    if _ADDRESS.match(bare) or bare.startswith((".", "/")) or bare.endswith((".whl", ".tar.gz", ".zip")):
        return _direct(bare, group, line_number)
    try:
        requirement = Requirement(bare)
    except InvalidRequirement:
        return None
    name = normal(requirement.name)
    if requirement.url:
        source = (
            Source.GIT
            if requirement.url.startswith("git+")
            else Source.PATH
            if requirement.url.startswith("file:")
            else Source.URL
        )
        fixed = bool(_COMMIT.search(requirement.url)) or "sha256=" in requirement.url
        return Dependency("PyPI", name, requirement.url, group, source, requirement.url, fixed=fixed, line=line_number)
    specifiers = list(requirement.specifier)
    fixed = any(each.operator in {"==", "==="} and not each.version.endswith("*") for each in specifiers)
    version = (
        next((each.version for each in specifiers if each.operator in {"==", "==="}), "")
        if fixed
        else str(requirement.specifier)
    )
    return Dependency("PyPI", name, version, group, fixed=fixed, loose=not specifiers, digest=digest, line=line_number)


def _direct(what: str, group: str, line: int | None) -> Dependency:
    """A requirement that is an address or a path."""
    source = (
        Source.GIT
        if what.startswith(("git+", "hg+", "svn+", "bzr+"))
        else Source.URL
        if what.startswith("http")
        else Source.PATH
    )
    name = (
        match["name"]
        if (match := _EGG.search(what))
        else what.partition("#")[0].partition("@")[0].rstrip("/").rpartition("/")[2]
    )
    name = re.sub(r"(?:\.git|-\d[\w.+-]*?(?:\.whl|\.tar\.gz|\.zip))$", "", name) or what
    fixed = bool(_COMMIT.search(what)) or "sha256=" in what
    return Dependency("PyPI", normal(name), what, group, source, what, fixed=fixed, line=line)
