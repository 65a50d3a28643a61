"""A SQL script into statements, each known to go forward or back.

Knows what is no statement: psql's \\commands, the data of COPY ... FROM stdin, MySQL's DELIMITER, and the separators that
migration tools put into comments. A routine's body with BEGIN ... END is part of the statement that makes the routine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shipui.gates.migrations.sql_tokens import Kind, Token, looks_like_mysql, tokens


@dataclass(frozen=True, slots=True)
class Statement:
    tokens: tuple[Token, ...]
    """Neither comments nor the separator."""
    text: str
    forward: bool = True
    """False: after a marker that says that the way back begins."""

    @property
    def line(self) -> int:
        return self.tokens[0].line

    @property
    def end_line(self) -> int:
        last = self.tokens[-1]
        return last.line + (last.value.count("\n") if last.kind is Kind.STRING else 0)

    @property
    def closed(self) -> bool:
        return all(token.closed for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Script:
    statements: tuple[Statement, ...]
    comments: tuple[Token, ...]
    unclosed: int | None = None
    """Line of a comment that runs to the end of the text: whatever it hides was not read."""


def script(text: str, *, first_line: int = 1) -> Script:
    text = _TEMPLATE_NAME.sub("some_name", _TEMPLATE_BLOCK.sub(" ", _without_copy_data(text)))
    if _DOLLAR_DELIMITER.search(text):
        text = text.replace("$$", "//")
    every = list(tokens(text, first_line=first_line, backslash_escapes=looks_like_mysql(text)))
    comments = tuple(token for token in every if token.kind is Kind.COMMENT)
    unclosed = next((comment.line for comment in comments if not comment.closed), None)
    return Script(tuple(_Splitter(text, comments).split(every)), comments, unclosed)


_TEMPLATE_NAME = re.compile(r"\{\{[^{}\n]{0,300}\}\}")
_TEMPLATE_BLOCK = re.compile(r"\{%[^%\n]{0,300}%\}")
"""Jinja's, which some tools fill in before they run a script."""
_COPY = re.compile(r"^[ \t]*COPY\b[^;]{0,4000}?\bFROM\s+STDIN\b[^;\n]{0,500};[ \t]*\n", re.IGNORECASE | re.MULTILINE)
_COPY_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_DOLLAR_DELIMITER = re.compile(r"^[ \t]*DELIMITER[ \t]+\$\$[ \t]*$", re.IGNORECASE | re.MULTILINE)
_DOWN = re.compile(
    r"^--\s*(?:\+goose\s+down|\+migrate\s+down|migrate:down|//@undo|-- create above / drop below --"
    r"|@?down(?:\s+migration)?:?|rambler\s+down)(?:\s+\S+)?\s*$",
    re.IGNORECASE,
)
_UP = re.compile(
    r"^--\s*(?:\+goose\s+up|\+migrate\s+up|migrate:up|@?up(?:\s+migration)?:?|rambler\s+up)(?:\s+\S+)?\s*$",
    re.IGNORECASE,
)
_NEEDS_NO_UP = re.compile(r"^--\s*(?://@undo|-- create above / drop below --)", re.IGNORECASE)
_ROUTINES = ("TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE")


def _without_copy_data(text: str) -> str:
    """The data's lines emptied, so that what follows keeps its line numbers."""
    parts, at = [], 0
    while copy := _COPY.search(text, at):
        end = _COPY_END.search(text, copy.end())
        if end is None:
            break
        parts += [text[at : copy.end()], "\n" * text.count("\n", copy.end(), end.end())]
        at = end.end()
    return "".join((*parts, text[at:]))


class _Splitter:
    def __init__(self, text: str, comments: Sequence[Token]) -> None:
        self._text = text
        self._delimiter = ";"
        self._forward = True
        self._has_up = any(_UP.match(comment.value) for comment in comments)
        self._held: list[Token] = []
        self._depth = 0
        self._routine = False

    def split(self, every: Sequence[Token]) -> Iterator[Statement]:
        skip_to = -1
        for index, token in enumerate(every):
            if token.start < skip_to:
                continue
            if token.kind in {Kind.COMMENT, Kind.META}:
                yield from self._aside(token)
            elif token.is_word("DELIMITER") and not self._held:
                skip_to = self._new_delimiter(token)
            elif self._separates(token, every, index):
                skip_to = token.start + len(self._delimiter)
                yield from self._end()
            else:
                self._hold(token, every[index + 1] if index + 1 < len(every) else None)
        yield from self._end()

    def _aside(self, token: Token) -> Iterator[Statement]:
        """A marker of direction ends the statement before it."""
        if token.kind is Kind.META:
            return
        if _DOWN.match(token.value) and (self._has_up or _NEEDS_NO_UP.match(token.value)):
            yield from self._end()
            self._forward = False
        elif _UP.match(token.value):
            yield from self._end()
            self._forward = True

    def _new_delimiter(self, token: Token) -> int:
        end = self._text.find("\n", token.end)
        end = len(self._text) if end < 0 else end
        self._delimiter = self._text[token.end : end].strip() or ";"
        return end

    def _separates(self, token: Token, every: Sequence[Token], index: int) -> bool:
        if token.is_word("GO") and (index == 0 or every[index - 1].line < token.line):
            return index + 1 == len(every) or every[index + 1].line > token.line
        if self._delimiter == ";":
            return token.is_symbol(";") and self._depth <= 0
        return token.kind is Kind.SYMBOL and self._text.startswith(self._delimiter, token.start)

    def _hold(self, token: Token, following: Token | None) -> None:
        if not self._held:
            self._depth, self._routine = 0, False
        self._held.append(token)
        if token.kind is not Kind.WORD:
            return
        if len(self._held) <= 12 and self._held[0].is_word("CREATE") and token.value in _ROUTINES:
            self._routine = True
        if not self._routine:
            return
        if token.value in {"BEGIN", "CASE"}:
            self._depth += 0 if self._held[-2].is_word("END") else 1
        elif token.value == "END" and not (following and following.is_word("IF", "LOOP", "WHILE", "REPEAT")):
            self._depth -= 1

    def _end(self) -> Iterator[Statement]:
        """Statements that a body without its END swallowed come out one by one."""
        held, open_body = self._held, self._depth > 0 and self._delimiter == ";"
        self._held, self._depth, self._routine = [], 0, False
        parts = pieces(held) if open_body else [held]
        for part in parts:
            if part:
                yield Statement(tuple(part), self._text[part[0].start : part[-1].end], self._forward)


def pieces(held: Sequence[Token]) -> list[list[Token]]:
    """Split at every semicolon, whatever surrounds it."""
    parts: list[list[Token]] = [[]]
    for token in held:
        if token.is_symbol(";"):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
