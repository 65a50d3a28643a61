"""What proves the revisions of builds: the latest of a revision counts, and what was said before is kept."""

from __future__ import annotations

from typing import Any

import psycopg

from shipui.model.evidence import Evidence, RecordedEvidence, Source, read_evidence
from shipui.model.promotion import Revision
from shipui.records.connection import as_json, storable

Connection = psycopg.Connection[Any]


def add(
    connection: Connection, build: str, revision: Revision, evidence: Evidence, source: Source, output: str, by: str
) -> None:
    """Of a revision that the records have. The same once more is not written twice."""
    before = of_revision(connection, build, revision)
    if before is not None and (before.evidence, before.source, before.output) == (evidence, source, output):
        return
    connection.execute(
        "INSERT INTO evidence (revision, source, content, output, by)"
        " SELECT id, %s, %s, %s, %s FROM revision"
        " WHERE build = %s AND commit = %s AND base = %s AND tree = %s AND diff_digest = %s",
        (
            str(source), as_json(evidence.as_json()), storable(output), storable(by),
            build, revision.commit, revision.base, revision.tree, revision.diff_digest,
        ),
    )  # fmt: skip


def of_revision(connection: Connection, build: str, revision: Revision) -> RecordedEvidence | None:
    row = connection.execute(
        "SELECT evidence.content, evidence.source, evidence.output, evidence.by, evidence.at"
        " FROM evidence JOIN revision ON revision.id = evidence.revision"
        " WHERE build = %s AND commit = %s AND base = %s AND tree = %s AND diff_digest = %s"
        " ORDER BY evidence.id DESC LIMIT 1",
        (build, revision.commit, revision.base, revision.tree, revision.diff_digest),
    ).fetchone()
    if row is None:
        return None
    content, source, *rest = row
    return RecordedEvidence(read_evidence(content), Source(source), *rest)
