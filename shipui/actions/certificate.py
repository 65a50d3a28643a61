"""The developer's certificate of origin: read it, and accept it. Nothing is shared by whoever has not."""

from __future__ import annotations

from shipui.install import Installation
from shipui.model.certificate import DIGEST, TEXT
from shipui.model.roles import Person, Right
from shipui.records import contributions


def certificate(installation: Installation, person: Person) -> tuple[str, bool]:
    """Its text, and whether this person has accepted it."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        return TEXT, contributions.accepted(connection, person.name, DIGEST)


def accept(installation: Installation, person: Person) -> None:
    """For oneself, once: the audit trail says when."""
    person.require(Right.CERTIFY)
    with installation.audited(person, "certificate of origin accepted", person.name, sha256=DIGEST) as connection:
        contributions.accept_certificate(connection, person.name, DIGEST)
