"""What production's database held before shipui came: some thousand notes. The same every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from shipui.demo.application.notes.database import migrate

NOTES = 4000
_FIRST = [
    *("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Ken"),
    *("Radia", "Linus", "Frances", "Niklaus", "Hedy", "Tim", "Katherine", "Dennis"),
]
_LAST = ["Okafor", "Lindqvist", "Moreau", "Tanaka", "Haddad", "Novak", "Silva", "Kowalski"]
_TAGS = [
    *("billing", "customers", "garden", "hiring", "ideas", "kitchen", "later"),
    *("meeting", "operations", "questions", "shopping", "travel", "urgent", "waiting"),
]
_START = (
    "Ask {who} about",
    "Remember",
    "Look again at",
    "{who} needs",
    "Order",
    "Thank {who} for",
    "Decide on",
    "Write up",
)
_WHAT = (
    "the invoices of last quarter",
    "a second key for the office",
    "the broken coffee machine",
    "tickets to the conference in Lyon",
    "the plan for the new meeting room",
    "what the customers said on the phone",
    "three apple trees for the yard",
    "the backup of the old wiki",
    "the questions for the interview",
    "a better name for the project",
    "paper, pens and the good tea",
    "the contract with the landlord",
)
_WHEN = ("", " before Friday", " next week", " once the budget is clear", " today", " in spring", ", if there is time")


def fill(url: str, migrations: Path, now: datetime) -> None:
    """Make the application's tables by its own migrations, and fill them with notes of the two years before `now`."""
    migrate(url, migrations)
    with psycopg.connect(url) as connection:
        chance = random.Random(1001)  # noqa: S311 - the same data every time, no secret
        authors = _authors(chance)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO author (name, joined_on) VALUES (%s, %s)", authors)
            cursor.executemany("INSERT INTO tag (name) VALUES (%s)", [[name] for name in _TAGS])
            with cursor.copy("COPY note (author_id, text, created_at) FROM STDIN") as copy:
                for row in _notes(chance, [name for name, _ in authors], now):
                    copy.write_row(row)
            cursor.execute(
                "INSERT INTO note_tag SELECT note.id, tag.id FROM note JOIN tag ON (note.id * 7 + tag.id * 13) % 11 = 0"
            )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _authors(chance: random.Random) -> list[tuple[str, str]]:
    return [
        (f"{first} {last}", f"20{chance.randint(18, 25)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}")
        for first in _FIRST
        for last in chance.sample(_LAST, 2)
    ]


def _notes(chance: random.Random, names: list[str], now: datetime) -> list[tuple[int, str, datetime]]:
    """Author, text and time of each note, oldest first. The first author is the application's own "Guest", who wrote none."""
    minutes = sorted((chance.randint(5, 2 * 365 * 24 * 60) for _ in range(NOTES)), reverse=True)
    return [
        (
            chance.randint(2, len(names) + 1),
            f"{chance.choice(_START).format(who=chance.choice(names).split()[0])} {chance.choice(_WHAT)}{chance.choice(_WHEN)}.",
            now.astimezone(UTC) - timedelta(minutes=ago),
        )
        for ago in minutes
    ]
