"""`shipui windows`: may a change go out, and which windows and blackouts there are; these need no database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from shipui.cli.context import Invocation, pass_invocation
from shipui.cli.moments import as_moment
from shipui.cli.output import print_json, print_table
from shipui.cli.windows_editing import remove, set_blackout, set_window, set_zone
from shipui.config.windows_document import DAYS
from shipui.config.windows_file import WindowsFile, read_windows
from shipui.model.calendar import Blackout, Calendar, Decision, Window, decide, overlaps
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.text import visible
from shipui.model.weekly_hours import on_the_wall


@click.group()
def windows() -> None:
    """Ask the calendar of deployment windows, or change it."""


for _command in (set_window, set_blackout, set_zone, remove):
    windows.add_command(_command)


@windows.command()
@click.option("--at", metavar="ISO", help="The moment to ask about, such as 2026-11-24T22:00. Default: now.")
@click.option(
    "--type", "change_type", type=click.Choice([str(each) for each in ChangeType]), default="normal", show_default=True
)
@click.option("--risk", type=click.Choice([str(each) for each in RiskLevel]), default="low", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@pass_invocation
def check(invocation: Invocation, at: str | None, change_type: str, risk: str, as_json: bool) -> None:
    """Whether such a change may go out. Open or closed, it exits 0: the answer is what it prints."""
    calendar = _read(invocation).calendar
    instant = datetime.now(UTC) if at is None else _moment(at, calendar)
    decision = decide(calendar, Change(ChangeType(change_type), RiskLevel(risk)), instant)
    if as_json:
        print_json(_decision_json(decision))
    else:
        click.echo(decision.reason)


@windows.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the windows and blackouts as JSON.")
@pass_invocation
def list_windows(invocation: Invocation, as_json: bool) -> None:
    """The windows and blackout periods of this install."""
    found = _read(invocation)
    calendar = found.calendar
    if as_json:
        print_json(
            {
                "time_zone": calendar.zone.key,
                "windows": [_window_json(each) for each in calendar.windows],
                "blackouts": [_blackout_json(each, calendar) for each in calendar.blackouts],
            }
        )
        return
    if found.digest is None:
        click.echo(f"There is no {visible(str(found.path))}, so changes may go out at any time.")
        return
    click.echo(f"Times are in {calendar.zone.key} where no other zone is named.\n")
    print_table(
        ("WINDOW", "DAYS", "HOURS", "TYPES", "RISKS", "ZONE"),
        [_window_row(each, calendar) for each in calendar.windows],
        "No windows: changes may go out at any time but during a blackout.",
    )
    click.echo()
    print_table(
        ("BLACKOUT", "FROM", "TO", "EXCEPT", "REASON"),
        [_blackout_row(each, calendar) for each in calendar.blackouts],
        "No blackouts.",
    )
    for sentence in overlaps(calendar):
        click.echo(f"\n{sentence}")


def _read(invocation: Invocation) -> WindowsFile:
    return read_windows(invocation.load().windows_file)


def _moment(text: str, calendar: Calendar) -> datetime:
    """An ISO 8601 moment; without an offset it is in the install's zone."""
    moment = as_moment(text, "--at")
    return moment if moment.tzinfo else on_the_wall(moment, calendar.zone)


def _decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "open": decision.open,
        "reason": decision.reason,
        "next_open": decision.next_open.isoformat() if decision.next_open else None,
        "window": decision.window,
        "blackout": decision.blackout,
    }


def _window_json(window: Window) -> dict[str, Any]:
    start, end = _hours(window)
    return {
        "name": window.name,
        "days": _days(window),
        "start": start,
        "end": end,
        "change_types": [str(each) for each in ChangeType if each in window.change_types],
        "risk_levels": [str(each) for each in RiskLevel if each in window.risk_levels],
        "time_zone": window.zone.key,
    }


def _blackout_json(blackout: Blackout, calendar: Calendar) -> dict[str, Any]:
    return {
        "name": blackout.name,
        "reason": blackout.reason,
        "from": blackout.start.astimezone(calendar.zone).isoformat(),
        "to": blackout.end.astimezone(calendar.zone).isoformat(),
        "except": [str(each) for each in ChangeType if each in blackout.excepts],
    }


def _window_row(window: Window, calendar: Calendar) -> tuple[str, ...]:
    start, end = _hours(window)
    shown = _window_json(window)
    zone = "" if window.zone.key == calendar.zone.key else window.zone.key
    types, risks = ", ".join(shown["change_types"]), ", ".join(shown["risk_levels"])
    return window.name, " ".join(_days(window)), f"{start}-{end}", types, risks, zone


def _blackout_row(blackout: Blackout, calendar: Calendar) -> tuple[str, ...]:
    start, end = (f"{each.astimezone(calendar.zone):%Y-%m-%d %H:%M}" for each in (blackout.start, blackout.end))
    return blackout.name, start, end, ", ".join(_blackout_json(blackout, calendar)["except"]), blackout.reason


def _days(window: Window) -> list[str]:
    return [DAYS[day] for day in sorted(window.days)]


def _hours(window: Window) -> tuple[str, str]:
    return f"{window.start:%H:%M}", "24:00" if window.end is None else f"{window.end:%H:%M}"
