"""`shipui windows set-window | set-blackout | set-zone | remove`: what the form does, for scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.moments import as_moment
from shipui.config.mistakes import mistakes_in
from shipui.config.windows_document import BlackoutEntry, WindowEntry, WindowsDocument, contradictions
from shipui.config.windows_words import differences
from shipui.model.errors import BadInput, UnknownId
from shipui.model.text import visible

E = TypeVar("E", WindowEntry, BlackoutEntry)
Change = Callable[[WindowsDocument], WindowsDocument]
NEW_WINDOW = {"change_types": ["standard", "normal"], "risk_levels": ["low", "medium"]}


def _several(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    """mon,tue,wed; "" is none."""
    return None if value is None else [each.strip() for each in value.split(",") if each.strip()]


dry_run = click.option("--dry-run", is_flag=True, help="Only say what would change.")


@click.command("set-window")
@click.argument("name")
@click.option("--days", callback=_several, metavar="LIST", help="The days on which it starts, such as mon,tue,wed.")
@click.option("--start", metavar="TIME", help="Such as 22:00.")
@click.option("--end", metavar="TIME", help="Such as 06:00; not after the start: the next day. 24:00 is midnight.")
@click.option(
    "--types", "change_types", callback=_several, metavar="LIST", help="Of a new window: standard,normal unless named."
)
@click.option(
    "--risks", "risk_levels", callback=_several, metavar="LIST", help="Of a new window: low,medium unless named."
)
@click.option("--zone", "time_zone", metavar="NAME", help='Its own time zone; "" for the install\'s.')
@dry_run
@pass_invocation
def set_window(invocation: Invocation, /, name: str, dry_run: bool, **given: Any) -> None:
    """Add the window NAME, or change what is named of it."""
    own_zone = given.pop("time_zone")
    named = _named(given)

    def change(document: WindowsDocument) -> WindowsDocument:
        former = _found(document.window, name)
        values = {**(_values(former) if former else NEW_WINDOW), **named, "name": name}
        if own_zone is not None:
            values["time_zone"] = own_zone or None
        made = _made(WindowEntry, values)
        return document.model_copy(update={"window": _with(document.window, former, made)})

    _apply(invocation, change, dry_run)


@click.command("set-blackout")
@click.argument("name")
@click.option("--from", metavar="ISO", help="Such as 2026-12-28 or 2026-12-28T18:00; in the install's zone.")
@click.option("--to", metavar="ISO", help="The first moment after it.")
@click.option("--reason", metavar="TEXT", help="Whoever is refused reads it.")
@click.option(
    "--except", callback=_several, metavar="LIST", help="The types that it does not bind: emergency unless named."
)
@dry_run
@pass_invocation
def set_blackout(invocation: Invocation, /, name: str, dry_run: bool, **given: Any) -> None:
    """Add the blackout NAME, or change what is named of it."""
    named = _named(given)

    def change(document: WindowsDocument) -> WindowsDocument:
        former = _found(document.blackout, name)
        values = {**(_values(former) if former else {}), **named, "name": name}
        made = _made(BlackoutEntry, values)
        return document.model_copy(update={"blackout": _with(document.blackout, former, made)})

    _apply(invocation, change, dry_run)


@click.command("set-zone")
@click.argument("zone")
@dry_run
@pass_invocation
def set_zone(invocation: Invocation, zone: str, dry_run: bool) -> None:
    """Make ZONE, such as Europe/Berlin, the install's time zone."""
    _apply(invocation, lambda document: _made(WindowsDocument, {**_values(document), "time_zone": zone}), dry_run)


@click.command("remove")
@click.argument("name")
@dry_run
@pass_invocation
def remove(invocation: Invocation, name: str, dry_run: bool) -> None:
    """Remove the window or blackout NAME."""

    def change(document: WindowsDocument) -> WindowsDocument:
        windows = [each for each in document.window if each.name != name]
        blackouts = [each for each in document.blackout if each.name != name]
        gone = len(document.window) - len(windows) + len(document.blackout) - len(blackouts)
        if gone != 1:
            which = "no window or blackout" if gone == 0 else "a window and a blackout"
            raise UnknownId(
                f"There is {which} of the name “{visible(name, limit=100)}”.",
                fix="shipui windows list shows all." if gone == 0 else "Rename one of them in windows.toml.",
            )
        return document.model_copy(update={"window": windows, "blackout": blackouts})

    _apply(invocation, change, dry_run)


def _apply(invocation: Invocation, change: Change, dry_run: bool) -> None:
    from shipui.actions.windows import read, save

    with invocation.opened() as installation:
        file = read(installation, installation.person).file
        document = change(file.document)
        if mistakes := list(contradictions(document)):
            raise BadInput("\n".join(f"{each}." for each in mistakes), fix="Nothing was written.")
        changes = differences(file.document, document)
        if changes and not dry_run:
            save(installation, installation.person, document, file.digest)
    for each in changes:
        click.echo(each.sentence)
    if not changes:
        click.echo("Nothing changes: it is so already.")
    elif dry_run:
        click.echo("Nothing was written.")


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


def _values(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(mode="python", by_alias=True, exclude_none=True)


def _found(entries: Sequence[E], name: str) -> E | None:
    return next((each for each in entries if each.name == name), None)


def _with(entries: Sequence[E], former: E | None, made: E) -> list[E]:
    others = list(entries)
    if former is None:
        others.append(made)
    else:
        others[others.index(former)] = made
    return others


M = TypeVar("M", bound=BaseModel)


def _made(model: type[M], values: dict[str, Any]) -> M:
    """BadInput, naming each value that cannot be, and what was expected."""
    for key in {"from", "to"} & values.keys():
        if isinstance(values[key], str):
            values[key] = as_moment(values[key], f"--{key}")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        said = "\n".join(f"{each}." for each in mistakes_in(error, model, values))
        raise BadInput(said, fix="Nothing was written.") from None
