"""A shipped build at its code host: branch, pull request, labels, comment and merge, looked at by a plain HTTP client."""

from __future__ import annotations

from shipui.actions.acknowledge import acknowledge
from shipui.actions.merge import merge
from shipui.model.events import Outcome
from shipui.model.roles import Person, Role
from shipui.records import epics, products
from tests.integration.deployments.production_world import OPERATOR
from tests.integration.shipping.shop import INJECTION, Shop, new_build

REVIEWER = Person("rita", 4003, Role.REVIEWER)


def test_a_clean_build_merges_by_itself_and_shipping_again_doubles_nothing(shop: Shop) -> None:
    shop.write("données/mot clé.bin", bytes(range(256)))
    shop.write("tool.sh", "#!/bin/sh\nexit 0\n")
    (shop.place / "tool.sh").chmod(0o755)
    (shop.place / "word").symlink_to("behaviour.json")
    shop.world.git(shop.place, "mv", "README.md", "docs.md") if (shop.place / "README.md").exists() else None
    shop.world.commit(shop.place, "All kinds of files")
    build, before = new_build(), shop.repository.head()
    ending, made = shop.ship(build, title="Über-Wort “x” 🚀\x1b[31m @octocat fixes #1")
    assert ending.outcome is Outcome.DONE, ending
    (pull,) = shop.repository.pulls()
    assert pull["merged_at"]
    assert pull["head"]["ref"].startswith(f"build/{build}/")
    assert "\x1b" not in pull["title"]
    assert {"risk:low", "gates:pass"} <= shop.repository.labels(pull["number"])
    assert "needs-review" not in shop.repository.labels(pull["number"])
    assert shop.repository.comments(pull["number"]) == []
    assert "- Tests: 7 of 7 passed" in pull["body"]
    assert "It says another word" in pull["body"]
    # One commit on top of what was there, and exactly the sandbox's files.
    squashed = shop.repository.call("GET", f"/git/commits/{shop.repository.head()}")
    assert [each["sha"] for each in squashed["parents"]] == [before]
    assert squashed["tree"]["sha"] == shop.world.git(shop.place, "rev-parse", "HEAD^{tree}")
    story = shop.world.show(made["promotion"])
    assert story.case.pull_request is not None
    assert (story.case.pull_request.state, story.case.complete) == ("merged", True)
    again, made_again = shop.ship(build)
    assert (again.outcome, made_again) == (Outcome.DONE, made)
    assert len(shop.repository.pulls()) == 1
    assert shop.repository.head() == squashed["sha"]
    assert shop.repository.comments(pull["number"]) == []
    with shop.world.installation.records.transaction() as connection:
        assert [each.id for each in epics.listed(connection) if each.build == build] == [made["epic"]]
        assert products.version_of_build(connection, made["product"], build) == made["version"]


def test_a_planted_injection_stays_open_with_one_comment_until_a_reviewer_settles_it(shop: Shop) -> None:
    build = new_build()
    shop.write("find.py", INJECTION)
    shop.world.commit(shop.place, "Find")
    before = shop.repository.head()
    ending, made = shop.ship(build)
    assert ending.outcome is Outcome.DONE, ending
    (pull,) = shop.repository.pulls()
    assert pull["state"] == "open"
    assert {"risk:low", "gates:block", "needs-review"} <= shop.repository.labels(pull["number"])
    (comment,) = shop.repository.comments(pull["number"])
    assert "find.py:11" in comment
    assert "CWE-89" in comment
    shop.ship(build)
    assert shop.repository.comments(pull["number"]) == [comment]
    assert shop.repository.head() == before
    refused = merge(shop.world.installation, OPERATOR, made["promotion"])
    assert not refused.merged
    assert "The gate security blocks." in refused.plain
    for report in shop.world.show(made["promotion"]).gates:
        for finding in report.findings:
            acknowledge(
                shop.world.installation, REVIEWER, made["promotion"], [finding.fingerprint], "only staff reach it"
            )
    merged = merge(shop.world.installation, OPERATOR, build)
    assert merged.merged, merged
    (pull,) = shop.repository.pulls()
    assert pull["merged_at"]
    assert shop.repository.tree() == shop.world.git(shop.place, "rev-parse", "HEAD^{tree}")
    assert "needs-review" not in shop.repository.labels(pull["number"])
    (comment,) = shop.repository.comments(pull["number"])
    assert "accepted by a reviewer" in comment
