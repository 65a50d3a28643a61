"""Shipping builds, as its screens need it: which are ready, whether what was typed will do, and the run itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shipui.model.change import ChangeType, RiskLevel
from shipui.model.contribution import Assessment
from shipui.model.errors import BadInput, ShipuiError
from shipui.model.ids import IdKind, parse_id
from shipui.model.inventory import ReadyBuild
from shipui.model.text import visible
from shipui.records import products, promotions
from shipui.tui.desk import Running

if TYPE_CHECKING:
    from shipui.install import Installation
    from shipui.records.connection import Connection
    from shipui.ship.shipment import Order

LONGEST_TITLE = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, as it was typed. Empty is "by default" where that is allowed."""

    build: str = ""
    sandbox: str = ""
    title: str = ""
    base: str = ""
    product: str = ""
    version: str = ""
    target: str = ""
    evidence: str = ""
    """A file."""
    type: ChangeType = ChangeType.NORMAL
    risk: RiskLevel | None = None
    """None: what the change itself suggests."""
    contribute: bool | None = None
    """Whether it is shared; None: nothing was said."""


@dataclass(frozen=True, slots=True)
class Remark:
    """On one field."""

    ok: bool
    words: str


Remarks = Mapping[str, Remark]
"""By the name of a Draft's field. What is not there raises no question."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """What is to be known before somebody chooses whether a build is shared."""

    assessment: Assessment
    chosen: bool | None
    """What was chosen for this very content before."""
    certified: bool
    """Whether this person has accepted the certificate of origin."""


class ShippingDesk(Protocol):
    """Every method may block, and raises ShipuiError."""

    @property
    def targets(self) -> Sequence[str]: ...
    def ready(self, text: str, limit: int, after: ReadyBuild | None) -> Sequence[ReadyBuild]: ...
    def check(self, draft: Draft) -> Remarks: ...
    def shares(self) -> bool:
        """Whether the install shares builds, so that a person is asked."""
        ...

    def assess(self, draft: Draft) -> Assessed: ...
    def certificate(self) -> str:
        """The text of the certificate of origin."""
        ...

    def accept_certificate(self) -> None:
        """For oneself."""
        ...

    def ship(self, draft: Draft) -> Running: ...


def draft_of(build: ReadyBuild) -> Draft:
    """To ship a known build again: with newer content, or on from the step at which it stopped."""
    return Draft(
        build=build.id,
        sandbox=build.sandbox,
        title=build.title,
        product=build.product_name or "",
        version=build.version or "",
        target=build.target or "",
    )


class InstallShipping:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    @property
    def targets(self) -> Sequence[str]:
        return sorted(self._installation.settings.target)

    def ready(self, text: str, limit: int, after: ReadyBuild | None) -> Sequence[ReadyBuild]:
        from shipui.actions.inventory import ready_builds

        return ready_builds(self._installation, self._installation.person, text=text, limit=limit, after=after)

    def check(self, draft: Draft) -> Remarks:
        remarks = {"title": _title(draft.title), "sandbox": _sandbox(draft.sandbox)}
        if draft.version:
            remarks["version"] = _refusal(lambda: products.require_semantic(draft.version), "a semantic version")
        if draft.evidence:
            remarks["evidence"] = _evidence(draft.evidence)
        if draft.target and draft.target not in self.targets:
            remarks["target"] = Remark(False, f"There is no target “{draft.target}”: {', '.join(self.targets)}.")
        elif not draft.target and len(self.targets) > 1:
            remarks["target"] = Remark(False, f"There are several targets: {', '.join(self.targets)}.")
        with self._installation.records.transaction() as connection:
            remarks["build"] = _build(connection, draft.build)
            remarks |= self._product(connection, draft, remarks.get("version"))
        return remarks

    def _product(self, connection: Connection, draft: Draft, version: Remark | None) -> dict[str, Remark]:
        target = draft.target or self.targets[0]
        name = draft.product or target
        known = products.find(connection, name)
        if known is None:
            if name.upper().startswith("DP-"):
                return {"product": Remark(False, f"There is no product {name}.")}
            return {"product": Remark(True, f"{name}, a new product" if draft.product else f"{name}, by default; new")}
        if known.target != target:
            return {"product": Remark(False, f"{known.name} belongs to the target {known.target}.")}
        remarks = {"product": Remark(True, f"{known.name}, which is known" + ("" if draft.product else "; by default"))}
        if draft.version and version is not None and version.ok:
            had = {each.version: each.build for each in products.versions(connection, known.id)}
            if had.get(draft.version, draft.build.strip().upper()) != draft.build.strip().upper():
                words = f"{known.name} {draft.version} exists already, of {had[draft.version]}."
                remarks["version"] = Remark(False, words)
        return remarks

    def shares(self) -> bool:
        return self._installation.sharing().mode.shares

    def assess(self, draft: Draft) -> Assessed:
        from shipui.actions.certificate import certificate
        from shipui.actions.ship import assessment

        person = self._installation.person
        found, chosen = assessment(self._installation, person, self._order(draft))
        _, certified = certificate(self._installation, person)
        return Assessed(found, chosen, certified)

    def certificate(self) -> str:
        from shipui.model.certificate import TEXT

        return TEXT

    def accept_certificate(self) -> None:
        from shipui.actions.certificate import accept

        accept(self._installation, self._installation.person)

    def ship(self, draft: Draft) -> Running:
        from shipui.actions.ship import ship

        return ship(self._installation, self._installation.person, self._order(draft)).running

    def _order(self, draft: Draft) -> Order:
        from shipui.actions.evidence_file import read
        from shipui.actions.ship import prepare_order

        return prepare_order(
            self._installation,
            build=parse_id(draft.build, IdKind.BUILD),
            title=draft.title,
            sandbox=_required_sandbox(draft.sandbox),
            target=draft.target or None,
            base=draft.base or None,
            product=draft.product or None,
            version=draft.version or None,
            type=draft.type,
            risk=draft.risk,
            evidence=read(Path(draft.evidence).expanduser()) if draft.evidence else None,
            contribute=draft.contribute,
        )


def _required_sandbox(sandbox: str) -> str:
    if not sandbox:
        raise BadInput("The sandbox is missing.", fix="Name the git work tree where the feature was built.")
    return sandbox if sandbox.startswith("docker://") else str(Path(sandbox).expanduser())


def _refusal(check: Callable[[], object], words: str) -> Remark:
    try:
        check()
    except ShipuiError as error:
        return Remark(False, f"{error.plain} {error.fix or ''}".strip())
    return Remark(True, words)


def _build(connection: Connection, text: str) -> Remark:
    if not text:
        return Remark(False, "Needed: FB- and eight of 0-9 and A-F, such as FB-3DD07E19.")
    try:
        build = parse_id(text, IdKind.BUILD)
    except ShipuiError as error:
        return Remark(False, f"{error.plain} {error.fix or ''}".strip())
    found = promotions.open_of_build(connection, build)
    if found is None:
        return Remark(True, "a build without an open promotion")
    return Remark(True, f"{found.id} asks for it already: shipping again renews it with what is in the sandbox now")


def _evidence(text: str) -> Remark:
    from shipui.actions.evidence_file import read

    try:
        found = read(Path(text).expanduser())
    except ShipuiError as error:
        return Remark(False, f"{error.plain} {error.fix or ''}".strip())
    missing = found.missing()
    words = " ".join(missing) if missing else "type check, tests and acceptance criteria passed"
    return Remark(True, f"of the commit {found.commit[:12]}: {words}")


def _title(text: str) -> Remark:
    if not text.strip():
        return Remark(False, "Needed: what it is, in a few words.")
    if len(text) > LONGEST_TITLE:
        return Remark(False, f"{len(text)} characters; {LONGEST_TITLE} are allowed.")
    return Remark(True, "")


def _sandbox(text: str) -> Remark:
    if not text:
        return Remark(False, "Needed: a git work tree, as a folder or as docker://NAME/PATH.")
    if text.startswith("docker://"):
        name, _, path = text.removeprefix("docker://").partition("/")
        return (
            Remark(True, "looked at in its first step")
            if name and path
            else Remark(False, "Expected docker://NAME/PATH.")
        )
    folder = Path(text).expanduser()
    try:
        if not folder.is_dir():
            return Remark(False, f"There is no folder {visible(str(folder), limit=200)}.")
        if not (folder / ".git").exists():
            return Remark(False, "That folder is not a git work tree: it has no .git.")
    except (OSError, ValueError) as error:
        return Remark(False, f"It cannot be looked at: {visible(str(error), limit=200)}.")
    return Remark(True, "a git work tree")
