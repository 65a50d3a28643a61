"""pom.xml: dependencies, managed ones, plugins, extensions, the parent, and repositories."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from shipui.gates.manifests.dependency import Dependency, Manifest, Unreadable

_PROPERTY = re.compile(r"\$\{([^}]{1,120})\}")
_BLOCK = re.compile(r"<(?P<kind>dependency|plugin|parent|extension)>(?P<body>.*?)</(?P=kind)>", re.DOTALL)
_FIELD = re.compile(r"<(?P<key>groupId|artifactId|version|scope)>\s*(?P<value>[^<]*?)\s*</(?P=key)>")
_KINDS = ("dependency", "plugin", "parent", "extension")


def read(text: str) -> Manifest:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("declares entities of its own, so what it says cannot be trusted")
    try:
        root = ElementTree.fromstring(text.removeprefix("\ufeff"))  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise Unreadable(f"is no XML ({str(error)[:80]})") from error
    properties = {_local(each.tag): (each.text or "").strip() for part in _named(root, "properties") for each in part}
    found = [each for kind in _KINDS for part in _named(root, kind) for each in _one(part, kind, properties)]
    repositories = [
        url for kind in ("repository", "pluginRepository") for part in _named(root, kind) if (url := _text(part, "url"))
    ]
    return Manifest(tuple(found), indexes=frozenset(url for url in repositories if "repo.maven.apache.org" not in url))


def read_piece(text: str) -> Manifest:
    found = []
    for block in _BLOCK.finditer(text):
        fields: dict[str, str] = {}
        for field in _FIELD.finditer(block["body"]):
            fields.setdefault(field["key"], field["value"])
        if "artifactId" in fields:
            line = text.count("\n", 0, block.start()) + 1
            found.append(_made(fields, block["kind"], line))
    return Manifest(tuple(found))


def _one(part: ElementTree.Element, kind: str, properties: dict[str, str]) -> Iterator[Dependency]:
    fields = {key: _resolved(_text(part, key), properties) for key in ("groupId", "artifactId", "version", "scope")}
    if fields["artifactId"]:
        yield _made(fields, kind, None)


def _made(fields: dict[str, str], kind: str, line: int | None) -> Dependency:
    group = fields.get("groupId") or ("org.apache.maven.plugins" if kind == "plugin" else "?")
    version = fields.get("version") or ""
    fixed = bool(version) and not re.search(r"[\[(,$]|LATEST|RELEASE|SNAPSHOT", version)
    loose = version in {"LATEST", "RELEASE"}
    return Dependency(
        "Maven",
        f"{group}:{fields['artifactId']}",
        version,
        fields.get("scope") or kind,
        fixed=fixed,
        loose=loose,
        line=line,
    )


def _resolved(text: str, properties: dict[str, str]) -> str:
    for _ in range(4):
        text = _PROPERTY.sub(lambda match: properties.get(match.group(1), match.group(0)), text)
    return text


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (each for each in root.iter() if _local(each.tag) == name)


def _text(part: ElementTree.Element, name: str) -> str:
    return next(((each.text or "").strip() for each in part if _local(each.tag) == name), "")


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
