"""The page, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .database import Note, Totals
from .release import Release
from .style import STYLE

SCRIPT = """
document.querySelector("form.new").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = event.target.text.value.trim();
  if (!text) return;
  const answer = await fetch("/api/notes", {method: "POST", body: JSON.stringify({text})});
  if (answer.ok) location.reload();
  else document.querySelector(".problem").textContent = (await answer.json()).error;
});
"""


def page(release: Release, notes: Sequence[Note], totals: Totals) -> str:
    """The whole page; everything that people wrote is escaped."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notes {escape(release.version)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Notes</h1>
<p class="release"><b>Version {escape(release.version)}</b><span>{escape(release.build)}</span></p>
</header>
<main>
{features()}
<form class="new">
<input name="text" placeholder="What should not be forgotten?" autocomplete="off" autofocus>
<button>Add</button>
</form>
<p class="problem" role="alert"></p>
{note_list(notes)}
</main>
<footer>{totals.notes:,} notes by {totals.authors} people · commit {escape(release.commit[:10])}</footer>
<script>{SCRIPT}</script>
</body>
</html>
"""


def features() -> str:
    """What this version has above the notes."""
    return ""


def note_list(notes: Sequence[Note]) -> str:
    return '<ol class="notes">\n' + "\n".join(card(note) for note in notes) + "\n</ol>"


def card(note: Note) -> str:
    tags = "".join(f"<span>#{escape(tag)}</span>" for tag in note.tags)
    return (
        f'<li id="note-{note.id}"><i class="face" style="--hue: {hue(note.author)}">{escape(initials(note.author))}</i>'
        f'<div><p class="meta"><b>{escape(note.author)}</b><time>{note.created_at:%d %b %Y, %H:%M}</time></p>'
        f'<p class="text">{escape(note.text)}</p><p class="tags">{tags}</p></div>'
        f'<span class="reference">N-{note.reference}</span></li>'
    )


def initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


def hue(name: str) -> int:
    """A colour for everybody, always the same: degrees on the colour wheel."""
    return sum((place + 1) * ord(letter) * 37 for place, letter in enumerate(name)) % 360
