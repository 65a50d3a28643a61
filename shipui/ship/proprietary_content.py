"""What in a change may belong to the install or its customers: its own words, prices, people's data, names that are to be redacted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shipui.config.settings import ContributionSettings
from shipui.gates.base import Change, ChangedFile
from shipui.model.redaction import Redaction
from shipui.model.text import listed, visible

_PRICE = re.compile(r"(?:[€£]\s?\d[\d.,]*|\$\s?\d[\d,]*\.\d{2}\b|\b\d[\d.,]*\s?(?:€|£|EUR|USD|GBP|CHF)\b)")
_MAIL = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})\b")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_FOR_EXAMPLE = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|(?:invalid|example|test|localhost))$|noreply", re.IGNORECASE
)
_MOST = 5


@dataclass(frozen=True, slots=True)
class Content:
    stops: tuple[str, ...]
    doubts: tuple[str, ...]
    renames: tuple[str, ...]
    """Paths that hold a word which is redacted: only a person can give them another name."""
    redacted: tuple[str, ...]
    """What redaction takes care of."""


def proprietary_content(change: Change, title: str, settings: ContributionSettings, redaction: Redaction) -> Content:
    """Looks at added lines, at paths, and at the title."""
    own = Redaction(settings.proprietary)
    texts = [("the title", title), *_texts(change)]
    stops = [
        f"{where} holds “{visible(word, limit=60)}”, which is the install's own." for where, word in _words(own, texts)
    ]
    renames = [
        f"Rename {visible(each.path, limit=120)}: its path holds “{visible(redaction.found_in(each.path)[0], limit=60)}”."
        for each in change.files
        if redaction.found_in(each.path)
    ]
    doubts = [*_prices(texts), *_customer_data(texts)]
    redacted = [f"“{visible(word, limit=60)}” in {where} is redacted." for where, word in _words(redaction, texts)]
    return Content(*(tuple(dict.fromkeys(each))[:_MOST] for each in (stops, doubts, renames, redacted)))


def _texts(change: Change) -> Iterator[tuple[str, str]]:
    for file in change.files:
        yield visible(file.path, limit=120), _added(file)
        yield f"the path {visible(file.path, limit=120)}", file.path


def _added(file: ChangedFile) -> str:
    return "\n".join(file.added.values())


def _words(looked_for: Redaction, texts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for where, text in texts:
        for word in looked_for.found_in(text):
            yield where, word


def _prices(texts: list[tuple[str, str]]) -> list[str]:
    places = [where for where, text in texts if _PRICE.search(text)]
    return [f"There are prices in {listed(places, most=3)}: take them out."] if places else []


def _customer_data(texts: list[tuple[str, str]]) -> list[str]:
    places = [
        where for where, text in texts if _IBAN.search(text) or any(_real(each[1]) for each in _MAIL.finditer(text))
    ]
    return (
        [f"There are addresses or account numbers of people in {listed(places, most=3)}: take them out."]
        if places
        else []
    )


def _real(domain: str) -> bool:
    return _FOR_EXAMPLE.search(domain) is None
