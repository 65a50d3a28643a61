"""What a marker proves, and the names of what is made beside the production database."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipui.databases.base import NAME_BYTES, Database, Marker, Sibling, sibling_kind, sibling_name
from shipui.databases.fake import FakeDatabase
from shipui.databases.installed_tools import InstalledToolbox
from shipui.databases.postgres import PostgresDatabase
from shipui.databases.sessions import Server
from shipui.limits.deadline import Deadline
from shipui.model.errors import BadSettings, NotReady

MARKER = Marker("7", 16384, "100:100:", (("public.a", 1), ("public.b", None)), 0)
STAMP = "20261124031500"


def test_equal_markers_prove_that_nothing_was_written() -> None:
    assert dataclasses.replace(MARKER).proves_unchanged_since(MARKER)


@pytest.mark.parametrize(
    "change",
    [
        {"system_identifier": "8"},
        {"oid": 16385},
        {"snapshot": "100:101:"},
        {"sequences": (("public.a", 2), ("public.b", None))},
        {"sequences": (("public.a", 1),)},
    ],
)
def test_any_difference_means_changed(change: dict[str, Any]) -> None:
    assert not dataclasses.replace(MARKER, **change).proves_unchanged_since(MARKER)


def test_a_prepared_transaction_is_no_proof_even_when_nothing_moved() -> None:
    prepared = dataclasses.replace(MARKER, prepared=1)
    assert not prepared.proves_unchanged_since(prepared)


def test_it_survives_the_journal() -> None:
    assert Marker.from_json(json.loads(json.dumps(MARKER.as_json()))) == MARKER


@given(name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=63))
def test_a_sibling_is_known_by_its_name_and_fits(name: str) -> None:
    for kind in Sibling:
        made = sibling_name(name, kind, STAMP)
        assert len(made.encode()) <= NAME_BYTES
        assert sibling_kind(name, made) is kind
        assert made == sibling_name(name, kind, STAMP)


def test_long_names_that_begin_alike_have_siblings_of_their_own() -> None:
    first, second = "x" * 60 + "1", "x" * 60 + "2"
    assert sibling_name(first, Sibling.CUTOVER, STAMP) != sibling_name(second, Sibling.CUTOVER, STAMP)
    assert sibling_kind(second, sibling_name(first, Sibling.CUTOVER, STAMP)) is None


@pytest.mark.parametrize(
    "name",
    [
        "shop",
        "shop_cutover",
        "shop_cutover_2026",
        f"shop_cutover_{STAMP}0",
        f"shop_cutover_{STAMP} ",
        f"shop_backup_{STAMP}",
        f"shop2_cutover_{STAMP}",
        f"SHOP_cutover_{STAMP}",
        "shop_cutover_٢٠٢٦١١٢٤٠٣١٥٠٠",
    ],
)
def test_nobody_elses_database_is_a_sibling(name: str) -> None:
    assert sibling_kind("shop", name) is None


@pytest.mark.parametrize("stamp", ["", "2026", STAMP + "0", "2026112403150x"])
def test_a_timestamp_has_fourteen_digits(stamp: str) -> None:
    with pytest.raises(ValueError, match="YYYYMMDDHHMMSS"):
        sibling_name("shop", Sibling.FAILED, stamp)


@pytest.mark.parametrize(
    "url", ["postgresql://shop:pa%zzword@h/shop", "postgresql://shop:secret@[h/shop", "secret word"]
)
def test_an_address_that_cannot_be_read_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        Server(url, "shipui/RN-00000001/1")
    shown = f"{refusal.value} {refusal.value.detail} {refusal.value.__cause__}"
    assert not any(each in shown for each in ("pa%zz", "secret"))


def test_the_password_goes_by_environment_and_never_by_what_is_shown() -> None:
    server = Server("postgresql://shop:p%40ss@db.example:5433/Shop%20X?sslmode=require", "shipui/RN-00000001/1")
    environment = server.environment("Shop X")
    assert environment["PGPASSWORD"] == "p@ss"
    assert environment["PGAPPNAME"] == "shipui/RN-00000001/1"
    assert environment["PGSSLMODE"] == "require"
    assert environment["PGDATABASE"] == "Shop X"
    assert "p@ss" not in str(server.shown_parameters)
    assert server.masked("could not use p@ss here") == "could not use *** here"


def test_the_real_one_and_the_fake_offer_the_same(tmp_path: Any) -> None:
    real: Database = PostgresDatabase("postgresql:///shop", application_name="shipui/RN-00000001/1")
    fake: Database = FakeDatabase()
    assert real.name == fake.name == "shop"
    with pytest.raises(NotReady, match="none were found"):
        InstalledToolbox(Server("postgresql:///shop", "shipui/RN-00000001/1"), tmp_path, []).serving(
            160001, Deadline(5)
        )
