"""The backups of production databases: which there are, whether one can be restored, and how to restore it by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.content import Content
from textual.timer import Timer

from shipui.model.errors import ShipuiError
from shipui.model.text import counted, size
from shipui.tui.commands.backups import BACKUPS, COPY, INSTRUCTIONS, STOP_VERIFYING, VERIFY
from shipui.tui.commands.command import Command
from shipui.tui.desks.backups import BackupRow
from shipui.tui.screens.commands_dialog import CommandsDialog
from shipui.tui.screens.dialogs import NoticeDialog
from shipui.tui.screens.list_screen import SHORT, WHOLE, ListScreen
from shipui.tui.signs import age
from shipui.tui.verifications import Verification
from shipui.tui.widgets.item_table import Column
from shipui.tui.widgets.paragraphs import Pair, Paragraph
from shipui.tui.widgets.tones import line, toned

PAINT_SECONDS = 0.5
KINDS = {"before": "before swap", "cutover": "at cut-over"}
TABLES_SHOWN = 40


class BackupsScreen(ListScreen[BackupRow]):
    COMMANDS_HERE = BACKUPS
    HELP_TITLE = "backups"
    TITLE_SHOWN = "Backups"
    FILTER_HINT = "press / to filter by file, promotion, run or target"

    _painting: Timer | None = None

    def columns(self) -> Sequence[Column[BackupRow]]:
        return (
            Column("FILE", 10, _file),
            Column("MADE (UTC)", 16, lambda each, _: toned(f"{each.backup.made_at:%Y-%m-%d %H:%M}")),
            Column("PROMOTION", 11, lambda each, _: toned(each.backup.promotion)),
            Column("TARGET", 12, lambda each, _: toned(each.backup.target, limit=40), above=76),
            Column("KIND", 11, _kind, above=120),
            Column("NAME", 0, lambda each, _: toned(each.backup.name, "calm", limit=200), above=120),
            Column("KIND", 0, _kind, below=120),
            Column("SIZE", 7, lambda each, _: toned(f"{size(each.backup.size):>7}")),
            Column("AGE", 4, lambda each, now: toned(age(each.backup.made_at, now), "calm")),
        )

    def identify(self, item: BackupRow) -> object:
        return item.backup.name

    def promotion_of(self, item: BackupRow) -> str | None:
        return item.backup.promotion

    def read_rows(self, text: str, limit: int, after: BackupRow | None) -> Sequence[BackupRow]:
        return self.desk.backups.page(text, limit, after.backup if after else None)

    def when_empty(self, text: str) -> list[Content]:
        if text:
            return [toned("No backup matches that filter.", "strong"), toned("Escape clears it.", "calm")]
        return [
            toned("There is no backup yet.", "strong"),
            toned("Step 3 of the first deployment makes one, and proves that it can be restored.", "calm"),
        ]

    def title_words(self) -> Content:
        busy = self.shipui.verifications.under_way
        if busy is None:
            return super().title_words()
        return line(super().title_words(), toned(f"  ▸ verifying {busy.name}: {busy.saying}", "busy", limit=300))

    # Details

    def describe(self, item: BackupRow, form: str) -> list[Paragraph]:
        backup = item.backup
        lines: list[Paragraph] = [toned(backup.name, "strong", limit=300)]
        lines += self._verified(backup.name, form)
        if item.missing:
            lines.append(toned(f"! The file {backup.path} is not there. Was it moved? Put it back.", "bad", limit=600))
        elif backup.removed_at is not None:
            lines.append(toned(f"– Its file was removed on {backup.removed_at:%Y-%m-%d}, past its retention.", "warn"))
        elif form == SHORT:
            lines.append(Pair(toned("in ", "calm"), toned(backup.path.rpartition("/")[0] or "/", limit=600)))
        lines.append(
            line(
                toned(size(backup.size)), toned(" · ", "calm"), toned(_server(backup.facts)), toned(" · ", "calm"),
                toned("SHA-256 ", "calm"), toned(f"{backup.sha256[:16]}…" if form == SHORT else backup.sha256),
            )
        )  # fmt: skip
        if form == SHORT:
            return lines
        tables = backup.facts.get("tables") or {}
        rows = sum(tables.values())
        lines += [
            _field("file", backup.path),
            _field("made", f"{backup.made_at:%Y-%m-%d %H:%M:%S} UTC, {KINDS.get(backup.kind, backup.kind)}"),
            _field("of", f"{_database(backup.facts)} on the target {backup.target}"),
            _field("promotion", f"{backup.promotion}, in run {backup.run}"),
            _field("holds", f"{counted(len(tables), 'table') or 'no table'}, {counted(rows, 'row') or 'no row'}"),
        ]
        return [*lines, *self._tables(tables)] if form == WHOLE else lines

    def _tables(self, tables: dict[str, int]) -> list[Paragraph]:
        shown = list(tables.items())[:TABLES_SHOWN]
        lines: list[Paragraph] = [toned(f"{rows:>12}  {name}", "calm", limit=300) for name, rows in shown]
        if len(tables) > TABLES_SHOWN:
            lines.append(toned(f"              and {len(tables) - TABLES_SHOWN} more tables", "calm"))
        return lines

    def _verified(self, name: str, form: str) -> list[Paragraph]:
        found = self.shipui.verifications.get(name)
        if found is None:
            return []
        if not found.ended:
            return [toned(f"▸ Verifying: {found.saying} x stops it.", "busy", limit=400)]
        words, tone = _result(found)
        return [toned(words, tone, limit=600)]

    # Keys

    def why_not(self, command: Command) -> str:
        item, busy = self.chosen, self.shipui.verifications.under_way
        if why := super().why_not(command):
            return why
        if command is STOP_VERIFYING:
            return "" if busy is not None else "No backup is being verified."
        if command not in {VERIFY, INSTRUCTIONS, COPY}:
            return ""
        if item is None:
            return "There is no backup."
        if item.gone:
            return "Its file is gone."
        return "One is being verified already; x stops it." if command is VERIFY and busy is not None else ""

    def action_verify(self) -> None:
        item = self.chosen
        if not self.allowed(VERIFY) or item is None:
            return
        self.shipui.verifications.begin(self.app, self.desk.backups, item.backup.name, self._told)
        self._watch()

    def action_stop_verifying(self) -> None:
        if self.allowed(STOP_VERIFYING):
            self.shipui.verifications.cancel_all(f"{self.desk.person.name} stopped it.")
            self.say("Stopping; the scratch database is dropped first.", "warn")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._watch()

    def _watch(self) -> None:
        """What is being verified is painted while it is under way, and only then."""
        if self._painting is None and self.shipui.verifications.under_way is not None:
            self._painting = self.set_interval(PAINT_SECONDS, self._paint)
        self._paint()

    def _paint(self) -> None:
        if not self.alive:
            return
        self.show_title()
        self.show_details()
        if self.shipui.verifications.under_way is None and self._painting is not None:
            self._painting.stop()
            self._painting = None

    def _told(self, verification: Verification) -> None:
        """It may have ended while another screen was in front."""
        words, tone = _result(verification)
        front = self.shipui.screen
        if self.alive and front is self:
            self._paint()
            if not verification.cancelled:
                self.app.push_screen(NoticeDialog(_title(verification), _told_lines(verification)))
        elif isinstance(front, ListScreen):
            front.say(words, tone)
        else:
            self.app.notify(Content(words).plain, markup=False, severity="information" if tone == "good" else "error")

    def action_instructions(self) -> None:
        name = self._file_name(INSTRUCTIONS)

        def show(commands: Sequence[str]) -> None:
            if self.is_current:
                self.app.push_screen(CommandsDialog(f"To restore {name} by hand", INTRODUCTION, commands))

        self._with_commands(name, show)

    def action_copy_commands(self) -> None:
        name = self._file_name(COPY)

        def copy(commands: Sequence[str]) -> None:
            self.app.copy_to_clipboard("\n".join(commands))
            self.say(f"{counted(len(commands), 'line')} copied, if your terminal allows it (OSC 52).", "good")

        self._with_commands(name, copy)

    def _file_name(self, command: Command) -> str:
        item = self.chosen
        return item.backup.name if self.allowed(command) and item is not None else ""

    def _with_commands(self, name: str, do: Callable[[Sequence[str]], None]) -> None:
        if name:
            call = self.desk.backups.restore_commands
            self.shipui.errands.ask("restore commands", lambda: call(name), do, self.tell_error)


INTRODUCTION = (
    "Stop the application first. These commands make a new database from the file and give it production's name; what is there now is kept"
    " under another one. They need no shipui."
)


def _file(item: BackupRow, _: datetime) -> Content:
    if item.missing:
        return toned("! missing", "bad")
    return toned("– removed", "calm") if item.backup.removed_at else toned("✓ there", "good")


def _kind(item: BackupRow, _: datetime) -> Content:
    return toned(KINDS.get(item.backup.kind, item.backup.kind), "calm", limit=40)


def _server(facts: dict[str, object]) -> str:
    """server_version is Postgres' number: 180001."""
    version = facts.get("server_version")
    return f"PostgreSQL {version // 10_000}.{version % 10_000}" if isinstance(version, int) else "PostgreSQL"


def _database(facts: dict[str, object]) -> str:
    identity = facts.get("identity")
    name = identity.get("name") if isinstance(identity, dict) else None
    return f"the database {name}" if name else "the production database"


def _field(name: str, value: str) -> Paragraph:
    return Pair(toned(f"{name:<10} ", "calm"), toned(value, limit=600))


def _result(verification: Verification) -> tuple[str, str]:
    """Words and tone."""
    proof, error = verification.proof, verification.error
    if verification.cancelled:
        return f"– The check of {verification.name} was stopped. It says nothing of the backup.", "warn"
    if proof is not None:
        return f"{'✓' if proof.ok else '!'} {proof.plain}", "good" if proof.ok else "bad"
    words = error.plain if isinstance(error, ShipuiError) else f"shipui itself failed: {error}"
    return f"! {verification.name} was not verified: {words}", "bad"


def _title(verification: Verification) -> str:
    proof = verification.proof
    if proof is None:
        return "The backup was not verified"
    return "The backup can be restored" if proof.ok else "The backup is NOT as it was recorded"


def _told_lines(verification: Verification) -> list[Paragraph]:
    words, tone = _result(verification)
    lines: list[Paragraph] = [toned(words, tone, limit=3_000), Content("")]
    proof, error = verification.proof, verification.error
    if proof is not None:
        lines.append(toned("    RECORDED    RESTORED  TABLE", "calm"))
        for name, (recorded, found) in list(proof.tables.items())[:TABLES_SHOWN]:
            same = recorded == found
            lines.append(toned(f"{recorded:>12}{found:>12}  {name}", "plain" if same else "bad", limit=300))
    if isinstance(error, ShipuiError):
        lines += [toned(error.fix, "good", limit=2_000)] if error.fix else []
        lines += [toned(error.detail, "calm", limit=4_000)] if error.detail else []
    return lines
