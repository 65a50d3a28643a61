"""What GitHub says when something is in the way, and what shipui makes of it: on a server of our own that speaks as GitHub does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from shipui.code_hosts.base import Merging
from shipui.code_hosts.github import GitHubCodeHost
from shipui.code_hosts.github_connection import Patience
from shipui.limits.deadline import Deadline
from shipui.model.errors import Cancelled, Failed, Refused, ShipuiError, TimeLimitPassed, Unreachable
from tests.github.replies import HEAD, MERGED, NAME, PUBLISHED, TREE, Answer, Replies, serving

TOKEN = "github_pat_11ABCDEFG0abcdefghijklmnop"
PULL, MERGE = "GET /pulls/{pull_number}", "PUT /pulls/{pull_number}/merge"
COMMENT = "POST /issues/{issue_number}/comments"


@pytest.fixture
def replies() -> Iterator[Replies]:
    with serving() as running:
        yield running


@pytest.fixture
def host(replies: Replies) -> GitHubCodeHost:
    return GitHubCodeHost(NAME, SecretStr(TOKEN), api_url=replies.url, patience=Patience(tries=3))


def error(message: str) -> dict[str, str]:
    return {"message": message, "documentation_url": "https://docs.github.com/rest"}


def merge(host: GitHubCodeHost, deadline: Deadline | None = None) -> str:
    return host.merge(PUBLISHED, TREE, "Title", "", deadline or Deadline(60)).plain


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401, error("Bad credentials")), "is wrong, has expired, or was revoked"),
        (
            Answer(
                403,
                error("Resource not accessible by personal access token"),
                {"X-OAuth-Scopes": "read:user, gist", "X-Accepted-OAuth-Scopes": "repo"},
            ),
            "Missing: the scope “repo”",
        ),
        (
            Answer(
                403,
                error("Resource not accessible by personal access token"),
                {"X-Accepted-GitHub-Permissions": "contents=write,pull_requests=write"},
            ),
            "Missing: contents: write,pull_requests: write",
        ),
        (
            Answer(
                403, error("Resource protected by organization SAML enforcement."), {"X-GitHub-SSO": "required; url=x"}
            ),
            "single sign-on",
        ),
        (Answer(404, error("Not Found")), "no such thing, or the token may not see it"),
        (Answer(422, text=f'{{"message": "who sent {TOKEN}?"}}'), r"who sent \*\*\*\?"),
        (Answer(200, text="<html>Log in to the hotel's network</html>"), "does not speak as GitHub does"),
    ],
)
def test_a_token_or_a_name_that_will_not_do_is_said_and_the_token_never(
    replies: Replies, host: GitHubCodeHost, caplog: pytest.LogCaptureFixture, answer: Answer, said: str
) -> None:
    caplog.set_level(logging.DEBUG)
    replies.next("GET ", answer, answer)
    with pytest.raises(ShipuiError, match=said) as raised:
        host.state(PUBLISHED, Deadline(60))
    [check] = host.access(Deadline(60))
    assert not check.ok
    assert replies.asked[0].authorization == f"token {TOKEN}", "it was really used"
    shown = [str(raised.value), raised.value.detail, repr(raised.value), repr(host), repr(vars(host)), check.detail]
    assert TOKEN not in "".join([*shown, caplog.text])


def test_a_rate_limit_is_waited_for_and_then_it_goes_on(replies: Replies, host: GitHubCodeHost) -> None:
    resets = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1)}
    replies.next(PULL, Answer(403, error("API rate limit exceeded for user ID 1."), resets))
    replies.next(MERGE, Answer(429, error("You have exceeded a secondary rate limit."), {"Retry-After": "1"}))
    begun = time.monotonic()
    assert "was merged into main" in merge(host)
    assert time.monotonic() - begun >= 2
    assert replies.calls(MERGE) == 2, "a call that was turned away did nothing, so it may be made again"


@pytest.mark.parametrize(
    "headers",
    [
        lambda: {"Retry-After": "3600"},
        lambda: {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3600)},
    ],
    ids=["for so long", "until then"],
)
def test_a_rate_limit_that_is_longer_than_the_time_there_is_ends_it_at_once(
    replies: Replies, host: GitHubCodeHost, headers: Callable[[], dict[str, str]]
) -> None:
    replies.next(PULL, Answer(403, error("API rate limit exceeded"), headers()))
    with pytest.raises(Unreachable, match=r"asks for (1 h|59 min).* of patience") as raised:
        merge(host, Deadline(100))
    assert "Try again in" in raised.value.fix


def test_an_outage_of_a_moment_is_not_noticed(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(PULL, Answer(502, text="<html>Unicorn</html>"), Answer(lost=True))
    assert host.state(PUBLISHED, Deadline(60)).merging is Merging.READY


def test_an_outage_that_goes_on_is_said(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(PULL, *[Answer(503, error("Service unavailable"))] * 3)
    with pytest.raises(Unreachable, match="has trouble of its own"):
        host.state(PUBLISHED, Deadline(60))
    assert replies.calls(PULL) == 3


def test_nobody_there_is_said(host: GitHubCodeHost) -> None:
    away = GitHubCodeHost(NAME, SecretStr(TOKEN), api_url="http://127.0.0.1:9", patience=Patience(tries=2))
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 does not answer"):
        away.state(PUBLISHED, Deadline(60))


def test_a_comment_whose_reply_was_lost_is_there_once(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(COMMENT, Answer(lost=True))
    host.comment(PUBLISHED, "gates", "Two findings", Deadline(60))
    assert [each["body"] for each in replies.comments] == ["<!-- shipui:gates -->\nTwo findings"]
    assert replies.calls(COMMENT) == 1


def test_a_merge_whose_reply_was_lost_is_made_once(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(MERGE, Answer(lost=True))
    merged = host.merge(PUBLISHED, TREE, "Title", "", Deadline(60))
    assert (merged.commit, merged.exact) == (MERGED, True)
    assert replies.calls(MERGE) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(405, error("Base branch was modified. Review and try the merge again.")), "Base branch was modified"),
        (Answer(405, error("Squash merges are not allowed on this repository.")), "does not allow squash merges"),
        (Answer(409, error("Head branch was modified. Review and try the merge again.")), "changed in the meantime"),
        (Answer(422, {**error("Validation Failed"), "errors": []}), "GitHub says: Validation Failed"),
    ],
)
def test_a_merge_that_github_refuses_says_why(
    replies: Replies, host: GitHubCodeHost, answer: Answer, said: str
) -> None:
    replies.next(MERGE, answer)
    with pytest.raises(Refused, match=said):
        merge(host)
    assert replies.calls(MERGE) == 1


def test_the_merge_is_guarded_by_the_head_that_was_examined(replies: Replies, host: GitHubCodeHost) -> None:
    merge(host)
    [body] = [each.body for each in replies.asked if each.path.endswith("/merge")]
    assert body == {"commit_title": "Title (#1)", "commit_message": "", "merge_method": "squash", "sha": HEAD}


def test_somebody_who_was_quicker_is_no_failure(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(MERGE, Answer(405, error("Pull Request is not mergeable")))
    replies.next(
        PULL, Answer(body=replies.pull), Answer(body={**replies.pull, "merged": True, "merge_commit_sha": MERGED})
    )
    assert "had been merged into main" in merge(host)


def test_checks_are_waited_for_until_they_pass(replies: Replies, host: GitHubCodeHost) -> None:
    replies.pull["mergeable_state"] = "blocked"
    replies.rules = [
        {
            "type": "required_status_checks",
            "parameters": {
                "required_status_checks": [{"context": "ci"}, {"context": "deploy"}],
                "strict_required_status_checks_policy": True,
            },
        }
    ]
    replies.checks = [{"name": "ci", "status": "in_progress", "conclusion": None}]
    replies.statuses = [{"context": "deploy", "state": "pending"}]
    state = host.settled(PUBLISHED, 0, Deadline(60))
    assert (state.merging, set(state.checks)) == (Merging.CHECKS_RUNNING, {"ci", "deploy"})

    def finish() -> None:
        replies.checks = [{"name": "ci", "status": "completed", "conclusion": "success"}]
        replies.statuses = [{"context": "deploy", "state": "success"}]
        replies.pull["mergeable_state"] = "clean"

    timer = threading.Timer(0.5, finish)
    timer.start()
    assert host.settled(PUBLISHED, 50, Deadline(60)).merging is Merging.READY
    timer.join()


def test_a_merge_queue_is_joined_and_seen(replies: Replies, host: GitHubCodeHost) -> None:
    replies.rules = [
        {
            "type": "merge_queue",
            "parameters": {
                "check_response_timeout_minutes": 60,
                "grouping_strategy": "ALLGREEN",
                "max_entries_to_build": 5,
                "max_entries_to_merge": 5,
                "merge_method": "SQUASH",
                "min_entries_to_merge": 1,
                "min_entries_to_merge_wait_minutes": 5,
            },
        }
    ]
    replies.pull["mergeable_state"] = "blocked"
    merged = host.merge(PUBLISHED, TREE, "Title", "", Deadline(60))
    assert (merged.queued, merged.already, merged.exact) == (True, False, False)
    assert replies.calls(MERGE) == 0
    [given] = [
        each.body["variables"] for each in replies.asked if each.path == "/graphql" and "mutation" in each.body["query"]
    ]
    assert given["input"]["expectedHeadOid"] == HEAD
    assert host.state(PUBLISHED, Deadline(60)).merging is Merging.QUEUED
    again = host.merge(PUBLISHED, TREE, "Title", "", Deadline(60))
    assert (again.queued, again.already) == (True, True)


def test_a_server_that_says_nothing_is_left_when_the_time_is_over(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(PULL, Answer(silent=True))
    begun = time.monotonic()
    with pytest.raises(TimeLimitPassed):
        host.state(PUBLISHED, Deadline(1))
    assert time.monotonic() - begun < 20


def test_a_cancel_ends_a_call_that_waits(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next(PULL, Answer(silent=True))
    deadline = Deadline(100)
    timer = threading.Timer(0.5, deadline.cancel, ["the operator asked for it"])
    timer.start()
    with pytest.raises(Cancelled, match="the operator asked for it"):
        host.state(PUBLISHED, deadline)
    timer.join()


def test_an_unknown_answer_is_a_failure_not_a_defect(replies: Replies, host: GitHubCodeHost) -> None:
    replies.next("GET ", Answer(418, error("I'm a teapot")))
    with pytest.raises(Failed, match="HTTP 418"):
        host.state(PUBLISHED, Deadline(60))


def test_what_a_token_lacks_is_told_before_anybody_needs_it(replies: Replies, host: GitHubCodeHost) -> None:
    assert [check.ok for check in host.access(Deadline(60))] == [True]
    rights = {**replies.repository["permissions"], "push": False}
    replies.repository |= {"permissions": rights, "allow_squash_merge": False, "private": True}
    scopes = {"X-OAuth-Scopes": "public_repo, gist"}
    replies.next("GET ", Answer(body=replies.repository, headers=scopes))
    replies.next("GET /git/ref/{ref}", Answer(404, error("Not Found")))
    [check] = host.access(Deadline(60))
    assert "has no branch “main”" in check.detail
    replies.next("GET ", Answer(body=replies.repository, headers=scopes))
    found = {check.name: check for check in host.access(Deadline(60))}
    assert "lacks repo" in found["token’s scopes"].detail
    assert f"may not write to {NAME}" in found["rights"].detail
    assert "does not allow squash merges" in found["squash merges"].detail
    assert all(check.fix for check in found.values() if not check.ok)


def test_a_server_that_calls_itself_by_another_name_is_only_called_by_ours(
    replies: Replies, host: GitHubCodeHost
) -> None:
    replies.ready(replies.url.replace("127.0.0.1", "github.invalid"))
    assert "github.invalid" in replies.pull["url"]
    host.comment(PUBLISHED, "gates", "Two findings", Deadline(60))
    host.comment(PUBLISHED, "gates", "One finding", Deadline(60))
    assert len(replies.comments) == 1
    assert "was merged into main" in merge(host)


def test_pages_that_a_server_names_otherwise_are_all_read(replies: Replies, host: GitHubCodeHost) -> None:
    elsewhere = replies.url.replace("127.0.0.1", "github.invalid")
    replies.ready(elsewhere)
    host.comment(PUBLISHED, "gates", "Two findings", Deadline(60))
    next_page = f'<{elsewhere}/repos/{NAME}/issues/1/comments?page=2>; rel="next"'
    first = Answer(body=[{**replies.comments[0], "body": "hello"}], headers={"Link": next_page})
    replies.next("GET /issues/{issue_number}/comments", first)
    assert not host.comment(PUBLISHED, "gates", "Two findings", Deadline(60)).changed, "found on the second page"


def test_whether_it_can_be_merged_is_waited_for_even_by_those_who_wait_for_no_checks(
    replies: Replies, host: GitHubCodeHost
) -> None:
    unknown = {**replies.pull, "mergeable": None, "mergeable_state": "unknown"}
    replies.next(PULL, Answer(body=unknown), Answer(body=unknown))
    assert host.settled(PUBLISHED, 0, Deadline(60)).merging is Merging.READY
    replies.next(PULL, Answer(body={**replies.pull, "mergeable_state": "blocked"}))
    replies.checks = [{"name": "ci", "status": "queued", "conclusion": None}]
    assert host.settled(PUBLISHED, 0, Deadline(60)).merging is Merging.CHECKS_RUNNING, "checks may take hours"


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "gehe\u00efm", "\U0001f511"])
def test_what_cannot_be_a_token_is_not_sent_and_not_shown(replies: Replies, token: str) -> None:
    host = GitHubCodeHost(NAME, SecretStr(token), api_url=replies.url)
    with pytest.raises(Refused, match="is none") as raised:
        host.state(PUBLISHED, Deadline(60))
    assert token not in str(raised.value) + raised.value.detail
    assert replies.asked == []
    GitHubCodeHost(NAME, SecretStr(f" {TOKEN}\n"), api_url=replies.url).state(PUBLISHED, Deadline(60))
    assert replies.asked[0].authorization == f"token {TOKEN}"
