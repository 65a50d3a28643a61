"""config.toml: found, read, checked; what its errors say, and what is never said."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from shipui.config.load import find, load, masked, secrets_in_plain
from shipui.config.sample import machine_zone, sample_text, write_sample
from shipui.config.settings import Settings
from shipui.model.errors import BadSettings, Refused

PASSWORD = "hunter2-Geheim"
GOOD = """
[target.shop]
container = "shop"
[target.shop.process]
build = ["make"]
start = ["./run"]
[target.shop.database]
url = "postgresql://shop@localhost/shop"
[target.shop.health]
url = "http://127.0.0.1:8080/health"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SHIPUI_CONFIG", "SHOP_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    return path


def refused(config: Path, text: str) -> str:
    config.write_text(text)
    with pytest.raises(BadSettings) as caught:
        load(config)
    everything = f"{caught.value.plain} {caught.value.detail} {caught.value.fix} {caught.value!r}"
    assert PASSWORD not in everything
    assert PASSWORD not in repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert caught.value.exit_code == 2
    assert caught.value.fix
    return caught.value.plain


def test_a_good_file_has_defaults(config: Path) -> None:
    install = load(config)
    assert install.settings.target["shop"].health.attempts == 30
    assert install.state == config.parent / "state"
    assert install.windows_file == config.parent / "windows.toml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'url = "http://127.0.0.1:8080/health"',
            'url = "http://127.0.0.1:8080/health"\nattempts = 0',
            "target.shop.health.attempts: found 0; expected 1 or more",
        ),
        (
            'url = "http://127.0.0.1:8080/health"',
            'url = "http://127.0.0.1:8080/health"\nattempts = "30"',
            'target.shop.health.attempts: found "30"; expected a whole number',
        ),
        (
            'url = "http://127.0.0.1:8080/health"',
            'url = "http://127.0.0.1:8080/health"\natempts = 3',
            "target.shop.health.atempts: found a key that is not known; expected perhaps attempts",
        ),
        (
            'url = "http://127.0.0.1:8080/health"',
            'url = "http://127.0.0.1:8080/health"\npasses = 31',
            "target.shop.health: passes is 31, more than attempts, which is 30",
        ),
        (
            "http://127.0.0.1:8080/health",
            f"ftp://u:{PASSWORD}@host/health",
            'target.shop.health.url: found "ftp://u:***@host/health"; url must begin with http:// or https://, and name a host',
        ),
        ('container = "shop"', "", "target.shop.container: found nothing; expected a value: this key is required"),
        (
            'container = "shop"',
            'container = "Shop!"',
            'target.shop.container: found "Shop!"; expected up to 41 of a-z, 0-9, _ . and -, the first a letter or digit',
        ),
        (
            "[target.shop]",
            "[target.Shop]\n[target.shop]",
            "target.Shop: found the name “Shop”; expected up to 41 of a-z",
        ),
        (
            'start = ["./run"]',
            'start = "./run"',
            'target.shop.process.start: found text; expected a list, ["like", "this"]',
        ),
        (
            'start = ["./run"]',
            'start = ["./run"]\nrestart = "sometimes"',
            'target.shop.process.restart: found "sometimes"; expected "no", "on-failure", "unless-stopped" or "always"',
        ),
        (
            'container = "shop"',
            "container = 2026-01-01",
            "target.shop.container: found a date or a time; expected text",
        ),
        (
            'build = ["make"]',
            'build = [""]',
            "target.shop.process.build: found a list; expected a program and its argu",
        ),
        ("[target.shop]", '[install]\nstate = "a\\u0000b"\n[target.shop]', "expected a path without the character NUL"),
        ("[target.shop]", "[backups]\nkeep_days = 0\n[target.shop]", "backups.keep_days: found 0; expected 1 or more"),
        ('start = ["./run"]', 'start = ["./run"]\noutput = "../x"', "expected a folder within the tree"),
        (
            "postgresql://shop@localhost/shop",
            f"mysql://shop:{PASSWORD}@localhost/shop",
            "target.shop.database.url: found something else; expected a URL that begins with postgresql://",
        ),
        (
            "postgresql://shop@localhost/shop",
            "env:SHOP_DATABASE_URL",
            "target.shop.database.url: found env:SHOP_DATABASE_URL, and no variable SHOP_DATABASE_URL; "
            "expected it in the environment or in ",
        ),
        (
            '[target.shop.database]\nurl = "postgresql://shop@localhost/shop"',
            f'[target.shop.database]\nurll = "postgresql://shop:{PASSWORD}@localhost/shop"',
            "target.shop.database.urll: found a key that is not known; expected perhaps url",
        ),
        (
            "[target.shop.database]",
            '[target.shop.database]\ncontainer = "shop db"',
            'target.shop.database.container: found "shop db"; expected a name of letters, digits, _ . and -',
        ),
        (
            '[target.shop.database]\nurl = "postgresql://shop@localhost/shop"',
            "[target.shop.database]\nurl = 5",
            'target.shop.database.url: found a whole number; expected text in quotes, "like this"',
        ),
    ],
)
def test_an_error_names_file_key_found_and_expected(config: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    plain = refused(config, GOOD.replace(old, new, 1))
    assert str(config) in plain
    assert said in plain


def test_the_database_does_not_run_in_the_applications_container(config: Path) -> None:
    """It would be stopped with it."""
    docker = GOOD.replace('container = "shop"', 'container = "shop"\nruntime = "docker"')
    plain = refused(
        config,
        docker.replace("[target.shop.database]", '[target.shop.docker]\n[target.shop.database]\ncontainer = "shop"'),
    )
    assert "database.container is shop, which is the application's own container" in plain


def test_a_secret_where_a_section_belongs_is_not_shown(config: Path) -> None:
    inline = f"""
[target.shop]
container = "shop"
database = "postgresql://shop:{PASSWORD}@h/shop"
process = "{PASSWORD}"
health = {{ url = "http://h/" }}
"""
    assert "target.shop.database: found text; expected a section" in refused(config, inline)


def test_all_mistakes_are_listed(config: Path) -> None:
    plain = refused(
        config, GOOD + "attempts = 0\ninterval_seconds = -1\n[approvals]\nneeded = { huge = 1 }\n[instal]\n"
    )
    assert plain.splitlines()[0] == f"{config} has 4 mistakes."
    assert "  target.shop.health.interval_seconds: found -1; expected more than 0." in plain
    assert '  approvals.needed.huge: found the name “huge”; expected "low", "medium", "high" or "critical".' in plain
    assert "  instal: found a key that is not known; expected perhaps install." in plain


def test_broken_toml_names_the_line(config: Path) -> None:
    plain = refused(config, f'[install]\nname = "x"\nurl = "{PASSWORD}\n')
    assert plain.startswith(f"{config}: line 3, column ")
    assert "line 2: found bytes that are not text" in _refused_bytes(config, b"[install]\nname = '\xff'\n")


def _refused_bytes(config: Path, content: bytes) -> str:
    config.write_bytes(content)
    with pytest.raises(BadSettings) as caught:
        load(config)
    return caught.value.plain


def test_the_folder_of_vulnerability_records_is_relative_to_the_config(config: Path) -> None:
    config.write_text(f'[gates.dependencies]\nosv = "osv"\n{GOOD}')
    assert load(config).settings.gates.dependencies.osv == config.parent / "osv"


def test_no_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        load(tmp_path / "none.toml")
    assert caught.value.plain == f"There is no config at {tmp_path / 'none.toml'}."
    assert "shipui init" in caught.value.fix


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"cannot be read: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize("same", ["container", "database"])
def test_two_targets_do_not_share_a_production(config: Path, same: str) -> None:
    second = GOOD.replace("target.shop", "target.till")
    apart = {"container": ("localhost/shop", "localhost/till"), "database": ('"shop"', '"till"')}
    second = second.replace(*apart[same])
    assert "targets shop and till have the same" in refused(config, GOOD + second)


def test_the_order_in_which_a_config_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    monkeypatch.delenv("SHIPUI_CONFIG", raising=False)
    user, site = (tmp_path / each / "shipui" / "config.toml" for each in ("user", "site"))
    site.parent.mkdir(parents=True)
    site.write_text(GOOD)
    assert find(None) == site
    user.parent.mkdir(parents=True)
    user.write_text(GOOD)
    assert find(None) == user
    monkeypatch.setenv("SHIPUI_CONFIG", str(tmp_path / "named.toml"))
    assert find(None) == tmp_path / "named.toml"
    assert find(tmp_path / "given.toml") == tmp_path / "given.toml"


SECRET_URL = f"postgresql://shop:{PASSWORD}@localhost/shop"


def database_url(config: Path, written: str) -> str:
    config.write_text(GOOD.replace("postgresql://shop@localhost/shop", written))
    return load(config).settings.target["shop"].database.url.get_secret_value()


@pytest.mark.parametrize("written", ["env:SHOP_DATABASE_URL", "${SHOP_DATABASE_URL}"])
def test_a_secret_from_the_environment_beats_dot_env(
    config: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.parent / ".env").write_text(f"# ours\nexport SHOP_DATABASE_URL='{SECRET_URL}'\n")
    assert database_url(config, written) == SECRET_URL
    monkeypatch.setenv("SHOP_DATABASE_URL", "postgresql://other@h/db")
    assert database_url(config, written) == "postgresql://other@h/db"


def test_a_secret_from_a_file_of_ones_own(config: Path) -> None:
    file = config.parent / "secrets" / "db_url"
    file.parent.mkdir()
    file.write_text(SECRET_URL + "\n")
    file.chmod(0o600)
    assert database_url(config, "file:secrets/db_url") == SECRET_URL
    file.chmod(0o644)
    plain = refused(config, GOOD.replace("postgresql://shop@localhost/shop", "file:secrets/db_url"))
    assert "target.shop.database.url: found file:" in plain
    assert f"is open to others (mode 0644); expected a file of your own alone: chmod 600 {file}" in plain
    file.unlink()
    os.mkfifo(file)
    assert "is not a file" in refused(config, GOOD.replace("postgresql://shop@localhost/shop", "file:secrets/db_url"))


def test_secrets_are_masked_everywhere(config: Path) -> None:
    text = GOOD.replace("postgresql://shop@localhost/shop", SECRET_URL + "?sslmode=require&password=" + PASSWORD)
    config.write_text(
        text.replace('start = ["./run"]', f'start = ["./run"]\nenvironment = {{ API_TOKEN = "{PASSWORD}" }}')
    )
    install = load(config)
    shown = masked(install)
    assert PASSWORD not in json.dumps(shown) + repr(install) + str(install) + install.model_dump_json()
    shop = shown["target"]["shop"]
    assert shop["database"]["url"] == "postgresql://shop:***@localhost/shop?sslmode=require&password=***"
    assert shop["process"]["environment"] == {"API_TOKEN": "***"}
    assert shown["records"]["url"] == "embedded"
    assert secrets_in_plain(install) == ["target.shop.process.environment.API_TOKEN", "target.shop.database.url"]


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{PASSWORD}/x@h/db",
        f"postgresql://u:a@{PASSWORD}@h/db",
        f"postgresql://u:{PASSWORD}?x@h:5432/db",
    ],
)
def test_a_password_that_ought_to_have_been_escaped_is_masked_too(config: Path, url: str) -> None:
    database_url(config, url)
    assert PASSWORD not in json.dumps(masked(load(config)))


@pytest.mark.parametrize(
    "url", ["postgresql://h:5432/db?options=a@b", "postgresql://u@h/db", "postgresql:///db?host=/run"]
)
def test_a_url_without_a_password_is_shown_whole(config: Path, url: str) -> None:
    database_url(config, url)
    install = load(config)
    assert masked(install)["target"]["shop"]["database"]["url"] == url
    assert secrets_in_plain(install) == []


def sections(model: type[BaseModel]) -> set[type[BaseModel]]:
    found = {model}
    for field in model.model_fields.values():
        found |= {inner for each in _inner(field.annotation) for inner in sections(each)}
    return found


def _inner(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for each in get_args(annotation) for model in _inner(each)]


def test_the_sample_has_every_key_and_loads(tmp_path: Path) -> None:
    sample = sample_text()
    for section in sections(Settings):
        for key in section.model_fields:
            line = re.compile(
                rf"^(# )?({key} = |\[+(target\.shop\.|gates\.|gates\.architecture\.|evidence\.|contribution\.)?{key}[\].])",
                re.MULTILINE,
            )
            assert line.search(sample), f"{section.__name__}.{key} is not in the sample"
    written = write_sample(tmp_path / "new" / "config.toml", replace=False)
    assert [each.name for each in written] == ["config.toml", "windows.toml"]
    load(written[0])


def test_what_the_sample_says_in_comments_can_be_switched_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHIPUI_RECORDS_OWNER_URL", "SHOP_SESSION_KEY", "NPM_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "postgresql://owner@h/records")
    text = re.sub(r"^# (?=[a-z_]+ = |\[)", "", sample_text(), flags=re.MULTILINE)
    text = text.replace('command = ["./healthy.sh"]', "")
    path = tmp_path / "config.toml"
    path.write_text(text)
    assert load(path).settings.target["shop"].process is not None


def test_defaults_in_the_samples_comments_are_the_real_ones(tmp_path: Path) -> None:
    plain, switched = tmp_path / "plain.toml", tmp_path / "switched.toml"
    # A second runtime stands there as a section in comments, whose keys are no section's without it.
    text = re.sub(r"^# \[target\.shop\.docker\]\n(#.*\n)*", "", sample_text(), flags=re.MULTILINE)
    plain.write_text(text)
    names = "state|own_request|required|run_seconds|rollback_seconds|directory|keep_[a-z_]+|enabled"
    names += "|stop_grace_seconds|output|restart|stop_signal|other_clients|restore|application_names|jobs|attempts"
    names += (
        "|interval_seconds|timeout_seconds|passes|api_url|labels|issues|tries|longest_wait_seconds|checks_wait_seconds"
    )
    switched.write_text(re.sub(rf"^# (?=({names}) = )", "", text, flags=re.MULTILINE))
    assert load(plain).settings == load(switched).settings


def test_init_never_overwrites_without_being_told(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("mine")
    with pytest.raises(Refused, match="is there already; it was left as it is"):
        write_sample(config, replace=False)
    assert config.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]
    write_sample(config, replace=True)
    assert config.read_text() == sample_text()
    assert config.stat().st_mode & 0o777 == 0o600


def test_the_zone_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    assert machine_zone(link) == "UTC"
    link.symlink_to("/usr/share/zoneinfo/Asia/Kathmandu")
    assert machine_zone(link) == "Asia/Kathmandu"
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert machine_zone(link) == "Europe/Berlin"
