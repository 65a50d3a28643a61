"""A migrated records database for tests, and what has to be in it before a promotion can be."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import psycopg

from shipui.model.change import ChangeType, RiskLevel
from shipui.model.events import RunKind
from shipui.model.promotion import Promotion, Revision, Status
from shipui.model.run import Run
from shipui.records import approvals, builds, products, promotions, runs, schema
from tests.servers import FreshDatabase

Connection = psycopg.Connection[Any]

REVISION = Revision("c" * 40, "b" * 40, "a" * 40, "d" * 64)


@dataclass(frozen=True, slots=True)
class RecordsDatabase:
    """`url` is the role that owns nothing, `owner_url` the owner, `superuser_url` one for whom no rule holds."""

    url: str
    owner_url: str
    superuser_url: str
    role: str


def migrated(database: FreshDatabase) -> RecordsDatabase:
    """The records in `database`, with an application role of their own (dropped by `drop_role`)."""
    role = f"{database.name}_role"
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{role}" LOGIN')
        # Before PostgreSQL 15 anybody could do this; from then on only the database's owner, which this is.
        connection.execute(f'GRANT CREATE ON SCHEMA public TO "{database.owner}"')
    schema.migrate(database.url, role)
    return RecordsDatabase(database.server.url(database.name, role), database.url, database.superuser_url, role)


def drop_role(records: RecordsDatabase) -> None:
    with psycopg.connect(records.superuser_url, autocommit=True) as connection:
        connection.execute(f'DROP OWNED BY "{records.role}"')
        connection.execute(f'DROP ROLE "{records.role}"')


def new_build() -> str:
    return f"FB-{secrets.token_hex(4).upper()}"


def pending(connection: Connection, *, target: str = "production", product: str = "Notes") -> Promotion:
    """A pending promotion of a new build."""
    build = new_build()
    known = products.find(connection, product) or products.add(connection, product, target)
    builds.add(connection, build, "Search in notes", "/srv/sandbox", REVISION, {"files": 2}, "build-studio")
    version = products.next_version(connection, known.id, None)
    products.add_version(connection, known.id, version, build, "build-studio")
    new = promotions.NewPromotion(
        build=build,
        title="Search in notes",
        target=target,
        product=known.id,
        version=version,
        type=ChangeType.NORMAL,
        risk=RiskLevel.LOW,
        requested_by="build-studio",
        revision=REVISION,
        sandbox="/srv/sandbox",
    )
    return promotions.request(connection, new)


def approved(connection: Connection, *, target: str = "production", product: str = "Notes") -> Promotion:
    promotion = pending(connection, target=target, product=product)
    approvals.add(connection, promotion.id, "ann", REVISION, "looks right")
    return promotions.move(connection, promotion.id, Status.APPROVED, "Approved by ann.", "ann", None)


def open_run(
    connection: Connection, promotion: Promotion, *, person: str = "ann", kind: RunKind = RunKind.DEPLOY
) -> Run:
    return runs.open_run(
        connection,
        kind=kind,
        promotion=promotion.id,
        target=promotion.target,
        machine="machine-1",
        host="ops1",
        pid=4711,
        person=person,
        limit_seconds=600,
    )
