"""A feature's change with the install's own names, hosts and addresses taken out of every file: what others get to see."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from shipui.model.errors import Refused
from shipui.model.redaction import Redaction
from shipui.model.source_change import SUBMODULE, ChangedFile, SourceChange
from shipui.model.text import visible


class RedactedChange:
    """A `SourceChange`. A file that holds one of the words has other content, and so another blob; the others are as they were."""

    def __init__(self, change: SourceChange, redaction: Redaction) -> None:
        self._change = change
        self._redaction = redaction

    def files(self) -> Sequence[ChangedFile]:
        return tuple(
            replace(each, blob=self._made[each.blob][0], size=len(self._made[each.blob][1]))
            if each.blob in self._made
            else each
            for each in self._change.files()
        )

    def content(self, blob: str) -> bytes:
        redacted = dict(self._made.values())
        return redacted[blob] if blob in redacted else self._change.content(blob)

    def base_tree(self) -> str:
        return self._change.base_tree()

    def diff(self) -> bytes:
        """Of what is redacted there is no diff: only whoever sees the files sees what was replaced."""
        return self._change.diff() if not self._made else b""

    @cached_property
    def replaced(self) -> Mapping[bytes, str]:
        """By path: the blob that takes the place of the one in the commit."""
        self._require_paths()
        return {each.path: self._made[each.blob][0] for each in self._change.files() if each.blob in self._made}

    @cached_property
    def _made(self) -> Mapping[str | None, tuple[str, bytes]]:
        """By the blob in the commit: the blob in its place, and what it holds."""
        made: dict[str | None, tuple[str, bytes]] = {}
        for each in self._change.files():
            if each.blob is None or each.mode == SUBMODULE:
                continue
            content = self._change.content(each.blob)
            redacted = self._redaction.content(content)
            if redacted is None:
                shown = visible(each.path.decode("utf-8", "replace"), limit=120)
                raise Refused(
                    f"{shown} is no text, and holds a word that is to be redacted: it cannot be shared as it is.",
                    fix="Leave the file out of the feature, or keep the feature local.",
                )
            if redacted != content:
                made[each.blob] = (_blob(redacted), redacted)
        return made

    def _require_paths(self) -> None:
        for each in self._change.files():
            path = each.path.decode("utf-8", "replace")
            if self._redaction.found_in(path):
                raise Refused(
                    f"The path {visible(path, limit=120)} holds a word that is to be redacted: it cannot be shared as it is.",
                    fix="Give the file another name, or keep the feature local.",
                )


def _blob(content: bytes) -> str:
    """git's ID of a file with that content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
