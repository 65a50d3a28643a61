"""What the pipeline may rely on, whatever runs production. A further runtime joins by a world of its own in runtime_worlds.py."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, Failed, TimeLimitPassed, ToolFailed
from shipui.runtimes.base import (
    LABEL_BUILD,
    LABEL_EPOCH,
    LABEL_PROMOTION,
    LABEL_ROLE,
    LABEL_RUN,
    LABEL_TARGET,
    Container,
    ContainerState,
)
from tests.contract.runtime_worlds import World


def cancelled() -> Deadline:
    deadline = Deadline(60)
    deadline.cancel("you asked for it")
    return deadline


def soon(condition: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def is_exited(world: World, container: Container) -> bool:
    return world.look(container).state is ContainerState.EXITED


def says(world: World, container: Container, line: str) -> bool:
    return soon(lambda: line in world.runtime.log_tail(container, 50))


# Images


def test_a_build_gives_an_image_that_is_found_by_id_and_by_tag(world: World) -> None:
    lines: list[str] = []
    image = world.runtime.build(world.request("app:promote-FB-00000001", builds=True), world.deadline(), lines.append)
    assert image == world.runtime.find_image(image.id) == world.runtime.find_image("app:promote-FB-00000001")
    assert image.id.startswith("sha256:")
    assert image.tags == ("app:promote-FB-00000001",)
    assert image.labels[LABEL_BUILD] == "FB-00000001"
    assert image.labels[LABEL_TARGET] == world.target
    assert image.size > 0
    assert abs(datetime.now(UTC) - image.created) < timedelta(minutes=1)
    assert "building" in lines


def test_equal_trees_with_equal_labels_are_one_image_and_a_change_makes_another(world: World) -> None:
    first = world.image("app:one")
    again = world.image("app:two")
    assert again.id == first.id
    assert again.tags == ("app:one", "app:two")
    assert world.image("app:three", run="RN-00000002").id != first.id
    assert world.image("app:four", says=["something else"]).id != first.id


def test_a_failing_build_says_so_and_leaves_no_image(world: World) -> None:
    with pytest.raises(ToolFailed) as caught:
        world.image(build_fails=True)
    assert "build command" in caught.value.plain
    assert "building" in caught.value.detail
    assert world.runtime.images() == []
    assert world.runtime.find_image("app:one") is None


def test_a_silent_build_ends_with_the_deadline(world: World) -> None:
    began = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        world.runtime.build(world.request(build_hangs=True), Deadline(0.7), lambda _: None)
    assert time.monotonic() - began < 4
    assert world.runtime.images() == []


def test_a_build_can_be_cancelled_from_another_thread(world: World) -> None:
    deadline = Deadline(60)
    threading.Timer(0.4, deadline.cancel, ["you asked for it"]).start()
    with pytest.raises(Cancelled, match="you asked for it"):
        world.runtime.build(world.request(build_hangs=True), deadline, lambda _: None)
    assert world.runtime.find_image("app:one") is None


def test_the_context_may_go_after_the_build(world: World) -> None:
    request = world.request(says=["ready"])
    image = world.runtime.build(request, world.deadline(), lambda _: None)
    shutil.rmtree(request.context)
    assert says(world, world.started(image=image), "ready")


def test_a_tag_moves_and_goes(world: World) -> None:
    first, second = world.image("app:one"), world.image("app:two", says=["two"])
    world.runtime.tag(first.id, "app:rollback")
    world.runtime.tag(second.id, "app:rollback")
    found = world.runtime.find_image("app:rollback")
    assert found is not None
    assert found.id == second.id
    world.runtime.untag("app:rollback")
    world.runtime.untag("app:rollback")
    assert world.runtime.find_image("app:rollback") is None
    assert world.runtime.find_image(second.id) is not None


def test_an_image_that_is_not_there_cannot_be_tagged(world: World) -> None:
    with pytest.raises(ToolFailed):
        world.runtime.tag("sha256:" + "0" * 64, "app:one")
    assert world.runtime.find_image("app:one") is None


@pytest.mark.parametrize(
    "reference",
    ["../../outside", "/etc/passwd", "..", ".", "a/../../b", "app:one\n", "%2e%2e", "ä:\u202ex", "*", "a b;c"],
)
def test_a_hostile_reference_is_only_a_name(world: World, reference: str) -> None:
    assert world.runtime.find_image(reference) is None
    assert world.runtime.find_container(reference) is None
    if not world.takes_any_name and not re.fullmatch("[a-z]+:[a-z]+", reference):
        with pytest.raises(ToolFailed, match="cannot be the name"):
            world.image(reference)
        with pytest.raises(ToolFailed, match="cannot be the name"):
            world.created(reference)
        return
    image = world.image(reference)
    assert image.tags == (reference,)
    container = world.created(reference, image)
    assert world.look(container).name == reference
    world.runtime.remove(container)
    world.runtime.untag(reference)
    assert world.runtime.remove_image(image.id)
    assert not any(each.name.startswith(("outside", "b")) for each in world.folder.parent.iterdir())


def test_what_cannot_be_a_name_is_refused_before_anything_is_done(world: World) -> None:
    image = world.image()
    for name in ("", "x" * 2000, "a\0b", "\ud800"):
        assert world.runtime.find_image(name) is None
        with pytest.raises(ToolFailed, match="cannot be the name"):
            world.runtime.tag(image.id, name)
        with pytest.raises(ToolFailed, match="cannot be the name"):
            world.created(name, image)
    assert world.runtime.containers() == []


def test_an_image_stays_while_it_is_used(world: World) -> None:
    image = world.image("app:one")
    container = world.created(image=image)
    assert not world.runtime.remove_image(image.id)
    world.runtime.untag("app:one")
    assert not world.runtime.remove_image(image.id)
    world.runtime.remove(container)
    assert world.runtime.remove_image(image.id)
    assert world.runtime.find_image(image.id) is None
    assert world.runtime.remove_image(image.id), "what is gone already is no trouble"


def test_images_come_newest_first(world: World) -> None:
    ids = [world.image(f"app:{number}", says=[str(number)]).id for number in range(3)]
    assert [each.id for each in world.runtime.images()] == ids[::-1]


# Containers


def test_a_new_container_is_not_started_and_is_not_started_again_by_itself(world: World) -> None:
    image = world.image()
    assert world.runtime.current() is None
    container = world.created(image=image)
    assert container == world.runtime.current() == world.runtime.find_container(container.id)
    assert container.state is ContainerState.CREATED
    assert (container.restart_policy, container.restarts, container.pids) == ("no", 0, ())
    assert (container.started_at, container.finished_at, container.exit_code) == (None, None, None)
    assert container.image == image.id
    assert container.labels[LABEL_RUN] == "RN-00000001"
    assert container.labels[LABEL_ROLE] == "application"


def test_a_name_is_given_once(world: World) -> None:
    image = world.image()
    world.created("app", image)
    with pytest.raises(Failed, match="already"):
        world.created("app", image)
    assert len(world.runtime.containers()) == 1


def test_a_started_container_runs_and_its_log_can_be_read(world: World) -> None:
    container = world.started(says=["one", "two"])
    assert container.state is ContainerState.RUNNING
    assert container.pids
    assert container.started_at is not None
    assert abs(datetime.now(UTC) - container.started_at) < timedelta(minutes=1)
    assert says(world, container, "two")
    assert world.runtime.log_tail(container, 1) == ["two"]
    assert world.runtime.log_tail(container, 0) == []
    assert world.runtime.start(container, world.deadline()).started_at == container.started_at


def test_what_the_application_knows_of_itself(world: World) -> None:
    names = ["SHIPUI_BUILD", "SHIPUI_RUN", "SHIPUI_CONTAINER", "PGAPPNAME", "COLOUR"]
    container = world.started(tells=names)
    assert says(world, container, "COLOUR=blue")
    known = {**world.knows_of_itself(container), "COLOUR": "blue"}
    assert world.runtime.log_tail(container, 5) == [f"{name}={known.get(name, '')}" for name in names]


def test_what_is_stopped_is_exited_and_can_be_started_again(world: World) -> None:
    container = world.started()
    stopped = world.runtime.stop(container, 5, world.deadline())
    assert stopped.state is ContainerState.EXITED
    assert stopped.finished_at is not None
    assert stopped.pids == ()
    assert world.runtime.stop(container, 5, world.deadline()) == stopped
    assert world.runtime.current() == stopped
    again = world.runtime.start(container, world.deadline())
    assert again.state is ContainerState.RUNNING
    assert again.finished_at is None
    assert again.exit_code is None
    assert again.id == container.id


def test_stop_does_not_obey_the_restart_policy(world: World) -> None:
    container = world.started()
    world.runtime.set_restart_policy(container, "always")
    assert world.look(container).restart_policy == "always"
    assert world.runtime.stop(container, 5, world.deadline()).state is ContainerState.EXITED
    time.sleep(0.3)
    assert is_exited(world, container)


def test_one_that_does_not_listen_is_made_to_stop(world: World) -> None:
    container = world.started(deaf=True)
    assert says(world, container, "ready")
    began = time.monotonic()
    assert world.runtime.stop(container, 0.5, world.deadline()).state is ContainerState.EXITED
    assert 0.4 < time.monotonic() - began < 4
    assert world.look(container).exit_code == 137


def test_a_deadline_in_the_grace_period_leaves_it_stopped_all_the_same(world: World) -> None:
    container = world.started(deaf=True)
    assert says(world, container, "ready")
    began = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        world.runtime.stop(container, 30, Deadline(0.5))
    assert time.monotonic() - began < 4
    assert is_exited(world, container)


def test_an_application_that_ends_by_itself_is_exited_with_its_code(world: World) -> None:
    container = world.started(exits=3)
    assert soon(lambda: is_exited(world, container))
    seen = world.look(container)
    assert (seen.exit_code, seen.restarts) == (3, 0)
    assert seen.finished_at is not None


def test_a_restart_policy_starts_it_again_and_counts(world: World) -> None:
    container = world.created(exits=3)
    world.runtime.set_restart_policy(container, "on-failure")
    world.runtime.start(container, world.deadline())
    assert soon(lambda: world.look(container).restarts > 0)
    assert world.runtime.stop(container, 1, world.deadline()).state is ContainerState.EXITED


def test_on_failure_is_not_for_an_application_that_ended_well(world: World) -> None:
    container = world.created(exits=0)
    world.runtime.set_restart_policy(container, "on-failure")
    world.runtime.start(container, world.deadline())
    assert soon(lambda: is_exited(world, container))
    assert world.look(container).restarts == 0


def test_an_unknown_restart_policy_is_a_mistake_of_the_caller(world: World) -> None:
    container = world.created()
    with pytest.raises(ValueError, match="sometimes"):
        world.runtime.set_restart_policy(container, "sometimes")
    assert world.look(container).restart_policy == "no"


def test_one_that_cannot_be_started_says_so_and_does_not_run(world: World) -> None:
    container = world.created(start_fails=True)
    with pytest.raises(ToolFailed, match="start command"):
        world.runtime.start(container, world.deadline())
    assert world.look(container).state is not ContainerState.RUNNING
    assert world.look(container).pids == ()


def test_rename_frees_the_name_and_takes_no_other(world: World) -> None:
    image = world.image()
    old = world.created("app", image)
    kept = world.runtime.rename(old, "app-before")
    assert (kept.name, kept.id) == ("app-before", old.id)
    assert world.runtime.current() is None
    new = world.created("app", image)
    assert world.runtime.current() == new
    with pytest.raises(Failed, match="already"):
        world.runtime.rename(kept, "app")
    assert world.look(old).name == "app-before"
    assert world.runtime.rename(kept, "app-before").name == "app-before"


def test_remove_takes_a_running_one_too_and_is_done_once(world: World) -> None:
    container = world.started()
    world.runtime.remove(container)
    world.runtime.remove(container)
    assert world.runtime.find_container(container.id) is None
    assert world.runtime.current() is None
    assert world.runtime.log_tail(container, 5) == []
    assert world.runtime.stop(container, 1, world.deadline()).id == container.id
    with pytest.raises(Failed):
        world.runtime.start(container, world.deadline())


def test_containers_are_found_by_their_labels(world: World) -> None:
    image = world.image()
    specification = world.runtime.specification(None)
    one = world.runtime.create(image, specification, "one", {LABEL_RUN: "RN-00000001"})
    two = world.runtime.create(image, specification, "two", {LABEL_RUN: "RN-00000002"})
    assert {each.id for each in world.runtime.containers()} == {one.id, two.id}
    assert world.runtime.containers({LABEL_RUN: "RN-00000002"}) == [two]
    assert world.runtime.containers({LABEL_RUN: "RN-00000003"}) == []


# Specification


def test_a_specification_is_json_and_its_masked_form_has_no_value_of_the_environment(world: World) -> None:
    for specification in (world.runtime.specification(None), world.runtime.specification(world.created())):
        assert json.loads(json.dumps(specification.settings)) == specification.settings
        assert "blue" in json.dumps(specification.settings)
        assert "COLOUR" in json.dumps(specification.masked)
        assert "blue" not in json.dumps(specification.masked)


def test_a_new_version_keeps_the_environment_but_not_what_came_with_the_old_image(world: World) -> None:
    old_image = world.image("app:old")
    specification = world.with_variable(world.runtime.specification(None), "BY_HAND", "kept")
    old = world.runtime.create(old_image, specification, "app-before", {})
    request = world.request("app:new", tells=["SHIPUI_BUILD", "BY_HAND", "COLOUR"])
    assert isinstance(request.arguments, dict)
    request.arguments["SHIPUI_BUILD"] = "FB-00000002"
    new_image = world.runtime.build(request, world.deadline(), lambda _: None)
    new = world.runtime.create(new_image, world.runtime.specification(old), "app", {})
    world.runtime.start(new, world.deadline())
    assert says(world, new, "COLOUR=blue")
    assert world.runtime.log_tail(new, 3) == ["SHIPUI_BUILD=FB-00000002", "BY_HAND=kept", "COLOUR=blue"]


# Commands


def test_a_release_command_gives_its_exit_code_and_stays_for_the_record(world: World) -> None:
    lines: list[str] = []
    image, specification = world.image(), world.runtime.specification(None)
    labels = {LABEL_RUN: "RN-00000001"}
    for code in (0, 3):
        name = f"app-release-{code}"
        command = world.exiting(code)
        assert (
            world.runtime.run_once(image, specification, name, labels, command, world.deadline(), lines.append) == code
        )
        left = world.runtime.find_container(name)
        assert left is not None
        assert (left.state, left.exit_code) == (ContainerState.EXITED, code)
        assert left.labels[LABEL_ROLE] == "release"
        assert left.labels[LABEL_RUN] == "RN-00000001"
        assert world.runtime.log_tail(left, 5)
    assert len(lines) == 2
    assert world.runtime.current() is None


def test_a_hanging_release_command_ends_with_the_deadline(world: World) -> None:
    image, specification = world.image(), world.runtime.specification(None)
    began = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        world.runtime.run_once(image, specification, "once", {}, world.hanging(), Deadline(0.7), lambda _: None)
    assert time.monotonic() - began < 4
    left = world.runtime.find_container("once")
    assert left is not None
    assert left.state is ContainerState.EXITED
    assert left.exit_code != 0


def test_a_release_command_that_does_not_exist(world: World) -> None:
    image, specification = world.image(), world.runtime.specification(None)
    with pytest.raises(ToolFailed):
        world.runtime.run_once(image, specification, "once", {}, world.missing(), world.deadline(), lambda _: None)


def test_a_command_in_a_running_container(world: World) -> None:
    container = world.started()
    assert world.runtime.execute(container, world.exiting(0), world.deadline()) == 0
    assert world.runtime.execute(container, world.exiting(4), world.deadline()) == 4
    with pytest.raises(TimeLimitPassed):
        world.runtime.execute(container, world.hanging(), Deadline(0.5))
    assert world.look(container).state is ContainerState.RUNNING
    world.runtime.stop(container, 5, world.deadline())
    with pytest.raises(Failed, match="not running"):
        world.runtime.execute(container, world.exiting(0), world.deadline())


# The rest


def test_nothing_is_begun_once_the_deadline_is_over(world: World) -> None:
    image, container = world.image(), world.started()
    specification = world.runtime.specification(None)
    attempts: list[Callable[[], object]] = [
        lambda: world.runtime.preflight(cancelled()),
        lambda: world.runtime.build(world.request("app:late"), cancelled(), lambda _: None),
        lambda: world.runtime.start(container, cancelled()),
        lambda: world.runtime.stop(container, 1, cancelled()),
        lambda: world.runtime.execute(container, world.exiting(0), cancelled()),
        lambda: world.runtime.run_once(image, specification, "late", {}, world.exiting(0), cancelled(), lambda _: None),
    ]
    for attempt in attempts:
        with pytest.raises(Cancelled):
            attempt()
    assert world.runtime.find_image("app:late") is None
    assert world.runtime.find_container("late") is None
    assert world.look(container).state is ContainerState.RUNNING


def test_preflight_is_content_with_a_world_in_order(world: World) -> None:
    checks = world.runtime.preflight(world.deadline())
    assert checks
    assert [each for each in checks if not each.ok] == []


def test_there_is_always_a_way_by_hand(world: World) -> None:
    image = world.image()
    old, new = world.created("app-before", image), world.created("app", image)
    assert len(world.runtime.commands_by_hand(old.id, new.id)) > 1
    assert world.runtime.commands_by_hand(old.name, None) == world.runtime.commands_by_hand(old.id, None) != []
    assert world.runtime.commands_by_hand(None, None) == []
    assert world.runtime.commands_by_hand("gone", "gone too") == []


def test_the_target_is_marked_as_taken_until_its_run_ends(world: World) -> None:
    labels = {LABEL_RUN: "RN-00000001", LABEL_EPOCH: "1", LABEL_PROMOTION: "CP-00000001"}
    world.runtime.fence(labels)
    world.runtime.fence({**labels, LABEL_EPOCH: "2"})
    assert world.runtime.containers() == [], "the mark is no part of production"
    world.runtime.unfence({**labels, LABEL_RUN: "RN-00000002"})
    world.runtime.unfence({**labels, LABEL_EPOCH: "2"})
    world.runtime.unfence(labels)
    world.runtime.fence({**labels, LABEL_RUN: "RN-00000002"})
    world.runtime.unfence({**labels, LABEL_RUN: "RN-00000002"})
