"""Walking along the tokens of one SQL statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shipui.gates.migrations.operations import REPAIRABLE_SCHEMAS
from shipui.gates.migrations.sql_tokens import Kind, Token


class Cursor:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def rest(self) -> Sequence[Token]:
        return self.tokens[self.at :]

    def peek(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def sees(self, *words: str) -> bool:
        """Whether these words come next, in this order."""
        return all((token := self.peek(place)) and token.is_word(word) for place, word in enumerate(words))

    def sees_any(self, *words: str) -> bool:
        token = self.peek()
        return token is not None and token.is_word(*words)

    def take(self, *words: str) -> bool:
        """Step over these words if they come next, in this order."""
        if not self.sees(*words):
            return False
        self.at += len(words)
        return True

    def take_any(self, *words: str) -> str | None:
        token = self.peek()
        if token is None or not token.is_word(*words):
            return None
        self.at += 1
        return token.value

    def take_symbol(self, symbol: str) -> bool:
        token = self.peek()
        if token is None or not token.is_symbol(symbol):
            return False
        self.at += 1
        return True

    def skip(self) -> None:
        self.at += 1

    def name(self) -> str | None:
        """A name, perhaps with its schema, in lower case; a schema that is the usual one is left away."""
        parts = []
        while (token := self.peek()) is not None and (token.names or token.kind is Kind.STRING):
            parts.append(token.value.lower())
            self.at += 1
            if not self.take_symbol("."):
                break
        if len(parts) > 1 and parts[0] in REPAIRABLE_SCHEMAS:
            parts = parts[1:]
        return ".".join(parts) or None

    def names(self) -> list[str]:
        """Names with commas between them; ONLY and * are stepped over, and so are arguments in parentheses."""
        found: list[str] = []
        while True:
            self.take("ONLY")
            name = self.name()
            if name is None:
                return found
            found.append(name)
            self.take_symbol("*")
            if (token := self.peek()) and token.is_symbol("("):
                self.in_parentheses()
            if not self.take_symbol(","):
                return found

    def in_parentheses(self) -> Sequence[Token]:
        """What stands between the parenthesis that comes next and its partner; stepped over."""
        start, depth = self.at, 0
        while (token := self.peek()) is not None:
            depth += token.is_symbol("(")
            depth -= token.is_symbol(")")
            self.at += 1
            if depth == 0:
                return self.tokens[start + 1 : self.at - 1]
        return self.tokens[start + 1 :]


def at_top(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens that no parenthesis encloses, with their places."""
    depth = 0
    for place, token in enumerate(tokens):
        if token.is_symbol(")"):
            depth = max(0, depth - 1)
        elif token.is_symbol("("):
            if depth == 0:
                yield place, token
            depth += 1
        elif depth == 0:
            yield place, token


def find(tokens: Sequence[Token], *words: str) -> int | None:
    """Where one of these words stands outside parentheses."""
    return next((place for place, token in at_top(tokens) if token.is_word(*words)), None)


def has(tokens: Sequence[Token], *words: str) -> bool:
    """Whether these words follow one another somewhere outside parentheses."""
    top = [token for _, token in at_top(tokens)]
    return any(
        all(top[place + ahead].is_word(word) for ahead, word in enumerate(words))
        for place in range(len(top) - len(words) + 1)
    )


def split(tokens: Sequence[Token], *, symbol: str = "", word: str = "") -> list[Sequence[Token]]:
    """At every such symbol or word outside parentheses."""
    parts, start = [], 0
    for place, token in at_top(tokens):
        if (symbol and token.is_symbol(symbol)) or (word and token.is_word(word)):
            parts.append(tokens[start:place])
            start = place + 1
    parts.append(tokens[start:])
    return parts


def quoted(name: str | None) -> str:
    return name or "?"
