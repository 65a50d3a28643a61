"""Checks that stand before a use of a value, so that it is no longer just anything.

`if (!ALLOWED.includes(x)) return` before the use, or `if (ALLOWED.includes(x)) { use }` around it; with startsWith, has, test, match,
`in`, comparisons with constants, and functions whose name says that they check.
"""

from __future__ import annotations

import re

from shipui.gates.javascript.tree import Node

_EXITS = frozenset({"return_statement", "throw_statement", "continue_statement", "break_statement"})
_CHECKS = re.compile(
    r"\.(includes|has|test|startsWith|indexOf|hasOwnProperty|hasOwn|match|find|some|every)\s*\(|\bin\b|\b(is|has)[A-Z]\w*\s*\(|valid|allow|permitted|safe|whitelist"
    r"|(?<![=!])===? *['\"`]|!==? *['\"`]",
    re.IGNORECASE,
)
_EXITING_CALL = re.compile(r"process\.exit|next\(|abort|reject|res\.(status|send)|notFound\(|redirect\(")


class Guards:
    def __init__(self) -> None:
        self._conditions: dict[int, list[tuple[Node, str, bool]]] = {}

    def checked(self, use: Node) -> bool:
        """Whether the expression was checked on every way that leads to it, as far as names tell."""
        name = use.text
        inner: Node = use
        for each in use.ancestors():
            if (
                each.kind in {"if_statement", "ternary_expression", "while_statement"}
                and inner is not each.children[0]
                and _about(each.children[0].text, name)
            ):
                return True
            if (
                each.kind == "binary_expression"
                and each.between(each.children[0], each.children[-1]) == "&&"
                and inner is each.children[-1]
                and _about(each.children[0].text, name)
            ):
                return True
            if each.kind in {"statement_block", "program", "switch_case"}:
                if self._checked_before(each, inner, name):
                    return True
                if each.kind == "switch_case" and each.parent is not None and each.parent.parent is not None:
                    subject = each.parent.parent.children[0].text.strip("()")
                    if subject == name:
                        return True
            inner = each
        return False

    def _checked_before(self, block: Node, until: Node, name: str) -> bool:
        return any(node.start < until.start and _about(condition, name) for node, condition, _ in self._exits_of(block))

    def _exits_of(self, block: Node) -> list[tuple[Node, str, bool]]:
        found = self._conditions.get(id(block))
        if found is None:
            found = self._conditions[id(block)] = [
                (each, each.children[0].text, True)
                for each in block.children
                if each.kind == "if_statement" and len(each.children) > 1 and _leaves(each.children[1])
            ]
        return found


def _about(condition: str, name: str) -> bool:
    return len(condition) < 2000 and name in condition and bool(_CHECKS.search(condition)) and _whole(condition, name)


def _whole(condition: str, name: str) -> bool:
    """The name as a word of its own, and not only as a truth value."""
    return bool(re.search(rf"(?<![\w$.]){re.escape(name)}(?![\w$])", condition))


def _leaves(body: Node) -> bool:
    if body.kind in _EXITS:
        return True
    last = body.children[-1] if body.kind == "statement_block" and body.children else body
    return last.kind in _EXITS or bool(_EXITING_CALL.search(last.text[:200]))
