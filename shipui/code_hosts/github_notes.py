"""Comments and issues that are found again by a marker which readers do not see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from github import GithubException

from shipui.code_hosts.base import Comment, Issue
from shipui.code_hosts.github_connection import ReplyLost
from shipui.code_hosts.github_pull_request import CUT, LONGEST_BODY, LONGEST_LABEL, LONGEST_TITLE
from shipui.model.errors import BadInput
from shipui.model.markdown import cut, silent

if TYPE_CHECKING:
    from github.Issue import Issue as GitHubIssue
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest
    from github.Repository import Repository

MOST_ISSUES = 2000
"""Of the newest: an issue that is older is made again."""


def marked(marker: str, text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,80}", marker):
        raise BadInput(f"“{marker}” cannot mark a comment.", detail="letters, digits and hyphens")
    first = f"<!-- shipui:{marker} -->\n"
    return first + cut(text.rstrip("\n"), LONGEST_BODY - len(first), CUT)


def commented(repository: Repository, number: int, marker: str, text: str) -> Comment:
    pull = repository.get_pull(number)
    body = marked(marker, text)
    for each in _comments(pull, marker):
        if _said(each.body) == _said(body):
            return Comment(each.html_url, changed=False)
        try:
            each.edit(body)
        except GithubException as error:
            if error.status in (403, 404):
                continue  # somebody else's, who copied the marker; or deleted just now
            raise
        return Comment(each.html_url, changed=True)
    try:
        return Comment(pull.create_issue_comment(body).html_url, changed=True)
    except ReplyLost:
        for each in _comments(pull, marker):
            return Comment(each.html_url, changed=True)
        return Comment(pull.create_issue_comment(body).html_url, changed=True)


def filed(repository: Repository, marker: str, title: str, body: str, labels: Sequence[str]) -> Issue:
    text = marked(marker, body)
    names = [silent(each, limit=LONGEST_LABEL) for each in labels]
    found = _issue(repository, marker, names)
    if found is not None:
        return Issue(found.number, found.html_url, found=True)
    try:
        made = repository.create_issue(silent(title, limit=LONGEST_TITLE), text, labels=list(names))
    except ReplyLost:
        lost = _issue(repository, marker, names)
        made = lost or repository.create_issue(silent(title, limit=LONGEST_TITLE), text, labels=list(names))
    return Issue(made.number, made.html_url, found=False)


def _comments(pull: PullRequest, marker: str) -> list[IssueComment]:
    return [each for each in pull.get_issue_comments() if _begins(each.body, marker)]


def _issue(repository: Repository, marker: str, labels: Sequence[str]) -> GitHubIssue | None:
    listing = repository.get_issues(state="all", labels=list(labels[:1]))
    return next((each for each in islice(listing, MOST_ISSUES) if _begins(each.body, marker)), None)


def _begins(body: str | None, marker: str) -> bool:
    return (body or "").startswith(f"<!-- shipui:{marker} -->")


def _said(body: str | None) -> str:
    return (body or "").replace("\r\n", "\n").strip()
