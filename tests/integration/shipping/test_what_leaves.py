"""What leaves the machine, byte by byte, is what the contribution mode allows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shipui.actions.certificate import accept
from shipui.model.events import Outcome
from tests.github.emulator import TOKEN
from tests.integration.deployments.production_world import STUDIO
from tests.integration.shipping.recording import Recording, recording
from tests.integration.shipping.shop import PSEUDONYM, Shop, new_build

REDACT = 'redact = ["Acme", "db.acme.internal", "10.1.2.3", "data_team", "jane@corp.example"]\nproprietary = ["Project Orion"]'


@pytest.fixture
def proxy(shop: Shop) -> Iterator[Recording]:
    with recording(shop.repository.emulator.url) as made:
        yield made


def changed(shop: Shop) -> set[bytes]:
    names = shop.world.git(shop.place, "diff", "--name-only", "main", "HEAD").split()
    return {(shop.place / name).read_bytes() for name in names}


def commit_all(shop: Shop) -> None:
    shop.world.commit(shop.place, "More, for Acme")


def stays_here(shop: Shop, proxy: Recording, build: str) -> str:
    """The report; nothing was asked or told of the code host."""
    assert proxy.sent == []
    assert shop.repository.pulls() == []
    assert (shop.proposals() / build / "change.patch").read_bytes().startswith(b"diff --git")
    return (shop.proposals() / build / "report.md").read_text()


UNCERTIFIED = "has not accepted the certificate of origin"
DECLINED = "Sharing was declined."
UNSET = "No contribution mode is set."


@pytest.mark.parametrize(
    ("certified", "cases"),
    [
        (False, [("contribute_all", None, UNCERTIFIED), ("contribute_all", True, UNCERTIFIED), ("unset", None, UNSET)]),
        (
            True,
            [
                ("unset", True, UNSET),
                ("fork_only", False, DECLINED),
                ("selective", False, DECLINED),
                ("selective", None, "Nobody has chosen to share it yet."),
                ("contribute_all", False, DECLINED),
            ],
        ),
    ],
    ids=["without the certificate", "with the certificate"],
)
def test_nothing_leaves(
    shop: Shop, proxy: Recording, certified: bool, cases: list[tuple[str, bool | None, str]]
) -> None:
    if certified:
        accept(shop.world.installation, STUDIO)
    for mode, contribute, said in cases:
        shop.configure(mode, api_url=proxy.url)
        build = new_build()
        ending, made = shop.ship(build, contribute=contribute)
        assert ending.outcome is Outcome.DONE, (mode, contribute, ending)
        stays_here(shop, proxy, build)
        story = shop.world.show(made["promotion"])
        assert story.case.pull_request is not None
        assert said in story.case.pull_request.plain, (mode, contribute)
        assert str(shop.proposals()) in story.case.pull_request.plain


def test_without_a_token_a_patch_and_a_report_stay_here(
    shop: Shop, proxy: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HIVE_CONTRIBUTION_TOKEN")
    shop.configure("contribute_all", api_url=proxy.url)
    accept(shop.world.installation, STUDIO)
    build = new_build()
    ending, made = shop.ship(build)
    assert ending.outcome is Outcome.DONE, ending
    stays_here(shop, proxy, build)
    assert "names no token" in shop.world.show(made["promotion"]).case.pull_request.plain


def test_fork_only_sends_exactly_the_change_into_ones_own_repository(shop: Shop, proxy: Recording) -> None:
    shop.configure("fork_only", api_url=proxy.url, contribution=REDACT)
    shop.write("acme.txt", "Acme's own, Project Orion, at 10.1.2.3\n")
    shop.write("logo.bin", bytes(range(256)))
    commit_all(shop)
    ending, _ = shop.ship(new_build(), title="For Acme")
    assert ending.outcome is Outcome.DONE, ending
    assert proxy.blobs() == changed(shop)
    assert {each["path"] for each in proxy.trees()} == {"behaviour.json", "acme.txt", "logo.bin"}
    assert shop.repository.tree() == shop.world.git(shop.place, "rev-parse", "HEAD^{tree}")
    (commit,) = [each.json for each in proxy.sent if each.path.endswith("/git/commits") and each.verb == "POST"]
    assert commit["author"]["email"] == "studio@example.com"


def test_what_is_shared_is_redacted_and_under_a_pseudonym(shop: Shop, proxy: Recording) -> None:
    shop.configure("contribute_all", api_url=proxy.url, contribution=REDACT)
    accept(shop.world.installation, STUDIO)
    shop.write("client.py", 'HOST = "db.acme.internal"\n\n\nclass AcmeClient:\n    address = "10.1.2.3"\n')
    shop.write("test_client.py", "from client import AcmeClient\n\n\ndef test_it():\n    assert AcmeClient.address\n")
    shop.write("plain.txt", "Nothing of theirs.\n")
    commit_all(shop)
    build = new_build()
    criteria = [{"text": "The data_team of jane@corp.example at www.acme.example sees it.", "passed": True}]
    proof = shop.proof(acceptance_criteria=criteria)
    ending, made = shop.ship(build, title="A client for Acme, the data_team's, at db.acme.internal", evidence=proof)
    assert ending.outcome is Outcome.DONE, ending
    (pull,) = shop.repository.pulls()
    assert pull["title"] == "A client for REDACTED, the REDACTED's, at REDACTED"
    assert pull["merged_at"], shop.world.show(made["promotion"]).case.pull_request
    sent = proxy.everything().lower()
    for word in (
        "data",
        "jane",
        "corp",
        "acme",
        "10.1.2.3",
        "studio",
        str(shop.place),
        str(shop.world.folder),
        "olga",
        "more, for",
        TOKEN,
    ):
        assert word.lower().encode() not in sent, word
    expected = {
        (shop.place / "behaviour.json").read_bytes(),
        b'HOST = "REDACTED"\n\n\nclass REDACTEDClient:\n    address = "REDACTED"\n',
        b"from client import REDACTEDClient\n\n\ndef test_it():\n    assert REDACTEDClient.address\n",
        b"Nothing of theirs.\n",
    }
    assert proxy.blobs() == expected
    commits = [each.json for each in proxy.sent if each.path.endswith("/git/commits") and each.verb == "POST"]
    for each in commits:
        assert (each["author"]["name"], each["author"]["email"]) == PSEUDONYM
        assert each.get("committer", each["author"])["email"] == PSEUDONYM[1]
        assert f"Signed-off-by: {PSEUDONYM[0]} <{PSEUDONYM[1]}>" in each["message"]
    merged = shop.repository.call("GET", f"/git/commits/{shop.repository.head()}")
    assert build in merged["message"]
    # The token goes where it must, and nowhere else.
    assert all(TOKEN in each.headers["Authorization"] for each in proxy.sent)


STOPPED: tuple[tuple[str, str | bytes, bool | None, str], ...] = (
    (
        "settings.py",
        "KEY = 'ghp_" + "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2'\n",
        True,
        "It holds a secret: settings.py",
    ),
    ("notes.md", "All about Project Orion.\n", True, "It must not be shared: notes.md"),
    ("customers.csv", "name,mail\nJane,jane.doe@gmail.com\n", None, "Nobody has said that it may be shared as it is"),
    ("acme_logo.txt", "x\n", True, "Rename acme_logo.txt: its path holds “acme”"),
    ("logo.bin", b"\xff\xfeA\x00c\x00m\x00e\x00", True, "logo.bin is no text"),
)


def test_proprietary_content_and_secrets_stop_sharing(shop: Shop, proxy: Recording) -> None:
    shop.configure("contribute_all", api_url=proxy.url, contribution=REDACT)
    accept(shop.world.installation, STUDIO)
    for name, content, contribute, said in STOPPED:
        shop.write(name, content)
        shop.world.commit(shop.place, "More")
        ending, made = shop.ship(new_build(), contribute=contribute)
        assert ending.outcome is Outcome.DONE, (name, ending)
        assert proxy.sent == [], name
        contribution = shop.world.show(made["promotion"]).case.contribution
        assert contribution is not None
        assert said in contribution.plain, name
        assert not contribution.shared
        (shop.place / name).unlink()
