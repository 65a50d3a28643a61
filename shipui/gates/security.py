"""The security gate: analysers by language and subject, each on one file at a time, spread over processes where that pays."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Sequence

from shipui.config.settings import GateSettings
from shipui.gates.analysers import analysers
from shipui.gates.base import Change, ChangedFile, FileAnalyser, Status, needs_review, rule_failed
from shipui.model.findings import Finding, GateReport

PAYS_FROM_LINES = 6_000
"""Changed lines. For fewer a second process costs more than it saves."""
CHUNK_LINES = 1_500


class Security:
    name = "security"

    def __init__(self, processes: int = 1) -> None:
        self._processes = processes

    def examine(self, change: Change, settings: GateSettings) -> GateReport:
        files = [each for each in change.files if _readable(each)]
        lines = sum(len(each.added) for each in files)
        findings = [needs_review(each.path, None, each.unreadable) for each in change.files if each.unreadable]
        if self._processes > 1 and lines >= PAYS_FROM_LINES and len(files) > 1:
            findings += _in_processes(files, self._processes)
        else:
            findings += examine_files(files)
        return GateReport(self.name, len(files), lines, tuple(findings))


def examine_files(files: Sequence[ChangedFile]) -> list[Finding]:
    """With every analyser that wants them. An analyser that throws is a finding, and the others go on."""
    every = analysers()
    return [finding for file in files for analyser in every for finding in _examined(analyser, file)]


def _examined(analyser: FileAnalyser, file: ChangedFile) -> Iterable[Finding]:
    try:
        return analyser.examine_file(file) if analyser.wants(file) else ()
    except Exception as error:  # noqa: BLE001 - reported as a finding that makes the verdict an error
        return (rule_failed(analyser.name, file.path, error),)


def _readable(file: ChangedFile) -> bool:
    return (
        file.status is not Status.DELETED
        and not file.binary
        and not file.is_link
        and not file.unreadable
        and bool(file.added or file.cuts)
    )


def _in_processes(files: list[ChangedFile], processes: int) -> list[Finding]:
    """Forked: the caller has said with `processes` that it has no other threads. The files are inherited, not sent."""
    context = multiprocessing.get_context("fork")
    chunks = _chunks(files)
    with context.Pool(min(processes, len(chunks)), _inherit, (chunks,)) as pool:
        return [finding for found in pool.imap(_examine_chunk, range(len(chunks))) for finding in found]


_chunks_of_this_worker: list[list[ChangedFile]] = []


def _inherit(chunks: list[list[ChangedFile]]) -> None:
    _chunks_of_this_worker[:] = chunks


def _examine_chunk(index: int) -> list[Finding]:
    return examine_files(_chunks_of_this_worker[index])


def _chunks(files: list[ChangedFile]) -> list[list[ChangedFile]]:
    chunks: list[list[ChangedFile]] = [[]]
    room = CHUNK_LINES
    for file in files:
        if room <= 0:
            chunks.append([])
            room = CHUNK_LINES
        chunks[-1].append(file)
        room -= max(len(file.added), 20)
    return chunks
