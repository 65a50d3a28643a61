"""yarn.lock, of the first yarn and of its successors. Read line by line: both are blocks with two spaces of indentation."""

from __future__ import annotations

import re

from shipui.gates.manifests.dependency import Dependency, Manifest, Source, Unreadable

_FIELD = re.compile(
    r'^  "?(?P<key>version|resolved|integrity|resolution|checksum|linkType)"?:? +"?(?P<value>[^"]*?)"?$'
)


def read(text: str) -> Manifest:
    manifest = read_piece(text)
    if not manifest.dependencies and text.strip() and not re.search(r"^(?:# yarn|__metadata:)", text, re.MULTILINE):
        raise Unreadable("is no yarn.lock that can be understood")
    if re.search(r"^(?:<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
        raise Unreadable("holds the marks of a merge that was not finished")
    return manifest


def read_piece(text: str) -> Manifest:
    found: list[Dependency] = []
    head, line, fields = "", 0, dict[str, str]()
    for number, each in enumerate(text.split("\n"), 1):
        if each and not each[0].isspace() and each.rstrip().endswith(":") and not each.startswith("#"):
            found += _finished(head, fields, line)
            head, line, fields = each.rstrip()[:-1], number, {}
        elif pair := _FIELD.match(each):
            fields.setdefault(pair["key"], pair["value"])
    return Manifest((*found, *_finished(head, fields, line)))


def _finished(head: str, fields: dict[str, str], line: int) -> list[Dependency]:
    """`head` names everything that this block answers: "lodash@^4.0.0, lodash@^4.17.21"."""
    version = fields.get("version", "")
    if not head or head == "__metadata" or not version:
        return []
    first = head.split(",", maxsplit=1)[0].strip().strip('"')
    at = first.find("@", 1)
    name, spec = (first[:at], first[at + 1 :]) if at > 0 else (first, "")
    resolution = fields.get("resolution", "")
    address = fields.get("resolved", "") or resolution
    if spec.startswith("workspace:") or "@workspace:" in resolution or fields.get("linkType") == "soft":
        return []
    source = Source.REGISTRY
    if any(mark in f"{spec} {address}" for mark in ("git+", "git@", ".git", "github:")) or "commit=" in address:
        source = Source.GIT
    elif spec.startswith(("file:", "link:", "portal:")):
        source = Source.PATH
    elif spec.startswith("http") or "@http" in resolution:
        source = Source.URL
    if spec.startswith("npm:") and "@" in spec[5:]:
        name = spec[4 : spec.rfind("@")]
    digest = fields.get("integrity", "") or fields.get("checksum", "") or address.partition("#")[2]
    return [Dependency("npm", name, version, source=source, address=address, fixed=True, digest=digest, line=line)]
