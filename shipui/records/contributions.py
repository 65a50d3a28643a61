"""What was assessed, recommended and chosen about sharing a build, and who has accepted the certificate of origin."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from shipui.model.contribution import Assessment, Criterion, Decision, Grade, Mode, Recommendation, RecordedContribution
from shipui.model.promotion import Revision
from shipui.records.connection import as_json, storable

Connection = psycopg.Connection[Any]

_REVISION = "SELECT id FROM revision WHERE build = %s AND commit = %s AND base = %s AND tree = %s AND diff_digest = %s"


def choice(connection: Connection, build: str, revision: Revision) -> tuple[bool | None, str | None]:
    """What was chosen for this very content, and by whom: newer content needs a word of its own."""
    row = connection.execute(
        f"SELECT chosen, chosen_by FROM contribution WHERE build = %s AND revision = ({_REVISION})",
        (build, build, revision.commit, revision.base, revision.tree, revision.diff_digest),
    ).fetchone()
    return (row[0], row[1]) if row is not None else (None, None)


def record(
    connection: Connection,
    build: str,
    revision: Revision,
    mode: Mode,
    assessment: Assessment,
    chosen: tuple[bool | None, str | None],
    decision: Decision,
) -> None:
    """The latest of a build; what was assessed of older content is in the journal of its run."""
    connection.execute(
        "INSERT INTO contribution (build, criteria, recommendation, chosen, chosen_by, mode, revision, changes, stops, shared, plain)"
        f" VALUES (%s, %s, %s, %s, %s, %s, ({_REVISION}), %s, %s, %s, %s)"
        " ON CONFLICT (build) DO UPDATE SET criteria = EXCLUDED.criteria, recommendation = EXCLUDED.recommendation,"
        " chosen = EXCLUDED.chosen, chosen_by = EXCLUDED.chosen_by, at = clock_timestamp(), mode = EXCLUDED.mode,"
        " revision = EXCLUDED.revision, changes = EXCLUDED.changes, stops = EXCLUDED.stops, shared = EXCLUDED.shared,"
        " plain = EXCLUDED.plain",
        (
            build, as_json([each.as_json() for each in assessment.criteria]), str(assessment.recommendation),
            chosen[0], storable(chosen[1]) if chosen[1] else None, str(mode),
            build, revision.commit, revision.base, revision.tree, revision.diff_digest,
            as_json([*assessment.changes, *assessment.doubts]), as_json([*assessment.secrets, *assessment.stops]),
            decision.leaves and mode.shares, storable(decision.plain),
        ),
    )  # fmt: skip


def of_build(connection: Connection, build: str) -> RecordedContribution | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM contribution WHERE build = %s", (build,)).fetchone()
    if row is None:
        return None
    return RecordedContribution(
        mode=Mode(row["mode"]),
        criteria=tuple(
            Criterion(each["name"], Grade(each["grade"]), tuple(each["reasons"])) for each in row["criteria"]
        ),
        recommendation=Recommendation(row["recommendation"]),
        changes=tuple(row["changes"]),
        stops=tuple(row["stops"]),
        chosen=row["chosen"],
        chosen_by=row["chosen_by"],
        shared=row["shared"],
        plain=row["plain"],
    )


def accept_certificate(connection: Connection, person: str, text_sha256: str) -> None:
    """Once for each text; accepting again changes nothing."""
    connection.execute(
        "INSERT INTO certificate (person, text_sha256) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (storable(person), text_sha256),
    )


def accepted(connection: Connection, person: str, text_sha256: str) -> bool:
    row = connection.execute(
        "SELECT FROM certificate WHERE person = %s AND text_sha256 = %s", (storable(person), text_sha256)
    ).fetchone()
    return row is not None
