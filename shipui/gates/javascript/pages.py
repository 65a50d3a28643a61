"""The scripts in a page, a template for pages, or a component: what stands in <script>, and what attributes such as onclick hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPONENTS = frozenset({".vue", ".svelte"})
PAGES = frozenset(
    {".html", ".htm", ".xhtml", ".ejs", ".hbs", ".handlebars", ".mustache", ".jinja", ".jinja2", ".j2", ".njk", ".twig"}
)
_SCRIPT = re.compile(r"(<script\b[^>]*>)(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_TYPE = re.compile(r"\btype\s*=\s*[\"']?(?P<type>[^\"'\s>]+)", re.IGNORECASE)
_RUN = re.compile(
    r"(?:text|application)/(?:x-)?(?:java|ecma)script|module|text/(?:babel|jsx|typescript)", re.IGNORECASE
)
_HANDLER = re.compile(
    r"\son[a-z]{3,20}\s*=\s*(?:\"(?P<double>[^\"]{8,5000})\"|'(?P<single>[^']{8,5000})')", re.IGNORECASE
)
_FILLED_IN = re.compile(r"\{\{.*?\}\}|<%[=-].*?%>", re.DOTALL)
_DIRECTIVE = re.compile(r"\{%.*?%\}|\{#.*?#\}|<%.*?%>", re.DOTALL)
_MOST_HANDLERS = 500


@dataclass(frozen=True, slots=True)
class Embedded:
    text: str
    first_line: int
    """In the file, from 1."""
    language: str
    plain: bool
    """Whether it is what the browser gets: not made by a template's markup."""


def scripts_of_component(text: str) -> Iterator[Embedded]:
    for opening, body, line in _elements(text):
        yield Embedded(body, line, "tsx" if "tsx" in opening or "jsx" in opening else "typescript", True)


def scripts_of_page(text: str) -> Iterator[Embedded]:
    """Markup of templates in them is replaced by a name where it prints a value, and by nothing where it does not."""
    for opening, body, line in _elements(text):
        kind = _TYPE.search(opening)
        if body.strip() and (kind is None or _RUN.fullmatch(kind["type"])):
            yield _embedded(body, line)
    for number, found in enumerate(_HANDLER.finditer(text)):
        if number == _MOST_HANDLERS:
            return
        name = "double" if found["double"] is not None else "single"
        yield _embedded(found[name], text.count("\n", 0, found.start(name)) + 1)


def _embedded(body: str, line: int) -> Embedded:
    filled = _DIRECTIVE.sub(_blank, _FILLED_IN.sub(_name, body))
    return Embedded(filled, line, "tsx", filled == body)


def _elements(text: str) -> Iterator[tuple[str, str, int]]:
    """The opening tag, what is between it and the closing one, and the line where that begins."""
    line, end = 1, 0
    for found in _SCRIPT.finditer(text):
        line += text.count("\n", end, found.start(2))
        end = found.start(2)
        yield found.group(1), found.group(2), line


def _name(found: re.Match[str]) -> str:
    return "filled_in" + "\n" * found.group().count("\n")


def _blank(found: re.Match[str]) -> str:
    return " " + "\n" * found.group().count("\n")
