"""The engine: every gate runs whatever happens to another, and people's words count as far as they may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shipui.config.settings import GateSettings
from shipui.gates import analysers, engine
from shipui.gates.base import Change, ChangedFile
from shipui.gates.engine import examine
from shipui.gates.security import PAYS_FROM_LINES
from shipui.model.findings import Finding, Report, Verdict
from tests.gates.changes import change_of, changed_file

FLAW = "el.innerHTML = location.hash;\n"


def security(change: Change, **how: Any) -> Report:
    return examine(change, GateSettings(), gates=["security"], **how)


def rules(report: Report) -> list[str]:
    return [finding.rule for gate in report.gates for finding in gate.findings]


class Throwing:
    name = "throwing"

    def wants(self, file: ChangedFile) -> bool:
        return True

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        raise RuntimeError("a secret that must not be shown")


@pytest.fixture
def throwing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysers, "ANALYSERS", (*analysers.ANALYSERS, f"{__name__}:Throwing"))


@pytest.mark.usefixtures("throwing")
def test_a_rule_that_throws_is_an_error_that_names_rule_and_file_and_the_others_go_on() -> None:
    report = security(change_of({"a.js": FLAW}))
    assert report.verdict is Verdict.ERROR
    assert set(rules(report)) == {"gate-failed", "js-xss"}
    failed = next(each for each in report.gates[0].findings if each.rule == "gate-failed")
    assert failed.path == "a.js"
    assert "throwing" in failed.message
    assert "must not be shown" not in json.dumps(report.as_json())


def test_a_gate_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine.GATES, "dependencies", "shipui.gates.no_such_thing:Nothing")
    report = examine(change_of({"a.js": FLAW}), GateSettings(), gates=["security", "dependencies"])
    assert [gate.verdict for gate in report.gates] == [Verdict.BLOCK, Verdict.ERROR]
    assert "dependencies" in report.gates[1].findings[0].message


def test_files_and_lines_that_were_read_are_counted() -> None:
    report = security(change_of({"a.js": "one();\ntwo();", "b.txt": "text"}))
    assert (report.gates[0].files, report.gates[0].lines) == (2, 3)


def test_only_changed_statements_are_reported() -> None:
    before = "el.innerHTML = location.hash;\nlet a = 1;\n"
    after = "el.innerHTML = location.hash;\nlet a = 2;\nel.innerHTML =\n  location.search;\n"
    (finding,) = security(Change((changed_file("a.js", after, before),))).gates[0].findings
    assert finding.line == 3


def test_a_change_within_a_statement_touches_the_statement() -> None:
    before = "db.query(\n  `SELECT * FROM t WHERE a = ${\n    escapeId(x)\n  }`\n);\n"
    after = before.replace("escapeId(x)", "x")
    assert rules(security(Change((changed_file("a.js", after, before),)))) == ["js-sql-injection"]


def test_a_value_that_became_dangerous_is_reported_where_it_changed() -> None:
    before = "app.get('/', (req, res) => {\n  const name = 'fixed';\n  res.send('<b>' + name + '</b>');\n});\n"
    after = before.replace("'fixed'", "req.query.name")
    (finding,) = security(Change((changed_file("a.js", after, before),))).gates[0].findings
    assert (finding.rule, finding.line) == ("js-xss", 2)


def test_a_comment_that_was_there_before_allows_a_finding() -> None:
    before = "// shipui: allow js-xss the text is ours\nel.innerHTML = a;\n"
    after = "// shipui: allow js-xss the text is ours\nel.innerHTML = location.hash;\n"
    assert rules(security(Change((changed_file("a.js", after, before),)))) == []


def test_a_comment_that_comes_with_the_change_allows_nothing_and_is_reported() -> None:
    report = security(change_of({"a.js": "el.innerHTML = location.hash; // shipui: allow js-xss trust me\n"}))
    assert sorted(rules(report)) == ["js-xss", "suppression-added"]
    assert report.verdict is Verdict.BLOCK


def test_a_comment_without_a_reason_allows_nothing() -> None:
    before = "// shipui: allow js-xss\nel.innerHTML = a;\n"
    after = "// shipui: allow js-xss\nel.innerHTML = location.hash;\n"
    assert "js-xss" in rules(security(Change((changed_file("a.js", after, before),))))


def test_a_comment_that_is_no_longer_needed_is_reported() -> None:
    before = "el.innerHTML = a; // shipui: allow js-xss ours\n"
    after = "el.textContent = a; // shipui: allow js-xss ours\n"
    change = Change(
        (changed_file("a.js", f"// shipui: allow js-xss ours\n{after}", f"// shipui: allow js-xss ours\n{before}"),)
    )
    assert "suppression-unused" in rules(security(change))


def test_what_a_reviewer_accepted_no_longer_counts_even_when_the_line_moves() -> None:
    first = security(change_of({"a.js": FLAW}))
    accepted = {finding.fingerprint for finding in first.gates[0].findings}
    moved = security(change_of({"a.js": f"\n\nlet x = 1;\n{FLAW}"}), settled=accepted)
    assert first.verdict is Verdict.BLOCK
    assert moved.verdict is Verdict.PASS
    assert rules(moved) == ["js-xss"]


def test_source_that_does_not_parse_needs_review_and_is_never_clean() -> None:
    report = security(change_of({"a.ts": "function ( {{{ \n", "b.ts": FLAW}))
    assert report.verdict is Verdict.ERROR
    assert sorted(rules(report)) == ["js-xss", "needs-review"]


def test_a_missing_token_alone_is_seen() -> None:
    assert rules(security(change_of({"a.ts": "if (a { b() }\n"}))) == ["needs-review"]


def test_a_file_that_did_not_parse_before_either_is_read_where_it_can_be() -> None:
    before = "function ( {{{\n\n\n\n\nlet a = 1;\n"
    report = security(Change((changed_file("a.ts", before.replace("a = 1", "a = 2"), before),)))
    assert report.verdict in {Verdict.PASS, Verdict.ERROR}


def test_several_processes_find_the_same_in_the_same_order() -> None:
    texts = {f"src/f{index}.js": FLAW + "call();\n" * 100 for index in range(PAYS_FROM_LINES // 100 + 5)}
    change = change_of(texts)
    alone = json.dumps(security(change).as_json())
    assert json.dumps(security(change, processes=2).as_json()) == alone
    assert json.dumps(security(change).as_json()) == alone
    assert alone.count('"js-xss"') == len(texts)


def test_no_finding_without_a_fingerprint(tmp_path: Path) -> None:
    report = security(change_of({"a.js": FLAW * 3, "b.ts": "let ("}))
    prints = [finding.fingerprint for finding in report.gates[0].findings]
    assert all(prints)
    assert len(set(prints)) == len(prints) == 4
