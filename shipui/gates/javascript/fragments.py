"""Pieces of a file, as a diff shows them, made so that they parse: what was cut off before and after is put back as brackets.

Lines keep their numbers: what is put in goes onto the first and the last line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`|[(){}\[\]]"
    # An element: its beginning, what ends its opening tag (no arrow, no comparison of numbers), its closing tag.
    r"|(?<![\w)\]])<(?P<element>[A-Za-z][\w.-]*|(?=>))(?=[\s/>])|</(?P<closed>[\w.-]*)>|/>|(?<![=\s-])>(?!=)|(?<=[\s\"'}])>(?=\s*(?:$|[\n<{]))",
    re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENS = {"(": ")", "[": "]", "{": "}"}
_FOLLOWS_IF = re.compile(r"\s*else\b")
_FOLLOWS_PARAMETERS = re.compile(r"\s*(?::[^=;{}]{1,60})?=>")
_FOLLOWS_TRY = re.compile(r"\s*(?:catch|finally)\b")
_IN_COMMENT = re.compile(r"\s*\*")
_LARGEST = 200_000


def candidates(text: str) -> Iterator[str]:
    """Ways to complete a fragment, the likeliest first; the text itself is one of them."""
    if len(text) > _LARGEST:
        yield text
        return
    comment, uncomment = _cut_comments(text)
    text = f"{comment}{text}{uncomment}"
    missing, open_, after = _unbalanced(text)
    end = _ending(text, open_)
    operand = _operand(text, comment)
    for before in _beginnings(missing, after):
        yield f"{before}{operand}{text}{end}"
    for tail in (" => {}", " {}", " _", " = _"):
        yield f"{_beginnings(missing, after)[0]}{operand}{text}{end}{tail}"
    if not missing:
        yield f"class _ {{ {text}{end} }}"
    else:
        yield f"class _ {{ async _() {{ {_plain(missing[:-1])}{text}{end} }}"
    named = "_: " if missing else ""
    yield f"const _ = {{ {named}{_members(missing)}{text}{end} }}"
    yield f"const _ = [ {_members(missing)}{text}{end} ]"
    yield f"async function* _() {{ {text}{end} }}"
    yield f"const _ = <>{_plain(missing)}{text}{end}</>"
    yield f"const _ = <>{{ {_plain(missing)}{text}{end} }}</>"
    yield f"const _ = <_ {'a={' if missing[:1] == ['}'] else ''}{_plain(missing)}{text}{end} />"
    yield f"const _ = <_ a={_plain(missing)}{text}{end} />"
    if missing == ["}"]:
        yield f"type _ = {{ {text}{end}"
    yield f"_({text}{end})"
    if text.count("`") % 2:
        inner = text.partition("`")[2]
        missing, open_, after = _unbalanced(inner)
        end = _ending(text, open_)
        for before in _beginnings(missing, after):
            yield f"{before}`{text}{end}"
    yield text


def _ending(text: str, open_: list[str]) -> str:
    """On a line of its own if the last one ends in a comment."""
    closing = "".join(_closing(each) for each in reversed(open_))
    return f"\n{closing}" if "//" in text.rpartition("\n")[2] else closing


def _members(missing: list[str]) -> str:
    """The same as parts of one another in an object that is written out."""
    openings = {")": "_(", "]": "[", "}": "{ _: "}
    return "".join(openings.get(each) or _opening(each) for each in reversed(missing)).removesuffix("_: ")


def _cut_comments(text: str) -> tuple[str, str]:
    """What opens a comment that the text begins in, and what closes one that it ends in."""
    closed, opened = text.find("*/"), text.find("/*")
    begins = "/*" if closed >= 0 and (opened < 0 or opened > closed) and _IN_COMMENT.match(text) else ""
    last = text.rfind("/*")
    ends = "*/" if last > text.rfind("*/") and _IN_COMMENT.match(text.rpartition("\n")[2]) else ""
    return begins, ends


def _operand(text: str, comment: str) -> str:
    """Something for an operator to follow that the text begins with."""
    first = "" if comment else text.lstrip()[:3]
    return (
        "_ ? _ " if first.startswith(":") else "_ " if first.startswith((".", "?", "&&", "||", "+", "=", "|")) else ""
    )


def _beginnings(missing: list[str], after: list[str]) -> list[str]:
    """What may have stood before closing brackets that nothing opens; `missing` as they come in the text, each with what follows it."""
    if not missing:
        return [""]
    pieces = []
    for index in range(len(missing) - 1, -1, -1):
        bracket = missing[index]
        outer = missing[index + 1] if index + 1 < len(missing) else ""
        if bracket == ")":
            pieces.append("(" if _FOLLOWS_PARAMETERS.match(after[index]) else "_(")
        elif bracket == "]":
            pieces.append("[")
        elif bracket not in _CLOSES:
            pieces.append(_opening(bracket))
        elif outer.startswith("</"):
            pieces.append("{")
        elif _FOLLOWS_IF.match(after[index]):
            pieces.append("if (_) {")
        elif _FOLLOWS_TRY.match(after[index]):
            pieces.append("try {")
        elif after[index].lstrip().startswith(":"):
            pieces.append("{")
        elif outer == ")":
            pieces.append("async () => {")
        else:
            pieces.append("async function* _() {" if outer == "" else "{")
    whole = "".join(pieces)
    objects = whole.replace("async () => {", "{", 1)
    return [whole, objects, _plain(missing)] if objects != whole else [whole, _plain(missing)]


def _plain(missing: list[str]) -> str:
    openings = {")": "_(", "]": "[", "}": "{"}
    whole = "".join(openings.get(each) or _opening(each) for each in reversed(missing))
    return whole.replace("({{", "({_: {").replace("[{{", "[{_: {")


def _unbalanced(text: str) -> tuple[list[str], list[str], list[str]]:
    """Closing brackets and tags that nothing opens, opening ones that nothing closes, and what follows each of the first."""
    missing: list[str] = []
    open_: list[str] = []
    after: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match.group(0)
        if token in _OPENS:
            open_.append(token)
        elif match["element"] is not None:
            open_.append(f"<{match['element']}")
        elif token == ">":  # noqa: S105 - no password
            if open_ and open_[-1].startswith("<") and not open_[-1].endswith(">"):
                open_[-1] += ">"
        elif _is_closing(token):
            opening = _opening(token)
            if open_ and (open_[-1] == opening or (token.startswith("/>") and open_[-1].startswith("<"))):
                open_.pop()
            elif not open_ and opening:
                missing.append(token)
                after.append(text[match.end() : match.end() + 20])
    return missing, open_, after


def _is_closing(token: str) -> bool:
    return token in _CLOSES or token.startswith(("/>", "</"))


def _opening(token: str) -> str:
    """Of a closing bracket or tag."""
    return _CLOSES.get(token) or ("<_ " if token.startswith("/>") else f"<{token[2:-1]}>")


def _closing(opening: str) -> str:
    if opening.startswith("<"):
        return f"</{opening[1:-1]}>" if opening.endswith(">") else "/>"
    return _OPENS[opening]
