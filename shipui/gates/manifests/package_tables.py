"""Lock files that are TOML with a [[package]] for each: uv.lock, poetry.lock, pdm.lock and Cargo.lock; and Pipfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from shipui.gates.manifests.dependency import Dependency, Manifest, Source, Unreadable
from shipui.gates.manifests.json_reading import read_object, table
from shipui.gates.manifests.python_requirements import normal
from shipui.gates.manifests.toml_reading import LONGEST, pairs, read_toml, value_of

_HASH = re.compile(r"hash = \"([a-z0-9]+:[0-9a-f]+)\"")
_KINDS = (("git", Source.GIT), ("editable", Source.PATH), ("virtual", Source.WORKSPACE), ("directory", Source.PATH), ("path", Source.PATH),
          ("url", Source.URL), ("file", Source.PATH), ("workspace", Source.WORKSPACE))  # fmt: skip


def read_python(text: str) -> Manifest:
    return Manifest(tuple(_python(_packages(text))))


def read_cargo(text: str) -> Manifest:
    return Manifest(tuple(_cargo(_packages(text))))


def read_python_piece(text: str) -> Manifest:
    return Manifest(tuple(_python(_pieces(text))))


def read_cargo_piece(text: str) -> Manifest:
    return Manifest(tuple(_cargo(_pieces(text))))


def read_pipfile_lock(text: str) -> Manifest:
    whole = read_object(text)
    found = []
    for group in ("default", "develop"):
        for name, written in table(whole.get(group), group).items():
            entry = table(written, group)
            source = Source.GIT if "git" in entry else Source.PATH if "path" in entry else Source.REGISTRY
            hashes = ",".join(sorted(map(str, entry.get("hashes") or [])))
            version = str(entry.get("version") or entry.get("ref") or "").lstrip("=")
            found.append(
                Dependency(
                    "PyPI", normal(name), version, group, source, str(entry.get("git") or ""), fixed=True, digest=hashes
                )
            )
    return Manifest(tuple(found))


def _packages(text: str) -> list[dict[str, Any]]:
    if len(text) > LONGEST:
        packages = list(_pieces(text))
        if len(packages) != text.count("[[package]]"):
            raise Unreadable("is very long and not laid out as such a lock file is")
        return packages
    packages = read_toml(text).get("package", [])
    if not isinstance(packages, list) or not all(isinstance(each, dict) for each in packages):
        raise Unreadable("has packages in a form that is not understood")
    return packages


def _pieces(text: str) -> Iterator[dict[str, Any]]:
    """From a stretch of the file: each package of which name and version are shown."""
    current: dict[str, Any] = {}
    for line, section, key, value in pairs(text):
        if section == "package" and not key and not value:
            if "name" in current and "version" in current:
                yield current
            current = {"line": line}
        elif key in {"name", "version", "source", "checksum"} and section in {"package", ""}:
            if key == "name" and "name" in current and "version" in current:
                yield current
                current = {}
            current.setdefault("line", line)
            current[key] = value_of(value)
        elif digest := _HASH.search(value):
            current.setdefault("wheels", []).append({"hash": digest.group(1)})
    if "name" in current and "version" in current:
        yield current


def _python(packages: Any) -> Iterator[Dependency]:
    for each in packages:
        written = each.get("source")
        source, address = _python_source(written if isinstance(written, dict) else {})
        if source is Source.WORKSPACE:
            continue
        files = each.get("files") or [
            *([each["sdist"]] if isinstance(each.get("sdist"), dict) else []),
            *(each.get("wheels") or []),
        ]
        hashes = sorted(str(file.get("hash")) for file in files if isinstance(file, dict))
        yield Dependency(
            "PyPI", normal(str(each.get("name", "?"))), str(each.get("version", "")), source=source, address=address, fixed=True,
            digest=",".join(hashes), line=each.get("line"),
        )  # fmt: skip


def _python_source(written: dict[str, Any]) -> tuple[Source, str]:
    if "registry" in written:
        return Source.REGISTRY, str(written["registry"])
    if (kind := written.get("type")) and kind != "legacy":
        kinds = {"git": Source.GIT, "url": Source.URL, "directory": Source.PATH, "file": Source.PATH}
        return kinds.get(str(kind), Source.URL), str(written.get("url", ""))
    if written.get("type") == "legacy":
        return Source.REGISTRY, str(written.get("url", ""))
    for key, source in _KINDS:
        if key in written:
            return (Source.WORKSPACE if written[key] == "." else source), str(written[key])
    return Source.REGISTRY, ""


def _cargo(packages: Any) -> Iterator[Dependency]:
    for each in packages:
        written = str(each.get("source") or "")
        if not written and "line" not in each:
            continue  # a member of the workspace
        source = Source.GIT if written.startswith("git+") else Source.REGISTRY
        address = re.sub(r"^(?:registry|sparse|git)\+", "", written)
        yield Dependency(
            "crates.io", str(each.get("name", "?")), str(each.get("version", "")), source=source, address=address, fixed=True,
            digest=str(each.get("checksum") or ""), line=each.get("line"),
        )  # fmt: skip
