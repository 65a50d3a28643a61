"""From a range of commits, as a sandbox hands it over, to a Change with whole files."""

from __future__ import annotations

from shipui.gates.base import Change
from shipui.gates.diff_reading import read_diff
from shipui.gates.text_decoding import decoded, is_text
from shipui.sandboxes.base import Contents, Examined


class HeadTree:
    """The head commit's files, as text."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def paths(self) -> frozenset[str]:
        return self._contents.paths()

    def read(self, path: str) -> str | None:
        content = self._contents.read(path)
        return decoded(content) if content is not None and is_text(content) else None

    def ever_held(self, folder: str) -> bool | None:
        return self._contents.ever_held(folder)


def change_in(examined: Examined) -> Change:
    return read_diff(examined.diff, examined.contents.blobs, HeadTree(examined.contents))
