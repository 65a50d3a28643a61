"""SQL text into tokens, for PostgreSQL, MySQL and SQLite at once. Never fails: what it does not know is a symbol.

Every step moves forward and looks at each character a fixed number of times, so the time is linear in the length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    WORD = auto()
    """`value` in upper case."""
    QUOTED = auto()
    """A name in quotes; `value` without them."""
    STRING = auto()
    """`value` is what is between the quotes, escapes undone; dollar quotes too."""
    NUMBER = auto()
    SYMBOL = auto()
    COMMENT = auto()
    META = auto()
    """A line for the client itself: psql's \\commands."""


class Token(NamedTuple):
    kind: Kind
    value: str
    line: int
    """From 1, where it begins."""
    start: int
    end: int
    body_line: int = 0
    """Of a string: the line on which its content begins."""
    closed: bool = True
    """False: a quote or comment that runs to the end of the text."""

    def is_word(self, *words: str) -> bool:
        return self.kind is Kind.WORD and self.value in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind is Kind.SYMBOL and self.value in symbols

    @property
    def names(self) -> bool:
        return self.kind in {Kind.WORD, Kind.QUOTED}


_SIMPLE = re.compile(
    r"(?P<space>[^\S\n]+)"
    r"|(?P<newline>\n)"
    r"|(?P<comment>--[^\n]*)"
    r"|(?P<executable>/\*![0-9]{0,6})"
    r"|(?P<block>/\*)"
    r"|(?P<escaped>[eE]')"
    r"|(?P<text>(?:[uU]&|[nNbBxX])?')"
    r'|(?P<identifier>(?:[uU]&)?"|`)'
    r"|(?P<dollar>\$(?:[A-Za-z_\x80-\uffff][A-Za-z0-9_\x80-\uffff]*)?\$)"
    r"|(?P<word>[#@]{0,2}[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$#\x80-\U0010ffff]*)"
    r"|(?P<number>[0-9][0-9A-Za-z_.]*)"
    r"|(?P<symbol>::|<=|>=|<>|!=|:=|\|\||->>?|.)",
    re.DOTALL,
)
_BRACKETED = re.compile(r"\[([A-Za-z_#@][\w #@$.-]*)\]")


def tokens(text: str, *, first_line: int = 1, backslash_escapes: bool = False) -> Iterator[Token]:
    """Comments are among them. `backslash_escapes`: MySQL's, in every string."""
    return _Reader(text, first_line, backslash_escapes).read()


def looks_like_mysql(text: str) -> bool:
    """Only MySQL and MariaDB write these; backticks alone may be SQLite's."""
    return bool(_MYSQL.search(text))


_MYSQL = re.compile(
    r"\b(?:ENGINE\s*=|AUTO_INCREMENT|TINYINT\(|MEDIUMINT|LONGTEXT|MODIFY\s+COLUMN|CHANGE\s+COLUMN|ON\s+UPDATE\s+CURRENT_TIMESTAMP"
    r"|FOREIGN_KEY_CHECKS|DROP\s+FOREIGN\s+KEY|DELIMITER)|/\*![0-9]",
    re.IGNORECASE,
)


class _Reader:
    def __init__(self, text: str, first_line: int, backslash_escapes: bool) -> None:
        self._text = text
        self._at = 0
        self._line = first_line
        self._backslash_escapes = backslash_escapes
        self._line_is_blank = True
        self._executable = 0

    def read(self) -> Iterator[Token]:
        text = self._text
        while self._at < len(text):
            if self._line_is_blank and (client := self._client_line()):
                yield client
                continue
            match = _SIMPLE.match(text, self._at)
            assert match is not None, "the last alternative takes any character"
            kind = match.lastgroup
            if kind == "newline":
                self._line += 1
                self._line_is_blank = True
                self._at = match.end()
                continue
            if kind == "space":
                self._at = match.end()
                continue
            if token := self._token(kind or "", match):
                self._line_is_blank = False
                yield token

    def _token(self, kind: str, match: re.Match[str]) -> Token | None:
        if kind == "executable":
            self._executable += 1
            self._at = match.end()
            return None
        if kind in _AS_THEY_ARE:
            return self._made(_AS_THEY_ARE[kind], match.group(), match.end())
        return self._compound(kind, match)

    def _compound(self, kind: str, match: re.Match[str]) -> Token | None:
        match kind:
            case "word":
                return self._made(Kind.WORD, match.group().upper(), match.end())
            case "block":
                return self._block_comment()
            case "dollar":
                return self._dollar_quoted(match)
            case "escaped" | "text":
                backslash = kind == "escaped" or self._backslash_escapes
                return self._quoted(Kind.STRING, match.end(), "'", backslash=backslash)
            case "identifier":
                return self._quoted(Kind.QUOTED, match.end(), match.group()[-1], backslash=False)
        return self._symbol(match)

    def _symbol(self, match: re.Match[str]) -> Token | None:
        if match.group() == "[" and (bracketed := _BRACKETED.match(self._text, self._at)):
            return self._made(Kind.QUOTED, bracketed.group(1), bracketed.end())
        if self._executable and self._text.startswith("*/", self._at):
            self._executable -= 1
            self._at += 2
            return None
        return self._made(Kind.SYMBOL, match.group(), match.end())

    def _client_line(self) -> Token | None:
        """A psql command, or MySQL's # comment: at the beginning of a line only, where # cannot be an operator or a name."""
        start = self._at
        while start < len(self._text) and self._text[start] in " \t":
            start += 1
        if not self._text.startswith(("\\", "#"), start):
            return None
        hash_comment = self._text[start] == "#"
        if hash_comment and self._text[start + 1 : start + 2].isalnum() and not self._backslash_escapes:
            return None
        end = self._text.find("\n", start)
        end = len(self._text) if end < 0 else end
        return self._made(Kind.COMMENT if hash_comment else Kind.META, self._text[start:end].strip(), end)

    def _block_comment(self) -> Token:
        depth, at = 1, self._at + 2
        for mark in _COMMENT_MARKS.finditer(self._text, at):
            at = mark.end()
            depth += 1 if mark.group() == "/*" and not self._backslash_escapes else 0
            depth -= 1 if mark.group() == "*/" else 0
            if depth == 0:
                return self._made(Kind.COMMENT, self._text[self._at : at], at)
        return self._made(Kind.COMMENT, self._text[self._at :], len(self._text), closed=False)

    def _quoted(self, kind: Kind, start: int, quote: str, *, backslash: bool) -> Token:
        ends = _ENDS[quote, backslash]
        at = start
        while True:
            mark = ends.search(self._text, at)
            if mark is None:
                return self._made(kind, self._text[start:], len(self._text), closed=False, content=start)
            if mark.group() == quote:
                value = self._text[start : mark.start()].replace(quote * 2, quote)
                return self._made(
                    kind, _UNESCAPED.sub(_unescaped, value) if backslash else value, mark.end(), content=start
                )
            at = mark.end()

    def _dollar_quoted(self, match: re.Match[str]) -> Token:
        close = self._text.find(match.group(), match.end())
        if close < 0:
            return self._made(
                Kind.STRING, self._text[match.end() :], len(self._text), closed=False, content=match.end()
            )
        value = self._text[match.end() : close]
        return self._made(Kind.STRING, value, close + len(match.group()), content=match.end())

    def _made(self, kind: Kind, value: str, end: int, *, closed: bool = True, content: int | None = None) -> Token:
        line, start = self._line, self._at
        body_line = line if content is None else line + self._text.count("\n", start, content)
        self._line += self._text.count("\n", start, end)
        self._at = end
        return Token(kind, value, line, start, end, body_line, closed)


_AS_THEY_ARE = {"comment": Kind.COMMENT, "number": Kind.NUMBER}
_COMMENT_MARKS = re.compile(r"/\*|\*/")
_ENDS = {
    (quote, backslash): re.compile(
        (r"\\.|" if backslash else "") + re.escape(quote) * 2 + "|" + re.escape(quote), re.DOTALL
    )
    for quote in "'\"`"
    for backslash in (False, True)
}
_UNESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match.group(1), match.group(1))
