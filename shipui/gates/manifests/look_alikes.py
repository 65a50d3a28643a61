"""Names that look like those of popular packages: what somebody registers who waits for a slip of the finger.

The popular names are data (gates/rules/popular_names/). A name that is itself on the list looks like nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources

from shipui.gates.manifests.python_requirements import normal

_FILES = {"npm": "npm.txt", "PyPI": "pypi.txt"}
_SEPARATORS = re.compile(r"[-_.]+")
_LOOK_SAME = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s"})
_TWO_FOR_ONE = (("rn", "m"), ("vv", "w"))
SHORTEST = 5
"""Among shorter names one letter's difference says nothing: most of them are real packages."""
LONGEST = 100
"""No popular name comes near it; what is compared grows with the square of the length."""
_AFFIXES = {
    "npm": ("js", "node", "nodejs", "npm"),
    "PyPI": ("python", "python3", "py", "pip", "pypi"),
}
_OFTEN_COPIED = {
    "npm": frozenset(
        ("lodash", "express", "axios", "react", "chalk", "commander", "debug", "request", "moment", "webpack", "mongoose", "jsonwebtoken",
         "dotenv", "typescript")
    ),
    "PyPI": frozenset(
        ("requests", "urllib3", "numpy", "pandas", "django", "flask", "tensorflow", "torch", "cryptography", "colorama", "selenium", "boto3",
         "pillow")
    ),
}  # fmt: skip


def looks_like(ecosystem: str, name: str) -> str | None:
    """The popular name that this one could be taken for."""
    file = _FILES.get(ecosystem)
    if file is None or len(name) > LONGEST:
        return None
    spelt = normal(name) if ecosystem == "PyPI" else name.lower()
    popular = _popular(file)
    if spelt in popular:
        return None
    if not spelt.isascii():
        plain = "".join(each for each in unicodedata.normalize("NFKD", spelt) if each.isascii())
        return _near(plain, file) or (plain if plain in popular else "a name in other letters")
    return _scoped(spelt, file) if "/" in spelt else _unscoped(spelt, ecosystem, file)


def _unscoped(spelt: str, ecosystem: str, file: str) -> str | None:
    bare = _SEPARATORS.sub("", spelt)
    index = _index(file)
    if (same := index.bare.get(bare)) and len(bare) >= SHORTEST:
        return same
    if (same := index.sorted_parts.get(_parts(spelt))) is not None:
        return same
    if (same := index.bare.get(_plain(bare))) and len(bare) >= SHORTEST:
        return same
    return _near(spelt, file) or _affixed(spelt, ecosystem)


def _affixed(spelt: str, ecosystem: str) -> str | None:
    """python-requests, lodash-js: a popular name with what everybody would leave away."""
    parts = _SEPARATORS.split(spelt)
    if len(parts) == 2 and (parts[0] in _AFFIXES[ecosystem] or parts[1] in _AFFIXES[ecosystem]):
        rest = parts[1] if parts[0] in _AFFIXES[ecosystem] else parts[0]
        return rest if rest in _OFTEN_COPIED[ecosystem] else None
    return None


def _scoped(spelt: str, file: str) -> str | None:
    """@babel/core is known; @bable/core is not, but one slip away from a known scope."""
    scope, _, name = spelt.partition("/")
    near = _near_scope(scope, file)
    return f"{near}/{name}" if near else None


@lru_cache(maxsize=4096)
def _near_scope(scope: str, file: str) -> str | None:
    index = _index(file)
    if scope in index.scopes:
        return None
    return next((known for known in index.scopes if len(known) > SHORTEST and _one_slip(scope, known)), None)


def _near(spelt: str, file: str) -> str | None:
    if len(spelt) < SHORTEST:
        return None
    index = _index(file)
    for shape in _shapes(spelt):
        for known in index.shapes.get(shape, ()):
            if len(known) >= SHORTEST and _one_slip(spelt, known) and not _another_number(spelt, known):
                return known
    return None


def _another_number(one: str, other: str) -> bool:
    """vue2 and vue3, d3-array and d4-array: versions, not slips."""
    return (
        re.sub(r"\d", "0", one) == re.sub(r"\d", "0", other)
        or one.rstrip("0123456789") == other
        or other.rstrip("0123456789") == one
    )


def _one_slip(one: str, other: str) -> bool:
    """One letter more, less, other, or two neighbours swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest_one, rest_other = one[start:], other[start:]
    if rest_one[1:] == rest_other[1:] or rest_one[1:] == rest_other or rest_one == rest_other[1:]:
        return True
    return rest_one[:2] == rest_other[:2][::-1] and rest_one[2:] == rest_other[2:]


def _shapes(name: str) -> Iterator[str]:
    """The name, and the name without each of its letters: two names one slip apart share one of these."""
    yield name
    for place in range(len(name)):
        yield name[:place] + name[place + 1 :]


def _plain(name: str) -> str:
    plain = name.translate(_LOOK_SAME)
    for two, one in _TWO_FOR_ONE:
        plain = plain.replace(two, one)
    return plain


def _parts(name: str) -> tuple[str, ...]:
    parts = _SEPARATORS.split(name)
    return tuple(sorted(parts)) if len(parts) > 1 else ()


class _Index:
    def __init__(self, names: frozenset[str]) -> None:
        ordered = sorted(names)
        unscoped = [name for name in ordered if "/" not in name]
        self.scopes = frozenset(name.partition("/")[0] for name in ordered if "/" in name)
        self.bare = {_SEPARATORS.sub("", name): name for name in unscoped}
        # babel-core is old and real, types-node is not: a scope written as a prefix.
        self.bare |= {
            _SEPARATORS.sub("", name.replace("@", "").replace("/", "-")): name for name in ordered if "/" in name
        }
        self.sorted_parts = {parts: name for name in unscoped if (parts := _parts(name))}
        self.shapes: dict[str, list[str]] = {}
        for name in unscoped:
            for shape in _shapes(name):
                self.shapes.setdefault(shape, []).append(name)


@cache
def _popular(file: str) -> frozenset[str]:
    text = resources.files("shipui.gates.rules").joinpath("popular_names", file).read_text(encoding="utf-8")
    return frozenset(text.split())


@cache
def _index(file: str) -> _Index:
    return _Index(_popular(file))
