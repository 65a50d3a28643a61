"""Texts that are filled in: "%s" % x, "{}".format(x), "".join(x)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shipui.gates.python.values import HARMLESS, HOLE, Origin, Value, fixed, joined, mixed

_PERCENT = re.compile(
    r"%(?:\((?P<key>[^)]{1,80})\))?[#0\- +]*(?:\d{1,9}|\*)?(?:\.(?:\d{1,9}|\*))?[hlL]?(?P<kind>[a-zA-Z%])"
)
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<field>[^{}:!]{0,80})(?:![rsa])?(?::(?P<spec>[^{}]{0,40}))?\}")
_NUMBER_FORMAT = re.compile(r"[^a-zA-Z%]*[bcdoxXeEfFgGn%]")


def is_number_format(spec: str | None) -> bool:
    """Whether a format like "02d" lets only numbers through."""
    return spec is not None and _NUMBER_FORMAT.fullmatch(spec) is not None


def percent(template: Value, given: Value, line: int) -> Value:
    if template.text is None or (template.dynamic and HOLE in template.text):
        return joined([template, given], line)
    items = list(given.items) if given.items is not None else [given]
    parts: list[Value] = []
    place = end = 0
    for found in _PERCENT.finditer(template.text):
        parts.append(fixed(template.text[end : found.start()]))
        end = found.end()
        kind = found["kind"]
        if kind == "%":
            parts.append(fixed("%"))
            continue
        if found["key"]:
            item = given if given.items is None else mixed(items)
        else:
            item = items[place] if place < len(items) else mixed(items)
            place += 1
        parts.append(HARMLESS if kind in "diouxXeEfFgGc" else item)
    parts.append(fixed(template.text[end:]))
    return joined(parts, line)


def braces(template: Value, given: Sequence[Value], named: Mapping[str, Value], line: int) -> Value:
    if template.fixed_text is None:
        return joined([template, *given, *named.values()], line)
    text = template.fixed_text
    parts: list[Value] = []
    automatic = end = 0
    everything = mixed([*given, *named.values()])
    for found in _BRACES.finditer(text):
        parts.append(fixed(text[end : found.start()]))
        end = found.end()
        if found.group() in ("{{", "}}"):
            parts.append(fixed(found.group()[0]))
            continue
        head = re.split(r"[.\[]", found["field"], maxsplit=1)[0]
        if head == "":
            item = given[automatic] if automatic < len(given) else everything
            automatic += 1
        elif head.isdigit():
            item = given[int(head)] if int(head) < len(given) else everything
        else:
            item = named.get(head, everything)
        parts.append(HARMLESS if is_number_format(found["spec"]) else item)
    parts.append(fixed(text[end:]))
    return joined(parts, line)


def with_separator(separator: Value, pieces: Value, line: int) -> Value:
    if pieces.items is None:
        return joined([separator, pieces, separator], line) if pieces.dynamic else pieces
    parts: list[Value] = []
    for item in pieces.items[:100]:
        parts += [item, separator]
    found = joined(parts[:-1], line)
    return found if found.origin is not Origin.CLEAN else replace(HARMLESS, traits=found.traits)
