"""Which code host an install has, from its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipui.code_hosts.base import CodeHost
from shipui.config.load import masked
from shipui.install import Installation

TARGET = """
[target.shop]
container = "shop"
[target.shop.process]
build = ["true"]
start = ["true"]
[target.shop.database]
url = "postgresql://shop@localhost/shop"
[target.shop.health]
command = ["true"]
"""
TOKEN = "ghp_secret0123456789secret0123456789abcd"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HIVE_CONTRIBUTION_TOKEN", raising=False)
    return tmp_path


def chosen(folder: Path, section: str, *, shared: bool = True) -> CodeHost:
    (folder / "config.toml").write_text(f"[github]\n{section}\n{TARGET}")
    installation = Installation.open(folder / "config.toml")
    assert TOKEN not in repr(installation.settings)
    assert TOKEN not in str(masked(installation.install))
    return installation.code_host(shared=shared)


def test_without_a_repository_or_a_token_nothing_leaves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for section, said in (
        ("", "names no repository."),
        ('repository = "hive/shop"', "names no token, and HIVE_CONTRIBUTION_TOKEN is not set."),
        ('own_repository = "me/shop"\nown_token = ""', "names no repository."),
    ):
        host = chosen(folder, section)
        assert host.local()
        assert said in host.access(None)[0].detail  # type: ignore[arg-type]
    monkeypatch.setenv("HIVE_CONTRIBUTION_TOKEN", "")
    assert chosen(folder, 'repository = "hive/shop"').local()


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_the_token_for_sharing_is_found_where_it_is_looked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "environment":
        monkeypatch.setenv("HIVE_CONTRIBUTION_TOKEN", TOKEN)
    else:
        (folder / ".env").write_text(f"HIVE_CONTRIBUTION_TOKEN={TOKEN}\n")
    host = chosen(folder, 'repository = "hive/shop"\nfork = "me/shop"')
    assert not host.local()
    assert host.where() == "github.com, hive/shop (branches in me/shop)"
    assert chosen(folder, 'repository = "hive/shop"', shared=False).local(), "it is not for what stays private"


def test_the_own_repository_has_a_token_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", TOKEN)
    section = 'own_repository = "me/shop"\nown_token = "env:MINE"\napi_url = "https://github.example.org/api/v3/"'
    assert chosen(folder, section, shared=False).where() == "github.example.org, me/shop"
    assert chosen(folder, section).local(), "a private token shares nothing"
