"""From a key over a question to an action: the safe button first, nothing done without the other one, every refusal in words."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from shipui.model.change import ChangeType
from shipui.model.errors import Refused
from shipui.model.promotion import Approval, Status
from shipui.model.roles import Person, Role
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import CLOSED, NOW, REVISION, FakeDesk, promotion, run_of

ACTIONS = {
    "a": (Status.PENDING, "Approve CP-00000001?"),
    "r": (Status.PENDING, "Reject CP-00000001?"),
    "w": (Status.PENDING, "Withdraw CP-00000001?"),
    "d": (Status.APPROVED, "Deploy CP-00000001 into production?"),
    "x": (Status.EXECUTING, "Cancel the run of CP-00000001?"),
    "b": (Status.DEPLOYED, "Roll CP-00000001 back?"),
    "t": (Status.ROLLED_BACK, "Ask for FB-00000001 again?"),
}
ADMIN = Person("ann", 1000, Role.ADMIN)


def run(coroutine) -> None:
    asyncio.run(coroutine)


async def asked(screens: Screens, key: str, title: str) -> None:
    await screens.press(key)
    await screens.shows(title)


@pytest.mark.parametrize("key", ACTIONS)
def test_asks_first_with_the_safe_button_focused_and_enter_does_nothing(key: str) -> None:
    status, title = ACTIONS[key]

    async def scenario() -> None:
        desk = FakeDesk([promotion(1, status)])
        async with opened(desk) as screens:
            await asked(screens, key, title)
            assert screens.app.focused is not None
            assert screens.app.focused.id == "safe"
            await screens.press("enter")
            await screens.until(lambda: title not in screens.text, "the question is still there")
            assert desk.done == []

    run(scenario())


@pytest.mark.parametrize("key", ACTIONS)
def test_a_viewer_sees_the_command_and_why_it_is_not_theirs(key: str) -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, ACTIONS[key][0])], person=Person("eve", 1001, Role.VIEWER))
        async with opened(desk) as screens:
            assert f"({key}) " in screens.text
            await screens.press(key)
            await screens.shows("That takes the role operator; you are viewer.")
            assert desk.done == []

    run(scenario())


@pytest.mark.parametrize("key", [key for key in ACTIONS if key not in "x"])
def test_what_the_state_does_not_allow_is_said(key: str) -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.SUPERSEDED)])
        async with opened(desk) as screens:
            await screens.press(key)
            await screens.shows("not now. It is superseded by a newer version.")
            assert desk.done == []

    run(scenario())


def test_approves_with_a_remark() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1)])
        async with opened(desk) as screens:
            await asked(screens, "a", "Approve CP-00000001?")
            await screens.press("shift+tab", *"fine", "enter", "enter")
            await screens.shows("CP-00000001 is approved.", "● approved")
            assert desk.done == [("approve", "CP-00000001", "fine")]

    run(scenario())


@pytest.mark.parametrize(("key", "action"), [("r", "reject"), ("w", "withdraw")])
def test_a_reason_is_needed(key: str, action: str) -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1)])
        async with opened(desk) as screens:
            await asked(screens, key, ACTIONS[key][1])
            await screens.press("tab", "enter")
            await screens.shows("! A reason is needed.")
            assert desk.done == []
            await screens.press(*"no", "enter", "enter")
            await screens.until(lambda: desk.done == [(action, "CP-00000001", "no")], f"done: {desk.done}")

    run(scenario())


def test_my_own_request_is_for_somebody_else_to_approve() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1, requested_by="ann")])) as screens:
            await screens.press("a")
            await screens.shows("You asked for it, so somebody else has to approve it.")

    run(scenario())


def test_a_second_approval_by_me_is_refused() -> None:
    async def scenario() -> None:
        given = [Approval("ann", NOW, REVISION, "")]
        async with opened(FakeDesk([promotion(1)], approvals=given, needed=2)) as screens:
            await screens.shows("approvals 1 of 2 (ann)")
            await screens.press("a")
            await screens.shows("You have approved it already; it needs 2 people.")

    run(scenario())


def test_the_question_before_a_deployment_says_what_it_rests_on() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.APPROVED)])
        async with opened(desk) as screens:
            await asked(screens, "d", "Deploy CP-00000001 into production?")
            await screens.shows(
                "Open: window “Weeknights” until 06:00.", "/var/lib/shipui/backups", "nothing runs there"
            )
            await screens.press("right", "enter")
            await screens.shows("Deployment of CP-00000001")
            assert desk.done == [("deploy", "CP-00000001", False, False, "")]
            assert desk.running is not None
            assert desk.running.started

    run(scenario())


def test_an_emergency_needs_a_reason() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.APPROVED, type=ChangeType.EMERGENCY)])
        async with opened(desk) as screens:
            await asked(screens, "d", "Deploy CP-00000001 into production?")
            await screens.press("right", "enter")
            await screens.shows("! A reason is needed.")
            await screens.press(*"leak", "enter", "enter")
            await screens.until(lambda: desk.done == [("deploy", "CP-00000001", True, False, "leak")], f"{desk.done}")

    run(scenario())


def test_a_closed_window_is_said_and_an_operator_is_offered_no_override() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1, Status.APPROVED)], decision=CLOSED)) as screens:
            await asked(screens, "d", "Deploy CP-00000001 into production?")
            await screens.shows(
                "opens Wed 25 Nov 22:00", "Step 2 will refuse while the window is closed. An admin can override it."
            )
            assert "Override the closed window" not in screens.text

    run(scenario())


def test_an_admin_overrides_a_closed_window_with_a_reason() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.APPROVED)], decision=CLOSED, person=ADMIN)
        async with opened(desk) as screens:
            await asked(screens, "d", "Deploy CP-00000001 into production?")
            await screens.press("shift+tab", "shift+tab", "space", "tab", *"ok", "enter", "enter")
            await screens.until(lambda: desk.done == [("deploy", "CP-00000001", False, True, "ok")], f"{desk.done}")

    run(scenario())


def test_putting_the_database_back_takes_the_typed_id() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.DEPLOYED)])
        async with opened(desk) as screens:
            await asked(screens, "b", "Roll CP-00000001 back?")
            await screens.press("shift+tab", "space", "tab", *"CP-0000000", "enter", "enter")
            await screens.shows("back as well, type CP-00000001.")
            assert desk.done == []
            await screens.press("1", "enter", "enter")
            await screens.until(
                lambda: desk.done == [("roll back", "CP-00000001", True, "CP-00000001")], f"{desk.done}"
            )

    run(scenario())


def test_a_rollback_leaves_the_database_alone_unless_asked() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.DEPLOYED)])
        async with opened(desk) as screens:
            await asked(screens, "b", "Roll CP-00000001 back?")
            await screens.press("right", "enter")
            await screens.until(lambda: desk.done == [("roll back", "CP-00000001", False, "")], f"{desk.done}")

    run(scenario())


def test_cancels_a_run_of_another_process() -> None:
    async def scenario() -> None:
        subject = promotion(1, Status.EXECUTING)
        desk = FakeDesk([subject], runs={subject.id: run_of(subject)})
        async with opened(desk) as screens:
            await asked(screens, "x", "Cancel the run of CP-00000001?")
            await screens.press("right", "enter")
            await screens.until(lambda: desk.done == [("cancel", "CP-00000001")], f"{desk.done}")

    run(scenario())


def test_a_refusal_by_the_action_is_shown_with_what_to_do() -> None:
    async def scenario() -> None:
        error = Refused("The sandbox has moved on.", fix="Ship the build again.", detail="from [/b] to d00d")
        desk = FakeDesk([promotion(1)], error=error)
        async with opened(desk) as screens:
            await asked(screens, "a", "Approve CP-00000001?")
            await screens.press("right", "enter")
            await screens.shows("Not done", "The sandbox has moved on.", "Ship the build again.", "from [/b] to d00d")

    run(scenario())


def test_somebody_was_quicker() -> None:
    """The promotion is read anew before the question is asked."""

    async def scenario() -> None:
        desk = FakeDesk([promotion(1)])
        async with opened(desk) as screens:
            desk.promotions = [replace(desk.promotions[0], status=Status.REJECTED)]
            await screens.press("a")
            await screens.shows("not now. It is rejected.")
            assert desk.done == []

    run(scenario())


def test_help_says_what_may_not_be_done_and_why() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1)]), (120, 40)) as screens:
            await screens.press("question_mark")
            await screens.shows(
                "Help: the queue", "(d) Deploy It is waiting for approval.", "Allows exactly this content"
            )
            await screens.press("escape")
            await screens.until(lambda: "Help: the queue" not in screens.text, "help is still there")

    run(scenario())


def test_the_palette_has_every_command_by_name() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1)]), (120, 40)) as screens:
            await screens.press("ctrl+p")
            await screens.pilot.pause(0.3)
            await screens.press(*"approve")
            await screens.shows("Allows exactly this content to be deployed.")
            await screens.press("enter")
            await screens.shows("Approve CP-00000001?")

    run(scenario())


def test_whoever_types_while_a_button_has_the_focus_writes_the_reason() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1, Status.PENDING)])
        async with opened(desk) as screens:
            await asked(screens, "r", "Reject CP-00000001?")
            await screens.press("t", "o", "o", "space", "b", "i", "g", "enter", "enter")
            await screens.until(lambda: bool(desk.done), "nothing was rejected")
            assert "too big" in str(desk.done)

    run(scenario())


def test_whether_the_database_goes_back_too_can_be_seen_without_colour() -> None:
    async def scenario() -> None:
        async with opened(FakeDesk([promotion(1, Status.DEPLOYED)])) as screens:
            await asked(screens, "b", "Roll CP-00000001 back?")
            await screens.shows("[ ] Put the database back too")
            await screens.press("shift+tab", "space")
            await screens.shows("[x] Put the database back too", "Type CP-00000001 to confirm")

    run(scenario())


def test_a_pull_request_that_is_open_can_be_merged_and_without_one_that_is_said() -> None:
    async def scenario() -> None:
        desk = FakeDesk([promotion(1)], person=ADMIN, pull_request="#7 open, https://example.com/7. It can be merged.")
        async with opened(desk) as screens:
            await screens.shows("m Merge")
            await asked(screens, "m", "Merge the pull request of FB-00000001?")
            await screens.shows("#7 open", "Merged is not deployed.")
            await screens.press("right", "enter")
            await screens.shows("Pull request #7 is merged.")
            assert desk.done == [("merge", "CP-00000001")]
            desk.pull_request = ""
            await screens.press("m")
            await screens.shows("Merge: not now. It has no open pull request.")

    run(scenario())
