"""What may leave this machine, what is recommended, and what redaction leaves of a text."""

from __future__ import annotations

import itertools

import pytest

from shipui.config.settings import ContributionSettings
from shipui.gates.base import Change, ChangedFile, Status
from shipui.model.contribution import Assessment, Criterion, Grade, Mode, Recommendation, decide
from shipui.model.findings import Finding, GateReport, Report, Severity, fingerprinted
from shipui.model.redaction import Redaction
from shipui.ship.assessment import assess

GOOD = Assessment((Criterion("fit", Grade.GOOD, ("It fits.",)),))
DOUBTFUL = Assessment(GOOD.criteria, doubts=("prices.py: a price",))
OWN = Assessment(GOOD.criteria, stops=("plan.md holds “Orion”",))
SECRET = Assessment(GOOD.criteria, secrets=("a.py, line 1: a token",))


def test_what_leaves_is_exactly_what_the_mode_allows() -> None:
    """Every combination, against the rule said the other way round."""
    for mode, found, choice, certified in itertools.product(
        Mode, (None, GOOD, DOUBTFUL, OWN, SECRET), (None, True, False), (True, False)
    ):
        decision = decide(mode, found, choice, certified=certified)
        own = mode is Mode.FORK_ONLY and found in (GOOD, DOUBTFUL, OWN) and choice is not False
        asked = choice is True or (choice is None and mode is Mode.CONTRIBUTE_ALL and found is GOOD)
        shared = mode.shares and found in (GOOD, DOUBTFUL) and asked and certified
        assert decision.leaves == (own or shared), (mode, found, choice, certified)
        assert decision.redacted == shared
        assert decision.leaves or decision.plain.endswith("Nothing leaves this machine.")


def change(*files: tuple[str, str]) -> Change:
    made = [
        ChangedFile(path, Status.ADDED, added=dict(enumerate(text.splitlines(), 1)), head=text) for path, text in files
    ]
    return Change(tuple(made))


def assessed(*files: tuple[str, str], title: str = "A feature", **settings: list[str]) -> Assessment:
    chosen = ContributionSettings(**settings)  # type: ignore[arg-type]
    return assess(change(*files), Report(()), title, chosen, Redaction(chosen.redact))


CODE = ("src/search.py", "def search(notes, word):\n    return [note for note in notes if word in note]\n")
TEST = ("tests/test_search.py", "def test_it():\n    assert search(['a'], 'a')\n")


@pytest.mark.parametrize(
    ("found", "recommended", "said"),
    [
        (assessed(CODE, TEST), Recommendation.CONTRIBUTE, "It comes with tests"),
        (assessed(CODE), Recommendation.WITH_CHANGES, "Add tests"),
        (assessed(CODE, TEST, private_paths=["src"]), Recommendation.WITH_CHANGES, "Leave out what is of use to this"),
        (
            assessed(CODE, TEST, private_paths=["src", "tests"]),
            Recommendation.KEEP_LOCAL,
            "of use to this install alone",
        ),
        (assessed(CODE, TEST, ("deploy/shop.yaml", "a: 1\n")), Recommendation.YOUR_CALL, "how this install is run"),
        (
            assessed(CODE, TEST, ("p.py", "PRICE = '€ 12.50'\n")),
            Recommendation.WITH_CHANGES,
            "There are prices in p.py",
        ),
        (assessed(CODE, TEST, ("c.csv", "jane.doe@gmail.com\n")), Recommendation.WITH_CHANGES, "addresses or account"),
        (assessed(CODE, TEST, ("d.md", "me@example.com\n")), Recommendation.CONTRIBUTE, "Nothing in it looks like"),
        (assessed(CODE, TEST, title="For Orion", proprietary=["orion"]), Recommendation.KEEP_LOCAL, "the title holds"),
        (assessed(CODE, TEST, ("a.md", "Acme\n"), redact=["acme"]), Recommendation.CONTRIBUTE, "in a.md is redacted"),
        (assessed(CODE, TEST, ("acme/a.md", "x\n"), redact=["acme"]), Recommendation.KEEP_LOCAL, "Rename acme/a.md"),
    ],
)
def test_the_recommendation_comes_with_its_reasons(found: Assessment, recommended: Recommendation, said: str) -> None:
    assert found.recommendation is recommended, found
    assert said in " ".join(reason for criterion in found.criteria for reason in criterion.reasons)
    assert [each.name for each in found.criteria] == [
        "fit",
        "community value",
        "augmentation or innovation",
        "proprietary content",
    ]


def test_a_secret_speaks_against_it_until_it_is_called_false() -> None:
    found = fingerprinted([Finding.found("secret-github", Severity.CRITICAL, "a.py", 3, "A token.", statement="x")])
    report = Report((GateReport("security", 1, 1, found, frozenset({found[0].fingerprint})),))
    settings, nothing = ContributionSettings(), Redaction(())
    assert assess(change(CODE, TEST), report, "", settings, nothing).secrets == ("a.py, line 3: A token.",)
    assert assess(change(CODE, TEST), report, "", settings, nothing, frozenset({found[0].fingerprint})).secrets == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Acme's ACME_KEY in AcmeClient", "REDACTED's REDACTED_KEY in REDACTEDClient"),
        ("planned by Ann, annually", "planned by REDACTED, annually"),
        ("10.0.0.7 and 10.0.0.71 and 110.0.0.7", "REDACTED and 10.0.0.71 and 110.0.0.7"),
        ("db.acme.internal", "REDACTED"),
        ("nothing", "nothing"),
    ],
)
def test_redaction_takes_whole_words_and_parts_of_names(text: str, left: str) -> None:
    redaction = Redaction(["acme", "db.acme.internal", "10.0.0.7", "ann", " "])
    assert redaction.text(text) == left
    assert redaction.content(text.encode()) == left.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_binary_file_with_a_word_cannot_be_made_clean(encoding: str) -> None:
    redaction = Redaction(["acme"])
    assert redaction.content(b"\xff\xfe\xff" + "Acme".encode(encoding)) is None
    assert redaction.content(b"\xff\xfe\xff\x00") == b"\xff\xfe\xff\x00"
