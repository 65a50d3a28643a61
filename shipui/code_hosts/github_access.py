"""Whether GitHub answers, the token is good, and which rights it lacks: for doctor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shipui.code_hosts.github_errors import RIGHTS, SETTINGS
from shipui.model.checks import Check
from shipui.model.text import listed, visible

if TYPE_CHECKING:
    from github import Github
    from github.Repository import Repository


def checks_of_access(
    client: Github, repository: Repository, home: Repository, where: str, api_url: str
) -> Iterator[Check]:
    """After both were read: so GitHub answers, and the token is good enough to see them."""
    yield Check("token", True, _whose(client, where))
    address = urlsplit(api_url)
    if address.scheme == "http" and address.hostname not in ("127.0.0.1", "::1", "localhost"):
        yield Check(
            "encryption",
            True,
            f"The token goes to {address.hostname} without encryption: everybody on the way can read it.",
            f"Let api_url in {SETTINGS} begin with https://.",
        )
    if scopes := _scopes(client):
        lacking = not {"repo", "public_repo"} & scopes or (repository.private and "repo" not in scopes)
        if lacking:
            needed = "repo" if repository.private else "repo, or public_repo"
            yield Check(
                "token’s scopes",
                False,
                f"The token has {listed(sorted(scopes))}, and lacks {needed}.",
                f"Give it {RIGHTS}.",
            )
    for each, needed in ((home, "push branches"), (repository, "merge")):
        permissions = each.permissions
        if permissions is not None and not permissions.push:
            stops = each is home
            yield Check(
                "rights",
                not stops,
                f"The token’s owner may not write to {each.full_name}, so it cannot {needed} there.",
                "Let somebody make it a collaborator with the right to write."
                if stops
                else "Pull requests can be opened there, and somebody else merges them. If that is not meant, ask for the right to write.",
            )
    if repository.archived:
        yield Check("repository", False, f"{repository.full_name} is archived.", f"Name another in {SETTINGS}.")
    if repository.allow_squash_merge is False:
        yield Check(
            "squash merges",
            False,
            f"{repository.full_name} does not allow squash merges, which is how builds are merged.",
            "Allow them in its settings (General, Pull Requests).",
        )


def _whose(client: Github, where: str) -> str:
    remaining, limit = client.requester.rate_limiting  # the client itself would ask, and not every server has an answer
    left = f"; {remaining} of {limit} calls are left this hour" if limit > 0 else ""
    return f"{visible(where, limit=200)} answers, and takes the token{left}."


def _scopes(client: Github) -> set[str]:
    """Of a classic token; a fine-grained one has none."""
    return {each for each in client.oauth_scopes or [] if each}
