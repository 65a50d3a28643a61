"""Products, their versions, and the inventory: what of each runs in production."""

from __future__ import annotations

import re
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row, dict_row

from shipui.model.errors import BadInput, Refused
from shipui.model.ids import IdKind
from shipui.model.inventory import InventoryEntry, Product, Version
from shipui.model.promotion import Status
from shipui.model.text import visible
from shipui.records.connection import storable
from shipui.records.rows import containing, insert_with_id

Connection = psycopg.Connection[Any]
Bump = Literal["major", "minor", "patch"]

FIRST_VERSION = "1.0.0"
_NUMBER = r"(0|[1-9][0-9]{0,8})"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMANTIC = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_IDENTIFIER}(?:\.{_IDENTIFIER})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)


def find(connection: Connection, reference: str) -> Product | None:
    """By its ID or by its name."""
    with connection.cursor(row_factory=class_row(Product)) as cursor:
        cursor.execute(
            "SELECT id, name, target FROM product WHERE id = upper(%s) OR name = %s ORDER BY name = %s DESC LIMIT 1",
            (storable(reference),) * 3,
        )
        return cursor.fetchone()


def add(connection: Connection, name: str, target: str) -> Product:
    """A new product. Refused if one has that name."""
    add_target(connection, target)
    statement = "INSERT INTO product (id, name, target) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING"
    try:
        with connection.transaction():
            new = insert_with_id(connection, IdKind.PRODUCT, statement, (storable(name), target))
    except psycopg.errors.UniqueViolation as error:
        raise Refused(
            f"There is a product “{visible(name)}” already.", detail=str(error), fix="Use it, with --product."
        ) from error
    return Product(new, storable(name), target)


def add_target(connection: Connection, name: str) -> None:
    connection.execute("INSERT INTO target (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))


def require_semantic(version: str) -> None:
    """BadInput unless it is a semantic version."""
    if not _SEMANTIC.fullmatch(version):
        raise BadInput(
            f"“{visible(version, limit=60)}” is not a semantic version.", fix="Expected three numbers, such as 1.4.0."
        )


def next_version(connection: Connection, product: str, asked: str | None, bump: Bump = "minor") -> str:
    """`asked`, if it is a semantic version that the product has not had (else BadInput, Refused); without it the next one by `bump`."""
    rows = connection.execute("SELECT version FROM product_version WHERE product = %s", (product,)).fetchall()
    had = {version for (version,) in rows}
    if asked is not None:
        require_semantic(asked)
        if asked in had:
            raise Refused(
                f"Version {asked} of {product} exists already.", fix="Leave --version out to get the next one."
            )
        return asked
    if not had:
        return FIRST_VERSION
    major, minor, patch = max(_numbers(version) for version in had)
    match bump:
        case "major":
            return f"{major + 1}.0.0"
        case "minor":
            return f"{major}.{minor + 1}.0"
        case "patch":
            return f"{major}.{minor}.{patch + 1}"


def add_version(connection: Connection, product: str, version: str, build: str, by: str) -> None:
    """Refused if the product has had that version."""
    added = connection.execute(
        "INSERT INTO product_version (product, version, build, registered_by) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (product, version, build, by),
    )
    if added.rowcount == 0:
        raise Refused(f"Version {version} of {product} exists already.", fix="Leave --version out to get the next one.")


def version_of_build(connection: Connection, product: str, build: str) -> str | None:
    """The version that this build makes of the product, if it is registered: shipping again does not make another."""
    row = connection.execute(
        "SELECT version FROM product_version WHERE product = %s AND build = %s ORDER BY registered_at DESC LIMIT 1",
        (product, build),
    ).fetchone()
    return None if row is None else str(row[0])


def mark_deployed(connection: Connection, product: str, version: str) -> None:
    """That it is in production since now."""
    connection.execute(
        "UPDATE product_version SET deployed_at = clock_timestamp() WHERE product = %s AND version = %s",
        (product, version),
    )


def inventory(
    connection: Connection, text: str = "", limit: int | None = None, after: InventoryEntry | None = None
) -> list[InventoryEntry]:
    """The products, by name, with what of each runs in production. `text` narrows them down, `after` is the last of the page before."""
    conditions, values = ["true"], list[Any]()
    if text:
        conditions.append(
            "concat_ws(' ', product.id, product.name, product.target, promotion.version, promotion.build, promotion.id) ILIKE %s"
        )
        values.append(containing(storable(text)))
    if after is not None:
        conditions.append("(product.name, product.id) > (%s, %s)")
        values += [after.name, after.product]
    with connection.cursor(row_factory=class_row(InventoryEntry)) as cursor:
        cursor.execute(
            "SELECT product.id AS product, product.name, product.target, promotion.version, promotion.build,"
            " promotion.id AS promotion, promotion.updated_at AS since"
            " FROM product LEFT JOIN promotion ON promotion.product = product.id AND promotion.status = 'deployed'"
            f" WHERE {' AND '.join(conditions)} ORDER BY product.name, product.id LIMIT %s",
            (*values, limit),
        )
        return cursor.fetchall()


def versions(
    connection: Connection, product: str, text: str = "", limit: int | None = None, after: Version | None = None
) -> list[Version]:
    """Of one product, the newest first, each with the newest promotion of its build. `text` narrows them down, `after` pages on."""
    conditions, values = ["known.product = %s"], list[Any]([product])
    if text:
        conditions.append(
            "concat_ws(' ', known.version, known.build, known.registered_by, newest.id, replace(newest.status, '_', ' ')) ILIKE %s"
        )
        values.append(containing(storable(text)))
    if after is not None:
        conditions.append("(known.registered_at, known.version) < (%s, %s)")
        values += [after.registered_at, after.version]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "SELECT known.*, newest.id AS promotion, newest.status FROM product_version known LEFT JOIN LATERAL ("
            " SELECT id, status FROM promotion"
            " WHERE promotion.build = known.build AND promotion.product = known.product AND promotion.version = known.version"
            " ORDER BY requested_at DESC, id LIMIT 1) newest ON true"
            f" WHERE {' AND '.join(conditions)} ORDER BY known.registered_at DESC, known.version DESC LIMIT %s",
            (*values, limit),
        )
        return [Version(**{**row, "status": Status(row["status"]) if row["status"] else None}) for row in rows]


def _numbers(version: str) -> tuple[int, int, int]:
    found = _SEMANTIC.fullmatch(version)
    assert found is not None, version
    return int(found[1]), int(found[2]), int(found[3])
