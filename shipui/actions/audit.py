"""Look at the audit trail, and prove that it is whole."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.roles import Person, Right
from shipui.records import audit
from shipui.records.audit import AuditEntry, Sought


def listed(
    installation: Installation,
    person: Person,
    *,
    by: str | None = None,
    subject: str | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """The newest first; `by` and `subject` narrow it down to an account, and to a promotion or build."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return audit.listed(connection, limit, by=by, subject=subject)


def search(
    installation: Installation, person: Person, sought: Sought, *, limit: int = 100, before: int | None = None
) -> list[AuditEntry]:
    """The newest first, as far as they match; `before` is the number of an entry, to page on."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return audit.search(connection, sought, limit, before)


def verify(installation: Installation, person: Person) -> list[str]:
    """What is wrong with the trail, in words; an empty list when nothing is."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return audit.verify(connection, installation.audit_head)
