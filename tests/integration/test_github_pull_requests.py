"""What shipui leaves on GitHub, seen by a plain HTTP client: on the emulator."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from shipui.code_hosts.base import Merging, Placed
from shipui.code_hosts.github import GitHubCodeHost
from shipui.code_hosts.github_tree import made_tree
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, Refused
from tests.contract.code_host_worlds import AUTHOR, EmulatorWorld, Feature
from tests.github.emulator import OTHER, OTHER_TOKEN, OWNER, TOKEN, Emulator, Repository, available, running
from tests.parts import needs


@pytest.fixture
def feature(tmp_path: Path) -> Feature:
    return Feature(tmp_path)


@pytest.fixture
def world(emulator: Emulator, feature: Feature) -> EmulatorWorld:
    return EmulatorWorld(emulator, feature)


@pytest.fixture
def repository(world: EmulatorWorld) -> Repository:
    return world.repository


def deadline() -> Deadline:
    return Deadline(60)


class Unasked:
    """Fails when anything is asked of it."""


def edit_on_main(repository: Repository, path: str, content: str) -> None:
    """Somebody else's commit."""
    here = repository.call("GET", f"/contents/{path}", ok=False)
    given = {"message": "Theirs", "content": base64.b64encode(content.encode()).decode(), "branch": "main"}
    repository.call("PUT", f"/contents/{path}", given | ({"sha": here["sha"]} if "sha" in here else {}))


def text_on_main(repository: Repository, path: str) -> str:
    return base64.b64decode(repository.call("GET", f"/contents/{path}")["content"]).decode()


def test_the_squash_commit_holds_exactly_the_sandboxs_tree(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    tree = feature.tree
    tree.write("app.py", "print('zwei – ünïcode')\r\n\x00\x01")
    tree.git("mv", "docs/old name.txt", "docs/new name – ä.txt")
    tree.git("rm", "-q", "gone/deep/file.txt")
    tree.write("run.sh", "#!/bin/sh\n", 0o755)
    tree.link("link", "app.py")
    tree.write("picture.bin", bytes(range(256)) * 600)
    tree.write("control.txt", "\x1b[31m \u2028 \ufeff lone\rreturns")
    tree.git("rm", "-q", "kept.txt")
    tree.write("kept.txt/now a folder", "folder\n")
    feature.commit()
    before = repository.head()
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    assert (made.placed, made.tree) == (Placed.EXACT, proposal.tree)
    assert repository.tree(made.branch) == proposal.tree
    merged = world.host.merge(made, proposal.tree, "Notes can be tagged", "What it does.", deadline())
    assert (merged.exact, merged.tree, merged.already) == (True, proposal.tree, False)
    assert repository.tree() == proposal.tree
    commit = repository.call("GET", f"/git/commits/{merged.commit}")
    assert [each["sha"] for each in commit["parents"]] == [before], "squashed: one commit, on what main held"
    assert commit["message"] == "Notes can be tagged (#1)\n\nWhat it does."
    again = world.host.merge(made, proposal.tree, "Notes can be tagged", "", deadline())
    assert (again.already, again.commit) == (True, merged.commit)
    assert repository.head() == merged.commit


def test_the_pull_request_is_as_asked_and_a_second_run_doubles_nothing(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    made = world.host.publish(feature.proposal(), deadline())
    repository.call("POST", "/issues/1/labels", {"labels": ["a person's own"]})
    world.host.publish(feature.proposal(labels=("risk:high",)), deadline())
    [pull] = repository.pulls()
    assert (pull["title"], pull["state"], pull["draft"]) == ("Notes can be tagged", "open", False)
    assert (pull["head"]["ref"], pull["base"]["ref"]) == ("build/FB-3DD07E19/notes-can-be-tagged", "main")
    assert (pull["head"]["sha"], pull["body"].strip()) == (made.head, "What it does.\n\n- it works")
    assert repository.labels(1) == {"risk:high", "needs-review", "a person's own"}
    commit = repository.call("GET", f"/git/commits/{made.head}")
    assert (commit["author"]["name"], commit["author"]["email"]) == (AUTHOR.name, AUTHOR.email)
    assert (commit["committer"]["name"], commit["committer"]["email"]) == (AUTHOR.name, AUTHOR.email)
    assert len(repository.call("GET", "/git/matching-refs/heads/build/")) == 1


def test_a_change_is_put_on_a_base_that_moved_and_both_are_on_main(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.tree.git("rm", "-q", "gone/deep/file.txt")
    feature.commit()
    edit_on_main(repository, "theirs.txt", "theirs\n")
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    assert made.placed is Placed.REBASED
    assert "moved on" in made.plain
    merged = world.host.merge(made, proposal.tree, "Title", "", deadline())
    assert not merged.exact
    assert "other content than the approved tree" in merged.plain
    assert merged.tree == made.tree == repository.tree()
    assert text_on_main(repository, "app.py") == "print('two')\n"
    assert text_on_main(repository, "theirs.txt") == "theirs\n"


def test_main_that_moves_after_publishing_is_never_merged_over(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    edit_on_main(repository, "theirs.txt", "theirs\n")
    state = world.host.state(made, deadline())
    assert (state.merging, state.behind) == (Merging.BEHIND, 1)
    with pytest.raises(Refused, match="1 commit that pull request #1 lacks"):
        world.host.merge(made, proposal.tree, "Title", "", deadline())
    again = world.host.publish(proposal, deadline())
    assert again.placed is Placed.REBASED
    world.host.merge(again, proposal.tree, "Title", "", deadline())
    assert text_on_main(repository, "theirs.txt") == "theirs\n"


def test_the_same_file_changed_on_both_sides_is_shown_and_not_merged(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    edit_on_main(repository, "app.py", "print('theirs')\n")
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    assert (made.placed, made.tree) == (Placed.BASE_MOVED, proposal.tree)
    assert "app.py" in made.plain
    with pytest.raises(Refused):
        world.host.merge(made, proposal.tree, "Title", "", deadline())
    assert text_on_main(repository, "app.py") == "print('theirs')\n"


def test_a_sandbox_of_another_repository_is_refused_and_nothing_is_made(emulator: Emulator, feature: Feature) -> None:
    other = Feature(feature.tree.path.parent / "other")
    other.tree.write("app.py", "print('another application')\n")
    other.tree.git("commit", "-q", "--amend", "-a", "-m", "another beginning")
    repository = emulator.repository(other.tree)
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    host = GitHubCodeHost(repository.name, SecretStr(TOKEN), api_url=emulator.url)
    with pytest.raises(Refused, match=r"does not start from anything that .* has.*app\.py"):
        host.publish(feature.proposal(), deadline())
    assert repository.pulls() == []


def test_somebody_elses_push_to_the_branch_is_not_overwritten_and_not_merged(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    given = {"message": "Theirs", "content": base64.b64encode(b"x").decode(), "branch": made.branch}
    repository.call("PUT", "/contents/theirs.txt", given)
    head = repository.head(made.branch)
    assert world.host.state(made, deadline()).merging is Merging.HEAD_MOVED
    with pytest.raises(Refused, match="not what was examined"):
        world.host.merge(made, proposal.tree, "Title", "", deadline())
    with pytest.raises(Refused, match="not overwritten"):
        world.host.publish(proposal, deadline())
    assert repository.head(made.branch) == head


def test_a_pull_request_that_somebody_closed_stays_closed(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    repository.call("PATCH", "/pulls/1", {"state": "closed"})
    again = world.host.publish(proposal, deadline())
    assert (again.number, again.over) == (made.number, True)
    assert world.host.state(made, deadline()).merging is Merging.CLOSED
    with pytest.raises(Refused, match="closed without being merged"):
        world.host.merge(made, proposal.tree, "Title", "", deadline())
    feature.tree.write("app.py", "print('three')\n")
    feature.commit("More")
    newer = world.host.publish(feature.proposal(), deadline())
    assert (newer.number != made.number, newer.over) == (True, False), "newer content is a proposal of its own"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ('Say "hello" \U0001f680', 'Say "hello" \U0001f680'),
        ("Fix \x1b]52;c;aGk=\x07 it\u202e", "Fix ␛]52;c;aGk=␇ it<U+202E>"),
        ("Thanks @ada, closes #12", "Thanks @\u200bada, closes #\u200b12"),
        ("x" * 5000, "x" * 255 + "…"),
    ],
)
def test_a_title_from_outside_is_cut_and_notifies_nobody(
    world: EmulatorWorld, repository: Repository, feature: Feature, title: str, shown: str
) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal(title)
    made = world.host.publish(proposal, deadline())
    assert [each["title"] for each in repository.pulls()] == [shown]
    world.host.publish(proposal, deadline())
    merged = world.host.merge(made, proposal.tree, title, "Thanks @ada", deadline())
    message = repository.call("GET", f"/git/commits/{merged.commit}")["message"]
    assert message.splitlines()[0] == (shown if len(shown) < 250 else "x" * 250 + "…") + " (#1)"
    assert "@ada" not in message


def test_a_build_of_somebody_who_may_not_push_comes_from_a_fork(emulator: Emulator, feature: Feature) -> None:
    upstream = emulator.repository(feature.tree, token=OTHER_TOKEN, owner=OTHER)
    name = upstream.name.partition("/")[2]
    emulator.call("POST", f"/repos/{upstream.name}/forks", {})
    Repository(emulator, f"{OWNER}/{name}", TOKEN).mirror(feature.tree)  # GitHub's forks share what they hold
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    host = GitHubCodeHost(upstream.name, SecretStr(TOKEN), api_url=emulator.url, fork=f"{OWNER}/{name}")
    made = host.publish(proposal, deadline())
    again = host.publish(proposal, deadline())
    [pull] = upstream.pulls()
    assert pull["head"]["label"] == f"{OWNER}:{proposal.branch}"
    assert (made.number, again.number, again.found) == (pull["number"], pull["number"], True)
    assert made.placed is Placed.EXACT
    assert emulator.call("GET", f"/repos/{upstream.name}/git/matching-refs/heads/build/") == []
    assert host.state(made, deadline()).merging is Merging.READY


def test_required_checks_are_waited_for(world: EmulatorWorld, repository: Repository, feature: Feature) -> None:
    rules = {"strict": False, "contexts": ["tests"]}
    repository.call(
        "PUT",
        "/branches/main/protection",
        {
            "required_status_checks": rules,
            "enforce_admins": None,
            "required_pull_request_reviews": None,
            "restrictions": None,
        },
    )
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    proposal = feature.proposal()
    made = world.host.publish(proposal, deadline())
    check = repository.call("POST", "/check-runs", {"name": "tests", "head_sha": made.head, "status": "in_progress"})
    state = world.host.settled(made, 0, deadline())
    assert (state.merging, state.checks) == (Merging.CHECKS_RUNNING, ("tests",))
    with pytest.raises(Refused, match="waits for “tests”"):
        world.host.merge(made, proposal.tree, "Title", "", deadline())
    where = f"/check-runs/{check['id']}"
    repository.call("PATCH", where, {"status": "completed", "conclusion": "failure"})
    assert world.host.state(made, deadline()).merging is Merging.CHECKS_FAILED
    repository.call("PATCH", where, {"status": "completed", "conclusion": "success"})
    assert world.host.merge(made, proposal.tree, "Title", "", deadline()).exact


def test_what_github_cannot_carry_is_refused_before_anything_is_made(
    world: EmulatorWorld, repository: Repository, feature: Feature
) -> None:
    feature.tree.git("update-index", "--add", "--cacheinfo", f"160000,{feature.base},vendored/library")
    feature.tree.git("commit", "-q", "-m", "A submodule")
    with pytest.raises(BadInput, match="vendored/library"):
        world.host.publish(feature.proposal(), deadline())
    feature.tree.git("reset", "-q", "--hard", feature.base)
    feature.tree.write(os.fsdecode(b"caf\xe9.txt"), "latin\n")
    feature.commit()
    with pytest.raises(BadInput, match=r"caf\\xe9\.txt is not UTF-8"):
        world.host.publish(feature.proposal(), deadline())
    [large] = [replace(each, size=100_000_001) for each in feature.proposal().change.files()]
    with pytest.raises(BadInput, match=r"has 100 MB; GitHub takes no more"):
        made_tree(Unasked(), "", [replace(large, path=b"film.mp4")], feature.proposal().change, deadline())  # type: ignore[arg-type]
    assert repository.pulls() == []
    assert repository.call("GET", "/git/matching-refs/heads/build/") == []


def test_an_issue_is_filed_once(world: EmulatorWorld, repository: Repository) -> None:
    first = world.host.issue("EP-0001", "Operate @ada's notes", "body", ["epic"], deadline())
    again = world.host.issue("EP-0001", "Operate notes", "body", ["epic"], deadline())
    assert first is not None
    assert again is not None
    assert (again.number, first.found, again.found) == (first.number, False, True)
    [issue] = repository.call("GET", "/issues?state=all")
    assert issue["title"] == "Operate @\u200bada's notes"


def test_an_empty_repository_and_a_wrong_name_are_said(emulator: Emulator, feature: Feature) -> None:
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    empty = GitHubCodeHost(emulator.new(auto_init=False).name, SecretStr(TOKEN), api_url=emulator.url)
    with pytest.raises(BadInput, match="is empty: there is nothing to propose anything to"):
        empty.publish(feature.proposal(), deadline())
    wrong = GitHubCodeHost(f"{OWNER}/nothing-here", SecretStr(TOKEN), api_url=emulator.url)
    with pytest.raises(BadInput, match="no such thing, or the token may not see it"):
        wrong.publish(feature.proposal(), deadline())
    assert [check.ok for check in wrong.access(deadline())] == [False]


def test_a_base_of_another_history_and_the_same_content_will_do(emulator: Emulator, feature: Feature) -> None:
    other = Feature(feature.tree.path.parent / "other")
    other.tree.git("commit", "-q", "--amend", "-m", "another beginning")
    repository = emulator.repository(other.tree)
    feature.tree.write("app.py", "print('two')\n")
    feature.commit()
    assert repository.head() != feature.base
    proposal = feature.proposal()
    host = GitHubCodeHost(repository.name, SecretStr(TOKEN), api_url=emulator.url)
    made = host.publish(proposal, deadline())
    assert made.placed is Placed.EXACT
    assert host.merge(made, proposal.tree, "Title", "", deadline()).exact


def test_the_emulator_is_gone_when_it_was_ended(tmp_path: Path) -> None:
    needs("the emulator of GitHub", available())
    with running(tmp_path) as one:
        assert one.call("GET", "/meta", ok=False) is not None
    with pytest.raises(requests.ConnectionError):
        requests.get(one.url, timeout=5)
