"""Look through the findings of a promotion: all of them with what was said, the source around one, and the whole as files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from shipui.gates.diff_reading import read_diff
from shipui.gates.secrets.masking import masked_lines
from shipui.gates.text_decoding import decoded, is_text
from shipui.install import Installation
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Failed, ShipuiError
from shipui.model.findings import Finding, Report
from shipui.model.promotion import Promotion, Revision
from shipui.model.review import Review, Source, compared
from shipui.model.roles import Person, Right
from shipui.records import gates, promotions

AROUND = 60
"""Lines that are shown on either side of a finding."""
AHEAD = 60
"""Lines before those that are read too: a secret may begin there."""
READING_SECONDS = 20.0
_LINK_FREE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def review(installation: Installation, person: Person, promotion_id: str, known: Review | None = None) -> Review:
    """The findings on its present content. Those of `known` are taken over if the gates have not run since."""
    person.require(Right.LOOK)
    with installation.records.transaction() as connection:
        promotion = promotions.get(connection, promotion_id)
        present = gates.present_runs(connection, promotion_id)
        said = gates.latest_dispositions(connection, promotion_id)
        runs = tuple(run.id for run in present)
        if known is not None and (known.promotion.id, known.runs) == (promotion.id, runs):
            return replace(known, promotion=promotion, said=said)
        before = gates.runs_before(connection, promotion_id)
        there, gone = compared(_read(connection, present), _read(connection, before) if before else None)
    own_request = installation.settings.approvals.own_request
    names = tuple(run.gate for run in present)
    return Review(promotion, runs, names, there, gone, bool(before), said, own_request)


def changed_lines(installation: Installation, person: Person, promotion: Promotion) -> dict[str, frozenset[int]]:
    """By path, the numbers of the lines that the promotion's content adds."""
    person.require(Right.LOOK)
    diff = installation.sandbox(promotion.sandbox).diff(promotion.revision, Deadline(READING_SECONDS))
    return {file.path: frozenset(file.added) for file in read_diff(diff).files}


def source(
    installation: Installation, person: Person, promotion: Promotion, finding: Finding, changed: frozenset[int]
) -> Source:
    """From shipui's own repository, so it is there when the sandbox is gone. `changed`: that file's, from `changed_lines`."""
    person.require(Right.LOOK)
    try:
        content, note = _content(installation, promotion, finding.path)
    except ShipuiError as error:
        return Source(finding.path, 1, (), changed, error.plain)
    if content is None or not is_text(content):
        why = (
            "It is no text." if content is not None else "There is no such file in this version, nor in the one before."
        )
        return Source(finding.path, 1, (), changed, why)
    lines = decoded(content).split("\n")
    line = min(max(finding.line or 1, 1), len(lines))
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    start = max(1, first - AHEAD)
    shown = masked_lines(lines[start - 1 : last])[first - start :]
    return Source(finding.path, first, tuple(shown), frozenset() if note else changed, note)


def _content(installation: Installation, promotion: Promotion, path: str) -> tuple[bytes | None, str]:
    sandbox, deadline = installation.sandbox(promotion.sandbox), Deadline(READING_SECONDS)
    content = sandbox.file(promotion.revision, path, deadline)
    if content is not None:
        return content, ""
    base = Revision(promotion.revision.base, promotion.revision.base, "", "")
    return sandbox.file(base, path, deadline), "This change deletes the file; it is shown as it was."


def export(installation: Installation, person: Person, promotion_id: str, folder: Path) -> tuple[Path, ...]:
    """All findings, with what is settled, as SARIF and as Markdown: two new files in the folder, which are named. Nothing is overwritten."""
    person.require(Right.LOOK)
    from shipui.gates.reports.markdown import markdown
    from shipui.gates.reports.sarif import sarif

    with installation.records.transaction() as connection:
        promotions.get(connection, promotion_id)
        report = Report(gates.reports(connection, promotion_id))
    if not report.gates:
        raise BadInput(
            f"The gates have not run on the content of {promotion_id}.", fix="Ship the build again, so that they run."
        )
    texts = {".sarif": json.dumps(sarif(report), indent=1, sort_keys=True) + "\n", ".md": markdown(report)}
    return _written(folder, f"{promotion_id}-findings", texts)


def _written(folder: Path, stem: str, texts: dict[str, str]) -> tuple[Path, ...]:
    """Under the first number at which none of the names is taken."""
    for number in count(1):
        name = stem if number == 1 else f"{stem}-{number}"
        paths = {folder / f"{name}{suffix}": text for suffix, text in texts.items()}
        if any(os.path.lexists(path) for path in paths):
            continue
        with suppress(FileExistsError):
            for path, text in paths.items():
                _write(path, text)
            return tuple(paths)
    raise AssertionError("numbers do not end")


def _write(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, _LINK_FREE, 0o600), "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except FileExistsError:
        raise
    except OSError as error:
        raise Failed(
            f"{path} could not be written.", detail=str(error), fix="Start shipui in a folder that you may write to."
        ) from error


def _read(connection: psycopg.Connection[Any], runs: list[gates.GateRun]) -> Iterator[tuple[str, Finding]]:
    for run in runs:
        for finding in gates.findings(connection, run.id):
            yield run.gate, finding
