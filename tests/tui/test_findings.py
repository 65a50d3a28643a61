"""The findings' screen, by keys: what it shows, how it is narrowed down, what is said of findings, and that nothing in them acts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from textual.widgets import Input

from shipui.model.disposition import Disposition
from shipui.model.errors import Refused, Unreachable
from shipui.model.findings import Severity
from shipui.model.promotion import Status
from shipui.model.review import Since
from shipui.model.roles import Person, Role
from shipui.tui.widgets.finding_table import FindingTable
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import NOW, FakeDesk, promotion
from tests.tui.fake_findings import FakeFindings, finding
from tests.tui.test_queue import HOSTILE

VIEWER = Person("vic", 1001, Role.VIEWER)


def desk(*there, **other) -> FakeDesk:
    found = there or (
        finding(1, Severity.CRITICAL),
        finding(2, path="notes/database.py", rule="py-command-injection", line=4),
        finding(3, Severity.MEDIUM, "package.json", 8, "dependency-new", "left-pad 1.3.0 is new.", "dependencies"),
    )
    return FakeDesk([promotion(1, Status.PENDING)], findings=FakeFindings(list(found), **other))


async def at_findings(screens: Screens) -> FindingTable:
    await screens.shows("FB-00000001")
    await screens.press("f")
    await screens.shows("Findings of CP-00000001")
    await screens.settle()
    return screens.app.screen.query_one(FindingTable)


async def answer(screens: Screens, reason: str) -> None:
    """Give a reason, and agree. Pasted: a key each takes long."""
    await screens.until(lambda: bool(screens.app.screen.query("#reason")), "no reason is asked for")
    screens.app.screen.query_one("#reason", Input).value = reason
    await screens.press("tab", "enter")


def run(coroutine) -> None:
    asyncio.run(coroutine)


def test_shows_a_finding_with_its_code_its_changed_lines_and_what_to_do() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await at_findings(screens)
            await screens.shows(
                "✗ block", "0 of 3 reviewed", "security 2", "dependencies 1", "critical 1 finding", "CWE-89",
                "becomes part of an SQL statement", "To do Give the value as a parameter",
            )  # fmt: skip
            lines = screens.text.splitlines()
            own = next(each for each in lines if "▶" in each)
            assert "12 +" in own
            assert "rows = database.rows(" in own
            assert any("11 " in each and "+" not in each and "# What somebody" in each for each in lines)

    run(scenario())


def test_code_has_colours_from_its_syntax() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await at_findings(screens)
            await screens.shows("# What somebody")
            strips = screens.app.screen._compositor.render_strips()
            code = next(strip for strip in strips if "rows = database" in "".join(each.text for each in strip))
            colours = {each.text.strip(): each.style.color for each in code if each.style}
            name, words = (
                next(colours[each] for each in colours if part in each) for part in ("rows = data", "SELECT")
            )
            assert name != words

    run(scenario())


def test_next_and_previous_pass_over_what_is_reviewed() -> None:
    async def scenario() -> None:
        there = desk()
        there.findings.said[f"{2:032x}"] = Disposition("CP-00000001", f"{2:032x}", "acknowledged", "known", "rita", NOW)
        async with opened(there) as screens:
            table = await at_findings(screens)
            await screens.shows("1 of 3 reviewed", "✓ accepted")
            await screens.press("n")
            assert table.chosen is not None
            assert table.chosen.finding.path == "package.json"
            await screens.press("n")
            assert table.chosen.finding.path == "notes/pages.py"
            await screens.press("N")
            assert table.chosen.finding.path == "package.json"

    run(scenario())


def test_one_is_accepted_with_a_reason_and_an_end_and_the_next_one_is_chosen() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            table = await at_findings(screens)
            await screens.press("a")
            await screens.shows("Accept this finding?", "notes/pages.py:12", "Why (needed)")
            assert screens.app.focused is not None
            assert screens.app.focused.id == "safe"
            await screens.press(*"staff", "enter", *"2027-01-31", "enter", "enter")
            await screens.shows("1 finding is accepted. 2 left to review.", "1 of 3 reviewed")
            assert screens.desk.findings.calls == [((f"{1:032x}",), "acknowledged", "staff", "2027-01-31")]
            await screens.until(lambda: table.chosen.finding.path == "notes/database.py", "the next one is not chosen")

    run(scenario())


def test_several_are_marked_and_called_false_at_once_until_nothing_stands_in_the_way() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await at_findings(screens)
            await screens.press("space", "space")
            await screens.shows("2 marked")
            await screens.press("f")
            await screens.shows("Call 2 findings false?")
            await answer(screens, "test data")
            await screens.shows("2 findings are called false. 1 left to review. Nothing blocks any more.", "■ warn")
            assert screens.desk.findings.calls[0][:2] == ((f"{1:032x}", f"{2:032x}"), "false_positive")
            assert "marked" not in screens.text
            await screens.press("asterisk", "r")
            await screens.shows("Reopen 3 findings?")
            await answer(screens, "again")
            await screens.shows("0 of 3 reviewed", "✗ block", "○ reopened")

    run(scenario())


def test_without_a_reason_or_with_a_day_that_is_past_nothing_is_said() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await at_findings(screens)
            await screens.press("a", "tab", "enter")
            await screens.shows("A reason is needed")
            await screens.press(*"why", "enter", *"2020-01-01")
            await screens.shows("That day is past.")
            await screens.press("enter", "enter")
            await screens.shows("Accept this finding?")
            await screens.press("escape")
            await screens.until(lambda: "Accept this finding?" not in screens.text, "the question stays")
            assert screens.desk.findings.calls == []

    run(scenario())


def test_a_refusal_is_told_in_plain_words() -> None:
    async def scenario() -> None:
        there = desk()
        there.findings.error = Refused("Somebody was quicker.", fix="Look again.")
        async with opened(there) as screens:
            await at_findings(screens)
            await screens.press("a")
            await answer(screens, "why")
            await screens.shows("Not done", "Somebody was quicker.", "Look again.")

    run(scenario())


def test_viewers_see_why_they_may_not_say_anything() -> None:
    async def scenario() -> None:
        there = desk()
        there.person = VIEWER
        async with opened(there) as screens:
            await at_findings(screens)
            await screens.shows("(a) Accept", "(f) False positive")
            await screens.press("a")
            await screens.shows("Accept: not now. That takes the role reviewer; you are viewer.")
            assert screens.desk.findings.calls == []

    run(scenario())


def test_who_asked_for_it_sees_that_somebody_else_has_to_say_it_once_it_is_approved() -> None:
    async def scenario() -> None:
        there = FakeDesk([promotion(1, Status.APPROVED, requested_by="ann")], findings=FakeFindings([finding(1)]))
        async with opened(there) as screens:
            await at_findings(screens)
            await screens.press("f")
            await screens.shows("False positive: not now. ann asked for CP-00000001")

    run(scenario())


def test_is_narrowed_down_by_text_gate_severity_file_and_what_is_reviewed() -> None:
    async def scenario() -> None:
        there = desk()
        there.findings.said[f"{2:032x}"] = Disposition("CP-00000001", f"{2:032x}", "acknowledged", "known", "rita", NOW)
        async with opened(there, (120, 40)) as screens:
            table = await at_findings(screens)

            async def leaves(*paths: str) -> None:
                await screens.until(
                    lambda: [each.finding.path for each in table._findings()] == list(paths),
                    f"{paths} are not what is left",
                )

            everything = ("notes/pages.py", "notes/database.py", "package.json")
            await leaves(*everything)
            await screens.press("slash", *"base.py")
            await leaves("notes/database.py")
            await screens.press("escape")
            await leaves(*everything)
            await screens.press("right")
            await leaves(*everything[:2])
            await screens.press("left", "u")
            await screens.shows("unreviewed")
            await leaves("notes/pages.py", "package.json")
            await screens.press("s")
            await screens.shows("what blocks · unreviewed")
            await leaves("notes/pages.py")
            await screens.press("x")
            await leaves(*everything)
            await screens.press("end", "p")
            await screens.shows("only package.json")
            await leaves("package.json")
            await screens.press("p", "o")
            await screens.shows("by file", "line 12")
            await leaves("notes/database.py", "notes/pages.py", "package.json")

    run(scenario())


def test_is_compared_with_the_run_before() -> None:
    async def scenario() -> None:
        there = desk(
            finding(1, since=Since.SAME), finding(2, path="notes/database.py", since=Since.NEW), compared=True,
            gone=[finding(9, path="notes/old.py", since=Since.GONE)],
        )  # fmt: skip
        async with opened(there) as screens:
            await at_findings(screens)
            assert "notes/old.py" not in screens.text
            await screens.press("d")
            await screens.shows("new since last run", "notes/database.py")
            await screens.until(lambda: "notes/pages.py" not in screens.text, "what is the same is still listed")
            await screens.press("d")
            await screens.shows("gone since last run", "– gone", "notes/old.py")
            await screens.press("a")
            await screens.shows("Accept: not now. It is gone already.")

    run(scenario())


def test_without_a_run_before_there_is_nothing_to_compare() -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await at_findings(screens)
            await screens.press("d")
            await screens.shows("Compare: not now. The gates have seen no other content of this build.")

    run(scenario())


def test_the_place_is_copied_and_files_are_written_only_after_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with opened(desk()) as screens:
            await at_findings(screens)
            copied: list[str] = []
            monkeypatch.setattr(screens.app, "copy_to_clipboard", copied.append)
            await screens.press("c")
            await screens.shows("notes/pages.py:12 is copied")
            assert copied == ["notes/pages.py:12"]
            await screens.press("e")
            await screens.shows("Write the findings to files?", "CP-00000001-findings.sarif")
            await screens.press("right", "enter")
            await screens.shows("The findings are written", "CP-00000001-findings.md")

    run(scenario())


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (FakeFindings(examined=False), ["The gates have not run on this content.", "shipui ship FB-00000001"]),
        (FakeFindings(), ["The gates found nothing.", "Escape goes back", "✓ pass", "0 of 0 reviewed"]),
    ],
)
def test_empty_states_say_what_to_do(there: FakeFindings, words: list[str]) -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1)], findings=there)) as screens:
            await at_findings(screens)
            await screens.shows(*words)
            await screens.press("n", "a", "space", "enter", "c")
            await screens.press("escape")
            await screens.shows("FB-00000001", "if deployed now")

    run(scenario())


def test_from_the_palette_without_a_promotion_it_says_where_to_choose_one() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk()) as screens:
            await screens.press("ctrl+p", *"findings")
            await screens.settle()
            await screens.press("enter")
            await screens.shows("No promotion is chosen.", "press f")
            await screens.press("a", "n", "u", "e", "enter", "escape")
            await screens.shows("The queue is empty.")

    run(scenario())


def test_everything_reviewed_and_nothing_that_matches_are_said() -> None:
    async def scenario() -> None:
        there = desk(finding(1))
        async with opened(there) as screens:
            await at_findings(screens)
            await screens.press("u", "a")
            await answer(screens, "known")
            await screens.shows("Everything is reviewed.", "1 of 1 reviewed", "✓ pass")
            await screens.press("x", "slash", *"zzz")
            await screens.shows("Nothing matches that filter.")

    run(scenario())


def test_what_another_reviewer_says_appears_by_itself_and_so_do_new_findings() -> None:
    async def scenario() -> None:
        there = desk()
        async with opened(there) as screens:
            await at_findings(screens)
            there.findings.said[f"{1:032x}"] = Disposition(
                "CP-00000001", f"{1:032x}", "acknowledged", "seen it", "rita", NOW
            )
            there.counter += 1
            await screens.shows("1 of 3 reviewed", "accepted by rita just now: seen it")
            there.findings.there.append(finding(7, path="notes/new.py"))
            there.counter += 1
            await screens.shows("1 of 4 reviewed", "notes/new.py")

    run(scenario())


def test_records_that_do_not_answer_are_said_and_the_list_stays() -> None:
    async def scenario() -> None:
        there = desk()
        async with opened(there) as screens:
            await at_findings(screens)
            there.broken = Unreachable("The records database does not answer.")
            await screens.shows("The records database does not answer.", "notes/pages.py")

    run(scenario())


def hostile_finding(number: int, text: str):
    made = finding(number, path=text, rule=text, message=text, gate="security")
    return replace(made, finding=replace(made.finding, fix=text, evidence=text, cwe=text))


def test_nothing_in_a_finding_or_its_code_does_anything_to_the_terminal() -> None:
    async def scenario() -> None:
        there = desk(*(hostile_finding(number, text) for number, text in enumerate(HOSTILE)))
        there.findings.files = {text: f"{text}\n" * 20 for text in HOSTILE[::2]}
        async with opened(there) as screens:
            table = await at_findings(screens)
            assert table.count == len(HOSTILE)
            for key in (*["down", "enter", "enter"] * len(HOSTILE), "o", "asterisk", "a", "escape", "p", "c"):
                await screens.press(key)
                await screens.pilot.pause(0.1)
                shown = screens.text
                assert "\x1b" not in shown
                assert "\x07" not in shown
                assert all(len(each) <= 80 for each in shown.splitlines())
            await screens.press("escape", "x", "home")
            await screens.shows("[/foo]")

    run(scenario())


def test_fifty_thousand_findings_are_moved_through_at_once() -> None:
    async def scenario() -> None:
        many = [
            finding(number, list(Severity)[number % 5], f"src/part{number % 800}/module.py", number % 4_000 + 1)
            for number in range(50_000)
        ]
        async with opened(desk(*many)) as screens:
            table = await at_findings(screens)
            await screens.until(lambda: table.count == 50_000, "they are not all there")
            taken = []
            for key in ["down", "pagedown", "n", "end", "home", "space"] * 3:
                began = time.perf_counter()
                await screens.press(key)
                table.render_line(0)
                taken.append(time.perf_counter() - began)
            # Generous: the figure itself is the benchmark's. A list that is made anew for each key takes seconds.
            assert sorted(taken)[len(taken) // 2] < 0.6
            await screens.press("slash", *"part799/")
            await screens.until(lambda: table.count == 62, "the filter does not come through")

    run(scenario())
