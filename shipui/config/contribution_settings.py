"""What the settings say of sharing: the mode, and which words are redacted."""

from __future__ import annotations

from urllib.parse import urlsplit

from shipui.config.settings import Settings
from shipui.model.contribution import Mode
from shipui.model.redaction import Redaction

_HERE = frozenset({"localhost", "::1"})


def mode_of(settings: Settings) -> Mode:
    return Mode(settings.contribution.mode)


def redaction_of(settings: Settings) -> Redaction:
    """The words of the settings, and the hosts of every target that are not this machine's own name for itself."""
    return Redaction([*settings.contribution.redact, *_hosts(settings)])


def _hosts(settings: Settings) -> set[str]:
    urls = []
    for target in settings.target.values():
        urls += [target.database.url.get_secret_value(), target.health.url or ""]
    if settings.records.url.get_secret_value().startswith("postgres"):
        urls.append(settings.records.url.get_secret_value())
    return {host for url in urls if (host := _host(url)) and "." in host and not host.startswith("127.")} - _HERE


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
