"""The analyser of secrets: every text file that changed, whatever its language.

What a finding shows of the line is masked when it is made. Its fingerprint depends on the line without the secret and on a
short check of the secret, so that another secret in the same place is another finding: of a token by its shape, which nobody
can guess, 64 bits of a digest; of a password, which somebody might, 8 bits, which tell a guesser next to nothing.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator

from shipui.gates.base import ChangedFile
from shipui.gates.rules.secrets import BY_ID
from shipui.gates.secrets.detection import Spot, spots
from shipui.gates.secrets.masking import MASK, masked
from shipui.model.findings import Finding, Severity

_LOCKS = frozenset(
    [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "pipfile.lock",
        "cargo.lock",
        "composer.lock",
        "gemfile.lock",
        "go.sum",
        "go.mod",
        "bun.lock",
        "flake.lock",
        "deno.lock",
        "constraints.txt",
        "mix.lock",
        "packages.lock.json",
        "paket.lock",
        "podfile.lock",
        "pubspec.lock",
        ".secrets.baseline",
    ]
)
_MACHINE_MADE = re.compile(
    r"(?:\.min\.(?:js|css)|\.map|\.svg|\.lock|\.sum|\.ipynb|\.po|\.pot|\.snap|\.csv|\.tsv|\.geojson)$", re.IGNORECASE
)
_TRIES = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|specs|testdata|fixtures?|mocks?|__mocks__|examples?|samples?|e2e|cypress)/|(?:^|/)(?:test_[^/]*|[^/]*_test\.\w+|[^/]*\.(?:test|spec)\.\w+|conftest\.py)$",
    re.IGNORECASE,
)
_EXAMPLE_FILE = re.compile(
    r"(?:\.example|\.sample|\.template|\.dist|\.tmpl|-example\.\w+|-sample\.\w+)$|(?:^|/)(?:example|sample)[^/]*$",
    re.IGNORECASE,
)


class SecretsAnalyser:
    name = "secrets"

    def wants(self, file: ChangedFile) -> bool:
        return True

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        name = file.name.lower()
        generic = (
            name not in _LOCKS
            and not _MACHINE_MADE.search(name)
            and not _TRIES.search(file.path)
            and not _EXAMPLE_FILE.search(file.path)
        )
        findings = []
        for start, lines in _stretches(file):
            text = "\n".join(lines)
            offsets = _offsets(lines)
            for spot in spots(text, file.path, generic=generic):
                line = bisect_right(offsets, spot.start) - 1
                if start + line in file.added:
                    findings.append(_finding(file, spot, start + line, text))
        return findings


def _stretches(file: ChangedFile) -> Iterator[tuple[int, list[str]]]:
    """Added lines that stand together, with the lines after them that a private key may need: number of the first, lines."""
    numbers = sorted(file.added)
    first = 0
    while first < len(numbers):
        last = first
        while last + 1 < len(numbers) and numbers[last + 1] == numbers[last] + 1:
            last += 1
        yield numbers[first], [file.added[number] for number in numbers[first : last + 1]]
        first = last + 1


def _offsets(lines: list[str]) -> list[int]:
    offsets = []
    place = 0
    for line in lines:
        offsets.append(place)
        place += len(line) + 1
    return offsets


def _finding(file: ChangedFile, spot: Spot, number: int, text: str) -> Finding:
    rule = BY_ID[spot.rule]
    around = masked(_around(spot, text))
    severity = rule.severity
    if spot.test_only or ((not spot.surely or rule.id == "secret-private-key") and _TRIES.search(file.path)):
        severity = Severity.MEDIUM
    return rule.finding(
        file.path,
        number,
        statement=f"{around} {_check(text[spot.start : spot.end], rule.id, file.path, spot.surely)}",
        severity=severity,
        evidence=around,
    )


def _around(spot: Spot, text: str) -> str:
    """What stands before the secret on its line, and a mask: of a line of a megabyte only the end of it."""
    begin = text.rfind("\n", 0, spot.start) + 1
    before = text[max(begin, spot.start - 120) : spot.start]
    return f"{before.lstrip()}{MASK}"


def _check(secret: str, rule: str, path: str, surely: bool) -> str:
    digest = hashlib.sha256(f"{rule}\0{path}\0{secret}".encode("utf-8", "surrogatepass")).hexdigest()
    return digest[:16] if surely and rule != "secret-password-in-address" else digest[:2]
