"""The rules as a page of documentation, made from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from shipui.gates.base import Example, Rule
from shipui.gates.rules.catalogue import all_rules

_BEGINNING = """# The rules of the gates

Made from the rules themselves by `make docs`: change a rule, not this page.

A finding of severity critical or high blocks; medium and low warn; info does neither. A finding's severity may differ from the
rule's usual one: a value that comes from a request weighs more than one of unknown origin. Two more are no rules of their own:
`needs-review` (a file could not be read) and `gate-failed` (a rule failed on a file) make the verdict an error.

`// shipui: allow RULE reason` on the line, or on a line of its own above it, allows a finding, if the comment was there before the
change; `shipui acknowledge` accepts one for a promotion. Destructive operations can only be acknowledged.
"""


def rules_page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGINNING.rstrip()
    for gate, rules in groupby(all_rules(), key=lambda rule: rule.gate):
        yield f"\n## {gate}"
        for rule in rules:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.id}\n"
    yield f"**{rule.title}.** {rule.severity}{f', {rule.cwe}' if rule.cwe else ''}\n"
    yield f"{rule.why} {rule.fix}"
    yield from _example("Flagged", rule.flagged)
    yield from _example("Not flagged", rule.unflagged)


def _example(heading: str, examples: tuple[Example, ...]) -> Iterator[str]:
    if not examples:
        return
    first = examples[0]
    fence = "````" if "```" in first.text else "```"
    yield f"\n{heading} (`{first.path}`):\n"
    yield f"{fence}\n{first.text.rstrip()}\n{fence}"
