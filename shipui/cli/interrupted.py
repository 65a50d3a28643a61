"""Interrupted runs, when a command begins: what was found is shown, an operator on a terminal is asked, and then they are recovered."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from shipui.cli.output import print_commands
from shipui.cli.signals import undisturbed
from shipui.model.roles import Right
from shipui.model.text import visible

if TYPE_CHECKING:
    from shipui.actions.recover import Decisions, Recovered
    from shipui.install import Installation

BY_HAND = "`shipui recover` finishes it."


def say_line(line: str) -> None:
    click.echo(visible(line), err=True)


def look_after_interrupted(installation: Installation, *, asking: bool) -> None:
    """Recovered at once if the settings say so; asked about on a terminal, if this command is one that asks; else only said.

    Only for whoever may recover. `asking` is for commands that are about to change something: those that only look never wait.
    """
    from shipui.actions.recover import interruptions

    found = interruptions(installation)
    if not found:
        return
    here = [each for each in found if not each.elsewhere]
    if asking and here and installation.person.may(Right.RECOVER):
        if installation.settings.recover.automatic:
            print_recovered(finish_interrupted(installation), err=True)
            return
        if _on_a_terminal():
            for each in found:
                _say_all(each.lines)
            if click.confirm("Recover it now?" if len(here) == 1 else "Recover them now?", default=False, err=True):
                shown = {line for each in found for line in each.lines}
                rest = finish_interrupted(installation, say=lambda line: None if line in shown else say_line(line))
                print_recovered(rest, err=True)
            return
    for each in found:
        _say_all([f"{each.what} {BY_HAND if not each.elsewhere else each.will}"])


def finish_interrupted(
    installation: Installation, decisions: Decisions | None = None, *, say: Callable[[str], None] = say_line
) -> list[Recovered]:
    """Recover what there is, and `say` what is found.

    On a terminal a person is asked what only a person can decide, and has to type the promotion's ID.
    """
    from shipui.actions.recover import NOTHING_DECIDED, Decisions, recover

    decided = decisions or NOTHING_DECIDED
    with undisturbed():
        # At the start of another command only what was interrupted: what needs attention waits for `shipui recover` itself.
        attention = () if decisions is None else None
        recovered = recover(installation, installation.person, say, decisions=decided, attention=attention)
    undecided = [each for each in recovered if each.undecided]
    if not undecided or not _on_a_terminal():
        return recovered
    confirmed = frozenset(each.promotion for each in undecided if _typed(each))
    if not confirmed:
        return recovered
    with undisturbed():
        again = recover(
            installation, installation.person, say, decisions=Decisions(decided.kept, decided.put_back | confirmed)
        )
    return [each for each in recovered if each.promotion not in confirmed] + again


def print_recovered(recovered: Iterable[Recovered], *, err: bool = False) -> None:
    for each in recovered:
        click.echo(f"{each.promotion}: {visible(each.plain)}", err=err)
        print_commands(each.commands)


def _typed(undecided: Recovered) -> bool:
    say_line(undecided.plain)
    say_line("Its database can be put back now. What was written since is set aside, and nobody sees it any more.")
    prompt = f"Type {undecided.promotion} to put it back, or press Enter to leave everything as it is"
    typed = str(click.prompt(prompt, default="", show_default=False, err=True))
    return typed.strip().upper() == undecided.promotion


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say_line(line)
