"""Reports: for a terminal, a pull request, a script and a viewer. Nothing in them is acted upon, and they are the same each time."""

from __future__ import annotations

import json

from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifSchema

from shipui.config.settings import GateSettings
from shipui.gates.engine import examine
from shipui.gates.reports.markdown import MARK, markdown
from shipui.gates.reports.sarif import sarif
from shipui.gates.reports.terminal import terminal_lines
from shipui.model.findings import Report
from tests.gates.changes import change_of

HOSTILE = "src/`a`<b>\x1b[31m\u202e|x.js"


def report(
    path: str = "src/ä b.js", text: str = "el.innerHTML = location.hash; // \x1b]52;c;x\x07 `</code><script>\n"
) -> Report:
    return examine(change_of({path: text, "broken.ts": "let ("}), GateSettings(), gates=["security"])


def test_sarif_is_valid_by_the_official_schema() -> None:
    made = sarif(report())
    SarifSchema.model_validate_json(json.dumps(made))
    result = next(each for each in made["runs"][0]["results"] if each["ruleId"] == "js-xss")
    assert result["level"] == "error"
    assert result["partialFingerprints"]["shipui/v1"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "src/%C3%A4%20b.js"
    assert location["region"]["startLine"] == 1
    rule = made["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == "js-xss"
    assert made["runs"][0]["invocations"] == [{"executionSuccessful": False}]


def test_what_was_accepted_is_suppressed_in_sarif() -> None:
    first = report()
    prints = [each.fingerprint for each in first.gates[0].findings]
    again = examine(
        change_of({"src/ä b.js": "el.innerHTML = location.hash;\n"}), GateSettings(), gates=["security"], settled=prints
    )
    SarifSchema.model_validate_json(json.dumps(sarif(again)))


def test_an_empty_report_is_valid_too() -> None:
    SarifSchema.model_validate_json(json.dumps(sarif(Report(()))))


def test_a_terminal_gets_nothing_that_it_would_act_on() -> None:
    lines = list(terminal_lines(report(HOSTILE)))
    assert all(line.isprintable() for line in lines)
    assert any("js-xss" in line for line in lines)
    assert lines[-1].startswith("Verdict: ERROR.")


def test_markdown_begins_with_its_mark_and_interprets_nothing() -> None:
    text = markdown(report(HOSTILE))
    assert text.startswith(MARK)
    body = text.removeprefix(MARK)
    outside = "".join(part for index, part in enumerate(body.replace("``", "\0").split("`")) if index % 2 == 0)
    assert "<script" not in outside
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_same_change_gives_the_same_bytes() -> None:
    def all_of(one: Report) -> str:
        return "\n".join([*terminal_lines(one), markdown(one), json.dumps(sarif(one)), json.dumps(one.as_json())])

    assert all_of(report()) == all_of(report())
