"""Source code with syntax colours, made harmless first. Colours are our themes' own, so they hold on every ground."""

from __future__ import annotations

from pygments.token import Token  # type: ignore[import-untyped]
from textual.content import Content
from textual.highlight import HighlightTheme, TokenType, highlight

from shipui.model.text import visible

LONGEST_LINE = 300
"""Characters of a line that are shown; a grammar's pattern cannot run away on so few."""
TAB = "    "
_LANGUAGES = {
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "jsx", "ts": "typescript",
    "mts": "typescript", "cts": "typescript", "tsx": "tsx", "sql": "sql", "sh": "bash", "bash": "bash", "yml": "yaml", "yaml": "yaml",
    "json": "json", "toml": "toml", "html": "html", "htm": "html", "css": "css", "go": "go", "rs": "rust", "rb": "ruby", "java": "java",
    "xml": "xml", "md": "markdown", "ini": "ini", "cfg": "ini", "vue": "html", "svelte": "html", "prisma": "graphql",
}  # fmt: skip
_NAMES = {"dockerfile": "docker", "containerfile": "docker", "makefile": "make", "gemfile": "ruby"}
PLAIN = "text"


class Colours(HighlightTheme):
    """Few: what is said in strings and comments, numbers, and the language's own words."""

    STYLES: dict[TokenType, str] = {  # noqa: RUF012 - as Textual declares it
        Token.Comment: "$muted italic",
        Token.Keyword: "$busy",
        Token.Literal.Number: "$accent",
        Token.Literal.String: "$success",
        Token.Literal.String.Doc: "$muted italic",
        Token.Name.Builtin: "$busy",
        Token.Name.Class: "bold",
        Token.Name.Decorator: "$accent",
        Token.Name.Function: "bold",
        Token.Name.Tag: "$busy",
        Token.Name.Attribute: "$accent",
        Token.Operator.Word: "$busy",
    }


def language_of(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    return _NAMES.get(name.partition(".")[0]) or _LANGUAGES.get(name.rpartition(".")[2], PLAIN)


def coloured(path: str, lines: tuple[str, ...]) -> list[Content]:
    """One for each line, each of one line, with nothing in it that a terminal would act on."""
    shown = [visible(each.rstrip("\r").replace("\t", TAB), limit=LONGEST_LINE) for each in lines]
    if not shown:
        return []
    code = highlight("\n".join(shown), language=language_of(path), theme=Colours)
    made = code.split("\n", allow_blank=True)
    made += [Content("")] * (len(shown) - len(made))
    # A grammar that added or took a line would shift what stands beside its number.
    return made if [each.plain for each in made] == shown else [Content(each) for each in shown]
