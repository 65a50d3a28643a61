"""What became of a build at the code host: one pull request, where it is, and what stands between it and the base branch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from shipui.records.connection import storable

Connection = psycopg.Connection[Any]

_COLUMNS = "host, number, url, branch, head, tree, placed, commit, state, merging, plain, comment_url, merge_commit"


@dataclass(frozen=True, slots=True)
class RecordedPullRequest:
    host: str
    number: int
    """0 for local files."""
    url: str
    branch: str
    head: str
    """The commit at the code host."""
    tree: str
    placed: str
    commit: str
    """The build's own commit that it stands for."""
    state: str
    """open, merged or closed."""
    merging: str
    """What stood between it and the base branch when shipui looked last: the words of the code hosts' `Merging`."""
    plain: str
    comment_url: str = ""
    merge_commit: str = ""
    updated_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """At a code host, not only in local files."""
        return self.number > 0 and self.state == "open"

    def in_words(self) -> str:
        return f"#{self.number} {self.state}, {self.url}. {self.plain}" if self.number else self.plain

    def as_json(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "number": self.number or None,
            "url": self.url,
            "branch": self.branch,
            "commit": self.commit,
            "head": self.head,
            "state": self.state,
            "merging": self.merging,
            "plain": self.plain,
            "comment": self.comment_url or None,
            "merge_commit": self.merge_commit or None,
            "seen_at": self.updated_at.isoformat() if self.updated_at else None,
        }


def record(connection: Connection, build: str, found: RecordedPullRequest) -> None:
    """As it is now; the build has one."""
    names = _COLUMNS.split(", ")
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in names)
    connection.execute(
        f"INSERT INTO pull_request (build, {_COLUMNS}) VALUES ({', '.join(['%s'] * (len(names) + 1))})"
        f" ON CONFLICT (build) DO UPDATE SET {changed}, updated_at = clock_timestamp()",
        (build, *(storable(value) if isinstance(value := getattr(found, name), str) else value for name in names)),
    )


def of_build(connection: Connection, build: str) -> RecordedPullRequest | None:
    with connection.cursor(row_factory=class_row(RecordedPullRequest)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS}, updated_at FROM pull_request WHERE build = %s", (build,)).fetchone()
