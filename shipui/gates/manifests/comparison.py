"""What changed between a manifest before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packaging.version import InvalidVersion, Version

from shipui.gates.manifests.dependency import Dependency, Manifest, Source

USUAL_HOSTS = frozenset(
    (
        "registry.npmjs.org", "registry.yarnpkg.com", "pypi.org", "files.pythonhosted.org", "github.com/rust-lang/crates.io-index",
        "index.crates.io", "rubygems.org", "codeload.github.com", "",
    )
)  # fmt: skip
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Difference:
    rule: str
    dependency: Dependency
    before: Dependency | None = None


def differences(base: Manifest, head: Manifest, *, lock: bool) -> Iterator[Difference]:
    before, after = _by_name(base), _by_name(head)
    hosts = {_host(each) for each in base.dependencies if each.source is Source.REGISTRY} | USUAL_HOSTS
    for name, entries in after.items():
        former = before.get(name)
        if former is None:
            yield from _new(entries, lock=lock)
        else:
            yield from _changed(former, entries, lock=lock)
        for each in entries:
            yield from _archive(each, hosts)
    for name, entries in before.items():
        if name not in after:
            yield Difference("dependency-gone", entries[0])


def _by_name(manifest: Manifest) -> dict[tuple[str, bool], list[Dependency]]:
    found: dict[tuple[str, bool], list[Dependency]] = {}
    for each in manifest.dependencies:
        found.setdefault((each.name, each.overrides), []).append(each)
    return found


def _signature(each: Dependency) -> tuple[object, ...]:
    elsewhere = each.address if each.source is not Source.REGISTRY else ""
    return (each.version, each.source, elsewhere, each.group, each.fixed)


def _new(entries: list[Dependency], *, lock: bool) -> Iterator[Difference]:
    seen = set()
    for each in entries:
        key = (each.version, each.source, each.address) if lock else (each.source, each.address)
        if key in seen:
            continue
        seen.add(key)
        yield Difference("dependency-locked" if lock else "dependency-new", each)
        if each.overrides:
            yield Difference("dependency-resourced", each)
        elif each.source in {Source.GIT, Source.URL}:
            yield Difference("dependency-from-elsewhere", each)
        if (each.loose or (each.source is Source.GIT and not each.fixed)) and not lock:
            yield Difference("dependency-unpinned", each)
        if each.install_script:
            yield Difference("dependency-install-script", each)


def _changed(former: list[Dependency], entries: list[Dependency], *, lock: bool) -> Iterator[Difference]:
    known = {_signature(each) for each in former}
    kept = {_signature(each) for each in entries}
    gone = [each for each in former if _signature(each) not in kept]
    for each in entries:
        same = next((other for other in former if _signature(other) == _signature(each)), None)
        if same is not None:
            if _swapped(same, each):
                yield Difference("dependency-swapped", each, same)
            continue
        if _signature(each) in known:
            continue
        before = next((other for other in gone if other.group == each.group), None) or (gone[0] if gone else former[0])
        yield from _one_changed(before, each, lock=lock)


def _one_changed(before: Dependency, each: Dependency, *, lock: bool) -> Iterator[Difference]:
    if each.source is not before.source or (each.source is not Source.REGISTRY and _place(each) != _place(before)):
        known = each.source in {Source.REGISTRY, Source.WORKSPACE, Source.PATH} and not each.overrides
        yield Difference("dependency-moved" if known else "dependency-resourced", each, before)
        if each.source is Source.GIT and not each.fixed:
            yield Difference("dependency-unpinned", each, before)
    elif not lock and ((before.fixed and not each.fixed) or (each.loose and not before.loose)):
        yield Difference("dependency-unpinned", each, before)
    elif each.version != before.version:
        yield Difference(
            "dependency-downgraded" if _older(each.version, before.version) else "dependency-bumped", each, before
        )
    else:
        yield Difference("dependency-moved", each, before)
    if each.install_script and not before.install_script:
        yield Difference("dependency-install-script", each, before)


def _place(each: Dependency) -> str:
    """The address without the commit or version in it."""
    return each.address.partition("#")[0].rpartition("@")[0] or each.address.partition("#")[0]


def _swapped(before: Dependency, after: Dependency) -> bool:
    """The same version with another content."""
    one, other = set(filter(None, before.digest.split(","))), set(filter(None, after.digest.split(",")))
    if not one or not other or one & other:
        return False
    return {_algorithm(each) for each in one} == {_algorithm(each) for each in other}


def _algorithm(digest: str) -> str:
    return re.split(r"[-:/]", digest)[0] if re.search(r"[-:/]", digest) else str(len(digest))


def _archive(each: Dependency, hosts: set[str]) -> Iterator[Difference]:
    """Where a lock file takes it from: another host, or another package's archive."""
    if each.source is not Source.REGISTRY or not each.address.startswith(("http:", "https:")):
        return
    if _host(each) not in hosts or each.address.startswith("http:"):
        yield Difference("dependency-from-elsewhere", each)
    path = unquote(urlsplit(each.address).path)
    if each.ecosystem == "npm" and "/-/" in path and not path.partition("/-/")[0].endswith("/" + each.name):
        yield Difference("dependency-swapped", each)


def _host(each: Dependency) -> str:
    try:
        parts = urlsplit(each.address)
    except ValueError:
        return "?"
    return parts.netloc if parts.netloc != "github.com" else f"github.com{parts.path}".removesuffix(".git")


def _older(new: str, old: str) -> bool:
    try:
        return Version(new.lstrip("^~=<> v").split(",")[0]) < Version(old.lstrip("^~=<> v").split(",")[0])
    except InvalidVersion:
        first, second = ([int(each) for each in _NUMBERS.findall(text)[:4]] for text in (new, old))
        return bool(first and second) and first < second
