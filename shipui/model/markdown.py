"""Text from outside for a code host: it is not read as Markdown, mentions nobody, closes no issue, and shows where it was cut."""

from __future__ import annotations

import re

from shipui.model.text import visible

_MARKUP = re.compile(r"([\\`*_{}\[\]()+!|<>~])")
_CALLS = re.compile(
    r"(?P<at>@)(?=\w)|(?P<number>#)(?=\d)|(?P<gh>\bgh-)(?=\d)|(?P<url>\b(?:https?:/|www\.))", re.IGNORECASE
)
"""What a code host makes a mention, a reference to an issue, or a link of."""
_MENTIONS = re.compile(_CALLS.pattern.replace("(?P<at>@)", r"(?P<at>(?<![A-Za-z0-9_])@)"), re.IGNORECASE)
"""The same where addresses stay whole: one signs a commit, and nobody is called by it."""
APART = "\N{ZERO WIDTH SPACE}"


def quoted(text: str, *, limit: int | None = None) -> str:
    """One line that reads as `text` does, in Markdown. `limit` is in characters of `text`."""
    shown = visible(text, limit=limit).replace("&", "&amp;")
    # The space of no width is written as a reference: Markdown's own references would swallow nothing of it.
    return _CALLS.sub(lambda found: _marked(found[0], "&#8203;"), _MARKUP.sub(r"\\\1", shown))


def silent(text: str, *, limit: int | None = None) -> str:
    """One line for where there is no Markdown (titles, commit messages); `limit` is in characters of the result."""
    calm = _MENTIONS.sub(lambda found: _marked(found[0], APART), visible(text))
    return calm if limit is None or len(calm) <= limit else calm[: max(limit - 1, 0)].rstrip(APART) + "…"


def code(text: str, *, limit: int | None = None) -> str:
    """A code span whose fence is longer than any run of backticks in it: nothing in one is markup or a mention."""
    shown = visible(text, limit=limit)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"`{shown}`"


def cut(text: str, limit: int, note: str) -> str:
    """Whole lines, and `note` as the last one where some had to go. A fence that was open is closed."""
    if len(text) <= limit:
        return text
    room = limit - len(note) - len("\n```\n\n")
    kept = text[:room].rpartition("\n")[0] or text[:room]
    fences = sum(line.startswith("```") for line in kept.split("\n"))
    return f"{kept}\n```\n\n{note}" if fences % 2 else f"{kept}\n\n{note}"


def _marked(found: str, space: str) -> str:
    """Broken after its first letters, where the eye does not see it."""
    return found[:1] + space + found[1:] if found[0] in "@#" else found[:-1] + space + found[-1]
