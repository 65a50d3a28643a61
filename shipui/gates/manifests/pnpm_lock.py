"""pnpm-lock.yaml, versions 5 to 9. Its section of packages is read line by line: a YAML parser takes minutes for a large one."""

from __future__ import annotations

import re
from dataclasses import replace

from shipui.gates.manifests.dependency import Dependency, Manifest, Source, Unreadable

_SECTION = re.compile(r"^(?P<name>[A-Za-z]+):")
_KEY = re.compile(r"^  '?(?P<key>[^'\s][^']*?)'?:\s*(?:\{\})?\s*$")
_NAMED = re.compile(r"^/?(?P<name>(?:@[^/@]+/)?[^/@]+)[@/](?P<version>[^(_]+)")
_RESOLUTION = re.compile(r"(?P<key>integrity|tarball|repo|commit|type|directory): *'?(?P<value>[^,}'\s]+)")


def read(text: str) -> Manifest:
    if not re.search(r"^lockfileVersion:", text, re.MULTILINE):
        raise Unreadable("is no pnpm-lock.yaml: it names no lockfileVersion")
    if re.search(r"^(?:<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
        raise Unreadable("holds the marks of a merge that was not finished")
    manifest, odd = _read(text, "")
    return replace(manifest, unread=(f"names a package that is not understood (line {odd[0]})",)) if odd else manifest


def read_piece(text: str) -> Manifest:
    return _read(text, "packages")[0]


def _read(text: str, section: str) -> tuple[Manifest, list[int]]:
    """And the lines of entries that are not understood."""
    found: list[Dependency] = []
    odd: list[int] = []
    key, line, fields = "", 0, dict[str, str]()
    for number, each in enumerate(text.split("\n"), 1):
        if opening := _SECTION.match(each):
            found += _finished(key, fields, line)
            section, key, fields = opening["name"], "", {}
        elif section != "packages":
            continue
        elif entry := _KEY.match(each):
            found += _finished(key, fields, line)
            key, line, fields = entry["key"], number, {}
            odd += [number] if _NAMED.match(key) is None else []
        elif each.startswith("  ") and not each.startswith("   ") and each.strip():
            odd.append(number)
        elif each.startswith("    ") and not each.startswith("      dep"):
            if "requiresBuild: true" in each:
                fields["build"] = "true"
            for pair in _RESOLUTION.finditer(each[:2000]):
                fields.setdefault(pair["key"], pair["value"])
    return Manifest((*found, *_finished(key, fields, line))), odd


def _finished(key: str, fields: dict[str, str], line: int) -> list[Dependency]:
    named = _NAMED.match(key)
    if named is None or not (fields or key):
        return []
    name, version = named["name"], named["version"]
    source = Source.REGISTRY
    address = fields.get("tarball", "") or fields.get("repo", "")
    if fields.get("type") == "git" or "codeload.github.com" in key or "git+" in key or fields.get("repo"):
        source, address = Source.GIT, address or version
    elif version.startswith(("http:", "https:")):
        source, address = Source.URL, version
    elif fields.get("type") == "directory" or version.startswith(("file:", "link:")):
        source, address = Source.PATH, fields.get("directory", version)
    if source is Source.REGISTRY and not re.match(r"\d", version):
        return []
    return [
        Dependency(
            "npm", name, version, source=source, address=address, fixed=True, digest=fields.get("integrity", ""),
            install_script="build" in fields, line=line,
        )
    ]  # fmt: skip
