"""One finding in words: what it is, what was said of it, how it is mended, and what it is known as."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from shipui.model.disposition import Disposition, DispositionKind
from shipui.model.review import GateFinding, Review, Since
from shipui.tui.finding_signs import SAID, SEVERITY, standing_of
from shipui.tui.signs import age
from shipui.tui.widgets.paragraphs import Pair, Paragraph, Paragraphs
from shipui.tui.widgets.tones import STYLES, line, signed, toned


class FindingWords(Paragraphs):
    def show(self, finding: GateFinding | None, review: Review | None, now: datetime) -> None:
        self.paragraphs = tuple(_words(finding, review, now)) if finding is not None and review is not None else ()


def _words(each: GateFinding, review: Review, now: datetime) -> list[Paragraph]:
    finding = each.finding
    cwe = f" · {finding.cwe}" if finding.cwe else ""
    facts = toned(f" · {each.gate} · {finding.rule}{cwe}", "calm", limit=200)
    words: list[Paragraph] = [
        line(signed(SEVERITY[finding.severity]), facts),
        toned(finding.message, "strong", limit=2_000),
    ]
    said = review.said.get(finding.fingerprint)
    if each.since is Since.GONE:
        words.append(toned("It was there when the gates last looked, and is gone.", "good"))
    elif said is not None:
        words.append(_said(each, said, review, now))
    if finding.fix:
        words.append(Pair(toned("To do  ", "good"), toned(finding.fix, limit=2_000)))
    return [*words, toned(f"known as {finding.fingerprint}", "calm", limit=200)]


def _said(each: GateFinding, said: Disposition, review: Review, now: datetime) -> Paragraph:
    sign = standing_of(each.finding, review, now)
    when = age(said.at, now)
    ago = "just now" if when == "now" else f"{when} ago"
    own = ", who asked for this promotion," if said.by == review.promotion.requested_by else ""
    end = ""
    if said.until is not None and said.kind != DispositionKind.REOPENED:
        end = f"; {'until' if said.settles(now) else 'that ended'} {said.until:%Y-%m-%d %H:%M %Z}"
    verb = SAID[said.kind].word if said.kind in SAID else said.kind
    return Pair(
        Content.styled(f"{sign.glyph} ", STYLES[sign.tone]),
        line(toned(f"{verb} by {said.by}{own} {ago}{end}: ", "calm", limit=200), toned(said.reason, limit=2_000)),
    )
