"""Ships two of the demo's builds to a code host: one that merges by itself, and one that the gates keep open."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shipui.actions.certificate import accept
from shipui.actions.show import show
from shipui.demo.folder import DemoFolder
from shipui.demo.headless import Outcome
from shipui.demo.repository import Repository
from shipui.demo.sandboxes import added_files, base_files
from shipui.demo.scenarios import SCENARIOS, Scenario
from shipui.demo.shipping import STUDIO, ship_scenario
from shipui.install import Installation, with_settings
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadInput, ShipuiError

_LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A scenario of the code host; its build is that of one of the demo's own."""

    name: str
    build: str
    expected: str
    sentence: str


# The one that stays open goes first: what it began with is then still what the base branch holds.
PROPOSALS = (
    Proposal("pull-request-stays-open", "stopped-by-the-gates", "open", "stays open, with what the gates found"),
    Proposal(
        "pull-request-merges", "passes-the-gates", "merged", "is merged by squash, since nothing stands in the way"
    ),
)


def open_proposing(config: Path, api_url: str, repository: str) -> Installation:
    """The demo's install, with this code host: its own config.toml stays as it is. BadInput without a token."""
    try:
        made = with_settings(
            config,
            github={"api_url": api_url, "repository": repository, "checks_wait_seconds": 30},
            contribution={
                "mode": "contribute_all",
                "pseudonym": {"name": "Build Studio", "email": "build-studio@demo.invalid"},
            },
        )
    except ValidationError:
        raise BadInput(
            "--github or --repository cannot be used.",
            fix="Expected the address of GitHub's API, such as https://api.github.com, and OWNER/NAME.",
        ) from None
    if made.settings.github.token is None or not made.settings.github.token.get_secret_value():
        made.close()
        raise BadInput(
            "There is no token for the code host.", fix="Set HIVE_CONTRIBUTION_TOKEN, in the environment or in .env."
        )
    return made


class Proposing:
    def __init__(self, folder: DemoFolder, installation: Installation) -> None:
        self._folder = folder
        self._installation = installation
        github = installation.settings.github
        assert github.token is not None
        assert github.repository is not None
        self._repository = Repository(github.api_url, github.repository, github.token.get_secret_value())

    def run(self, begun: Callable[[str], None], ended: Callable[[Outcome], None]) -> list[Outcome]:
        """BadInput and the like when the repository cannot be made ready."""
        accept(self._installation, STUDIO)
        deadline = Deadline(_LOOK_SECONDS)
        sandboxes = [self._folder.sandboxes / each.build for each in PROPOSALS]
        never = {path for each in sandboxes for path in added_files(each, deadline)}
        self._repository.begin(base_files(sandboxes[0], deadline), never)
        outcomes = []
        for each in PROPOSALS:
            scenario = next(scenario for scenario in SCENARIOS if scenario.name == each.build)
            begun(f"{scenario.title}: {each.sentence} …")
            outcomes.append(self._propose(each, scenario))
            ended(outcomes[-1])
        return outcomes

    def _propose(self, proposal: Proposal, scenario: Scenario) -> Outcome:
        began = time.monotonic()
        facts: dict[str, Any] = {"name": proposal.name, "expected": proposal.expected}
        try:
            promotion = ship_scenario(self._installation, self._folder, scenario)
            found = show(self._installation, STUDIO, promotion.id).case.pull_request
            assert found is not None
            problems = self._problems(proposal, found.number)
            status, plain = found.state, found.plain
            return Outcome(
                **facts,
                promotion=promotion.id,
                status=status,
                plain=plain,
                seconds=time.monotonic() - began,
                problems=problems,
            )
        except ShipuiError as error:
            seconds = time.monotonic() - began
            return Outcome(
                **facts, promotion="", status="failed", plain=error.plain, seconds=seconds, problems=[str(error)]
            )

    def _problems(self, proposal: Proposal, number: int) -> list[str]:
        """What somebody who looks at the code host itself would not expect."""
        if not number:
            return ["There is no pull request"]
        pull, comments = self._repository.pull(number), self._repository.comments(number)
        wanted = (True, 0) if proposal.expected == "merged" else (False, 1)
        if (pull.merged, comments) == wanted:
            return []
        return [f"Pull request #{number} is {pull.state}, merged: {pull.merged}, with {comments} comments"]
