"""Pieces of a file, as a diff shows them, made so that they parse: what was cut off before and after is put back as brackets.

Lines keep their numbers: what is put in goes onto the first and the last line.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|[(){}\[\]]",
    re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENS = {"(": ")", "[": "]", "{": "}"}
_LARGEST = 200_000


def candidates(text: str) -> list[str]:
    """Ways to complete a fragment, the likeliest first; the text itself is one of them."""
    if len(text) > _LARGEST:
        return [text]
    missing, open_ = _unbalanced(text)
    end = "".join(_OPENS[each] for each in reversed(open_))
    result = []
    for before in _beginnings(missing):
        result.append(f"{before}{text}{end}")
    result.append(
        f"class _ {{ {text}{end} }}" if not missing else f"class _ {{ async _() {{ {_plain(missing[1:])}{text}{end} }}"
    )
    result.append(f"const _ = {{ {text}{end} }}")
    result.append(f"async function* _() {{ {text}{end} }}")
    result.append(f"const _ = <>{text}{end}</>")
    result.append(f"_({text}{end})")
    result.append(text)
    return result


def _beginnings(missing: list[str]) -> list[str]:
    """What may have stood before closing brackets that nothing opens; `missing` as they come in the text."""
    if not missing:
        return [""]
    pieces = []
    for index in range(len(missing) - 1, -1, -1):
        bracket = missing[index]
        outer = missing[index + 1] if index + 1 < len(missing) else ""
        if bracket == ")":
            pieces.append("_(")
        elif bracket == "]":
            pieces.append("[")
        elif outer == ")":
            pieces.append("async () => {")
        else:
            pieces.append("async function* _() {" if outer == "" else "{")
    whole = "".join(pieces)
    objects = whole.replace("async () => {", "{", 1)
    return [whole, objects, _plain(missing)] if objects != whole else [whole, _plain(missing)]


def _plain(missing: list[str]) -> str:
    return "".join({")": "_(", "]": "[", "}": "{"}[each] for each in reversed(missing))


def _unbalanced(text: str) -> tuple[list[str], list[str]]:
    """Closing brackets that nothing opens, and opening ones that nothing closes."""
    missing: list[str] = []
    open_: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match.group(0)
        if token in _OPENS:
            open_.append(token)
        elif token in _CLOSES:
            if open_ and open_[-1] == _CLOSES[token]:
                open_.pop()
            elif not open_:
                missing.append(token)
    return missing, open_
