"""The analyser of pages and of templates for pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.base import ChangedFile
from shipui.gates.scripts.reporting import Place, findings_at
from shipui.model.findings import Finding

_ENDINGS = (
    ".html",
    ".htm",
    ".xhtml",
    ".jinja",
    ".jinja2",
    ".j2",
    ".ejs",
    ".hbs",
    ".handlebars",
    ".mustache",
    ".erb",
    ".njk",
    ".twig",
)
_TAG = re.compile(r"<(?P<name>[a-zA-Z][\w-]{0,30})(?P<attributes>(?:\s[^<>]{0,3000})?)>")
_SOURCE = re.compile(r"\bsrc\s*=\s*[\"']?(?P<address>(?:https?:)?//[^\"'\s>]{1,500})", re.IGNORECASE)
_OWN = re.compile(
    r"googletagmanager\.com|google-analytics\.com|recaptcha|js\.stripe\.com|maps\.googleapis\.com|\{\{|\{%|<%|localhost|127\.0\.0\.1|www\.google\.com",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|\b(?:width|height)\s*=\s*[\"']?[01](?:px)?[\"'\s]", re.IGNORECASE
)
_PLAIN_ACTION = re.compile(r"\baction\s*=\s*[\"']?http://(?!localhost|127\.|\{\{|\[::1\])", re.IGNORECASE)
_JAVASCRIPT = re.compile(
    r"\b(?:href|src|action|formaction|xlink:href)\s*=\s*[\"']?\s*(?:javascript|vbscript):(?P<code>[^\"'>]{0,500})",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\s*(?:void\s*\(?\s*0?\s*\)?|;|history\.(?:back|go)\([^)]*\)|window\.print\(\)|return false)?\s*;?\s*"
)
_HANDLER = re.compile(
    r"\son[a-z]{3,20}\s*=\s*(?:\"[^\"]{0,500}(?:\{\{|<%=|\$\{)[^\"]{0,500}\"|'[^']{0,500}(?:\{\{|<%=|\$\{)[^']{0,500}')",
    re.IGNORECASE,
)
_UNESCAPED = re.compile(
    r"\{\{[^}]{0,200}\|\s*safe\s*(?:\||\}\})|\{%-?\s*autoescape\s+(?:off|false)\s*-?%\}|<%-(?!\s*include)[^%]{1,200}%>|\{\{\{[^}]{1,200}\}\}\}|<%==\s|\braw\s*\(|\|\s*raw\s*\}\}"
)
_RUBY_ONLY = re.compile(r"\braw\s*\($")
_COMMENT = re.compile(r"<!--.*?-->|\{#.*?#\}|\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)


class MarkupAnalyser:
    name = "markup"

    def wants(self, file: ChangedFile) -> bool:
        return not file.is_link and file.path.lower().endswith(_ENDINGS)

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        return findings_at(file, self._places(file))

    def _places(self, file: ChangedFile) -> Iterator[Place]:
        for fragment in file.texts():
            text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), fragment.text)
            for place, line in enumerate(text.split("\n")):
                yield from _escapes(file.path, line[:20_000], fragment.start + place)
            yield from _tags(text, fragment.start)


def _escapes(path: str, line: str, number: int) -> Iterator[Place]:
    for found in _UNESCAPED.finditer(line):
        if "raw" in found.group() and found.group().rstrip().endswith("(") and not path.endswith(".erb"):
            continue
        if found.group().startswith("<%-") and not path.endswith(".ejs"):
            continue
        yield Place("html-unescaped", number, number)
        return


def _tags(text: str, start: int) -> Iterator[Place]:
    line, end = start, 0
    for tag in _TAG.finditer(text):
        line += text.count("\n", end, tag.start())
        end = tag.start()
        last = line + tag.group().count("\n")
        attributes = tag["attributes"]
        if tag["name"].lower() == "script":
            source = _SOURCE.search(attributes)
            if source is not None and "integrity" not in attributes.lower() and not _OWN.search(source["address"]):
                yield Place("html-script-without-integrity", line, last)
        if tag["name"].lower() == "iframe" and _UNSEEN.search(attributes) and _SOURCE.search(attributes):
            yield Place("html-hidden-frame", line, last)
        if tag["name"].lower() == "form" and _PLAIN_ACTION.search(attributes):
            yield Place("html-form-in-the-clear", line, last)
        code = _JAVASCRIPT.search(attributes)
        if code is not None and not _NOTHING.fullmatch(code["code"]):
            yield Place("html-script-address", line, last)
        if _HANDLER.search(attributes):
            yield Place("html-handler-from-template", line, last)
