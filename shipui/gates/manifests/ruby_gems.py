"""Gemfile, *.gemspec and Gemfile.lock; line by line."""

from __future__ import annotations

import re

from shipui.gates.manifests.dependency import Dependency, Manifest, Source

_GEM = re.compile(
    r"""^\s*(?:gem|\w+\.add_(?:runtime_|development_)?dependency)[\s(]+["'](?P<name>[\w.-]+)["'](?P<rest>.*)$"""
)
_VERSION = re.compile(r"""^\s*,\s*(?P<versions>(?:\[?["'][^"']+["']\]?\s*,?\s*)+)(?!\s*=>)""")
_ELSEWHERE = re.compile(
    r"""(?::|\b)(?P<key>git|github|gitlab|bitbucket|gist|path|source)(?::|["']?\s*=>)\s*["'](?P<address>[^"']+)["']"""
)
_BLOCK = re.compile(r"""^\s*(?P<key>git|path|source|github|group)\b[\s(]+(?P<rest>.*?)\)?\s*do\b""")
_SOURCE = re.compile(r"""^\s*source[\s(]+["'](?P<address>[^"']+)["']\)?\s*$""")
_REF = re.compile(r"""\bref(?::|["']?\s*=>)\s*["'][0-9a-f]{40}["']""")
_LOCKED = re.compile(r"^    (?P<name>[\w.-]+) \((?P<version>[^)]+)\)\s*$")
_REMOTE = re.compile(r"^  remote: (?P<address>\S+)")
_KINDS = {"git": Source.GIT, "github": Source.GIT, "gitlab": Source.GIT, "bitbucket": Source.GIT, "gist": Source.GIT, "path": Source.PATH,
          "source": Source.URL}  # fmt: skip
_USUAL = "rubygems.org"


def read(text: str) -> Manifest:
    found: list[Dependency] = []
    indexes: set[str] = set()
    blocks: list[tuple[Source, str, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        if opening := _BLOCK.match(line):
            address = match.group(1) if (match := re.search(r"""["']([^"']+)["']""", opening["rest"])) else ""
            kind = Source.REGISTRY if opening["key"] == "group" or _USUAL in address else _KINDS[opening["key"]]
            blocks.append((kind, address, opening["rest"] if opening["key"] == "group" else ""))
        elif re.match(r"^\s*end\b", line) and blocks:
            blocks.pop()
        elif source := _SOURCE.match(line):
            indexes |= {source["address"]} if _USUAL not in source["address"] else set()
        elif gem := _GEM.match(line):
            found.append(_one(gem["name"], gem["rest"].partition(" #")[0], blocks[-1] if blocks else None, number))
    return Manifest(tuple(found), indexes=frozenset(indexes))


def _one(name: str, rest: str, block: tuple[Source, str, str] | None, line: int) -> Dependency:
    source, address, group = block or (Source.REGISTRY, "", "")
    if elsewhere := _ELSEWHERE.search(rest):
        source, address = _KINDS[elsewhere["key"]], elsewhere["address"]
    versions = match["versions"] if (match := _VERSION.match(rest)) else ""
    version = ", ".join(re.findall(r"""["']([^"']+)["']""", versions))
    fixed = bool(re.fullmatch(r"=?\s*\d[\w.]*", version)) if source is Source.REGISTRY else bool(_REF.search(rest))
    loose = source is Source.REGISTRY and not version
    return Dependency(
        "RubyGems",
        name,
        version.lstrip("= ") if fixed else version,
        group.strip(),
        source,
        address,
        fixed=fixed,
        loose=loose,
        line=line,
    )


def read_lock(text: str) -> Manifest:
    found: list[Dependency] = []
    section, remote = "GEM", ""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"^[A-Z]", line):
            section, remote = line.strip(), ""
        elif match := _REMOTE.match(line):
            remote = match["address"]
        elif (locked := _LOCKED.match(line)) and section in {"GEM", "GIT", "PATH"}:
            source = {"GIT": Source.GIT, "PATH": Source.PATH}.get(section, Source.REGISTRY)
            found.append(
                Dependency(
                    "RubyGems",
                    locked["name"],
                    locked["version"],
                    source=source,
                    address=remote,
                    fixed=True,
                    line=number,
                )
            )
    return Manifest(tuple(found))
