"""How a pull request stands, judged from GitHub's facts; how long a limit asks to wait; which calls may be made twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shipui.code_hosts.base import Merging, branch_for
from shipui.code_hosts.github_checks import Asked, Checks
from shipui.code_hosts.github_retry import Reply, pause_after, repeatable
from shipui.code_hosts.github_state import Facts, judged

NONE = Checks((), (), ())
CLEAN = Facts(
    number=7,
    state="open",
    merged=False,
    draft=False,
    head="h",
    expected_head="h",
    mergeable=True,
    mergeable_state="clean",
    behind=0,
    base="main",
    queued=False,
    merge_commit="",
    merged_by="",
    asked=Asked(),
    checks=NONE,
)
WANTED = Asked(frozenset({"ci"}))


@pytest.mark.parametrize(
    ("facts", "merging", "said"),
    [
        (CLEAN, Merging.READY, "#7 can be merged"),
        (replace(CLEAN, state="closed", merged=True, merge_commit="c" * 40, merged_by="ada"), Merging.MERGED, "by ada"),
        (replace(CLEAN, state="closed"), Merging.CLOSED, "closed without being merged"),
        (replace(CLEAN, head="other"), Merging.HEAD_MOVED, "Somebody pushed"),
        (replace(CLEAN, draft=True, mergeable_state="draft"), Merging.DRAFT, "is a draft"),
        (replace(CLEAN, mergeable=False, mergeable_state="dirty"), Merging.CONFLICTS, "conflicts with main"),
        (replace(CLEAN, behind=2, mergeable_state="behind"), Merging.BEHIND, "main has 2 commits"),
        (replace(CLEAN, mergeable=None, mergeable_state="unknown"), Merging.UNKNOWN, "not worked out yet"),
        (replace(CLEAN, mergeable_state="blocked"), Merging.PROTECTED, "such as a review"),
        (replace(CLEAN, mergeable_state="blocked", asked=WANTED), Merging.CHECKS_RUNNING, "waits for “ci”"),
        (replace(CLEAN, asked=WANTED, checks=Checks(("ci",), (), ())), Merging.CHECKS_RUNNING, "waits for “ci”"),
        (replace(CLEAN, asked=WANTED, checks=Checks((), ("ci",), ())), Merging.CHECKS_FAILED, "“ci” failed"),
        (replace(CLEAN, asked=WANTED, checks=Checks((), (), ("ci",))), Merging.READY, "can be merged"),
        (replace(CLEAN, mergeable_state="unstable", checks=Checks(("x",), (), ())), Merging.CHECKS_RUNNING, "“x”"),
        (replace(CLEAN, mergeable_state="unstable", checks=Checks((), ("x",), ())), Merging.READY, "Not required, and failed"),
        (replace(CLEAN, mergeable_state="blocked", asked=Asked(queue=True)), Merging.READY, "into the merge queue"),
        (replace(CLEAN, asked=Asked(queue=True), queued=True), Merging.QUEUED, "in the merge queue"),
    ],
)  # fmt: skip
def test_each_state_is_a_word_and_a_sentence(facts: Facts, merging: Merging, said: str) -> None:
    state = judged(facts)
    assert state.merging is merging
    assert said in state.plain


def reply(status: int, text: str = "", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


@pytest.mark.parametrize(
    ("given", "verb", "path", "seconds"),
    [
        (reply(200), "GET", "/x", None),
        (reply(404), "GET", "/x", None),
        (reply(403), "GET", "/x", None),
        (reply(502), "GET", "/x", 2.0),
        (reply(502), "POST", "/repos/o/r/pulls", None),
        (reply(502), "POST", "/repos/o/r/git/trees", 2.0),
        (reply(502), "PUT", "/repos/o/r/pulls/1/merge", None),
        (reply(503, retry_after="9"), "GET", "/x", 9.0),
        (reply(403, retry_after="30"), "POST", "/repos/o/r/pulls", 30.0),
        (reply(429), "POST", "/repos/o/r/pulls", 60.0),
        (reply(403, "You have exceeded a secondary rate limit"), "PUT", "/repos/o/r/pulls/1/merge", 60.0),
        (reply(403, x_ratelimit_remaining="0", x_ratelimit_reset="1040"), "GET", "/x", 41.0),
        (reply(403, x_ratelimit_remaining="7", x_ratelimit_reset="1040"), "GET", "/x", None),
        (reply(429, retry_after="soon"), "GET", "/x", 60.0),
    ],
)
def test_how_long_a_reply_asks_to_wait(given: Reply, verb: str, path: str, seconds: float | None) -> None:
    found = pause_after(given, verb, path, attempt=2, now=1000.0)
    assert (found.seconds if found else None) == seconds


def test_only_what_finds_the_first_one_again_is_made_twice() -> None:
    assert repeatable("PATCH", "/repos/o/r/git/refs/heads/x")
    assert repeatable("POST", "/repos/o/r/issues/1/labels")
    assert not repeatable("POST", "/repos/o/r/issues/1/comments")
    assert not repeatable("POST", "/repos/o/r/issues")
    assert not repeatable("POST", "/repos/o/r/git/refs")


@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("Notes can be tagged!", "build/FB-3DD07E19/notes-can-be-tagged"),
        ("../../x; rm -rf / @{0} ~^:?*[\\ .lock", "build/FB-3DD07E19/x-rm-rf-0-lock"),
        ("Übergröße 🚀", "build/FB-3DD07E19/bergr-e"),
        ("\u202e\x1b", "build/FB-3DD07E19/feature"),
        ("word " * 100, "build/FB-3DD07E19/word-word-word-word-word-word-word-word"),
    ],
)
def test_a_branch_is_named_in_what_every_git_takes(title: str, branch: str) -> None:
    assert branch_for("FB-3DD07E19", title) == branch
