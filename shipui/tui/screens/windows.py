"""The deployment windows as a form: everything is tried in a draft, seen on the days ahead, and written when it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from shipui.config.windows_document import BlackoutEntry, WindowEntry, WindowsDocument, calendar_of
from shipui.config.windows_file import WindowsFile
from shipui.config.windows_merge import merge
from shipui.config.windows_words import entry_words, moment_words
from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.model.errors import BadSettings, FileChanged
from shipui.model.roles import NEEDED
from shipui.model.text import counted
from shipui.tui import window_questions, windows_told
from shipui.tui.commands.command import Command
from shipui.tui.commands.everywhere import EVERYWHERE
from shipui.tui.commands.windows import ADD_BLACKOUT, ADD_WINDOW, EDIT, NEED_CHANGES, NEED_ENTRY, SAVE, UNDO, WINDOWS
from shipui.tui.desk import Standing
from shipui.tui.permission import not_permitted
from shipui.tui.screens.desk_screen import DeskScreen
from shipui.tui.screens.dialogs import Answer, ConfirmDialog, NoticeDialog, Question
from shipui.tui.screens.window_forms import BlackoutForm, WindowForm, ZoneForm
from shipui.tui.widgets.command_bar import CommandBar
from shipui.tui.widgets.entry_table import EntryTable
from shipui.tui.widgets.paragraphs import Paragraphs
from shipui.tui.widgets.tones import fit, line, toned
from shipui.tui.widgets.window_preview import Outlook, WindowPreview
from shipui.tui.window_draft import NEW_WINDOW, Draft, Entry, copy_name, shown_for
from shipui.tui.window_fields import BlackoutFields, WindowFields, fields_of_blackout, fields_of_window

if TYPE_CHECKING:
    from shipui.actions.windows import WindowSettings

K = TypeVar("K")
MINUTE = 60


class WindowsScreen(DeskScreen):
    COMMANDS_HERE = WINDOWS
    HELP_TITLE = "the deployment windows"
    AUTO_FOCUS = "EntryTable"

    def __init__(self) -> None:
        super().__init__()
        self._settings: WindowSettings | None = None
        self._draft: Draft | None = None
        self._problem: BadSettings | None = None
        """Why windows.toml cannot be used at present."""
        self._saves = 0
        self._change = Change(ChangeType.NORMAL, RiskLevel.LOW)
        """The kind that the days ahead are shown for."""

    def compose(self) -> ComposeResult:
        yield self.make_header()
        yield Static(id="place-title")
        with Vertical(id="windows-body"):
            with Vertical(id="windows-left"):
                yield Paragraphs(id="windows-problem")
                yield EntryTable()
            with VerticalScroll(id="windows-side", can_focus=False):
                yield WindowPreview()
                yield Paragraphs(id="windows-notes")
        yield CommandBar([*WINDOWS, *EVERYWHERE], self.why_not)

    def on_mount(self) -> None:
        self.set_interval(MINUTE, self._show)
        self._show()

    def on_resize(self) -> None:
        self._show()

    @property
    def entries(self) -> EntryTable:
        return self.query_one(EntryTable)

    @property
    def unsaved(self) -> str:
        changes = counted(len(self._draft.changes), "change") if self._draft is not None else None
        return f"{changes} to the deployment windows" if changes else ""

    # Reading

    def standing_changed(self, standing: Standing) -> None:
        super().standing_changed(standing)
        if self.alive:
            self._read()

    def _read(self) -> None:
        saves = self._saves

        def take(settings: WindowSettings) -> None:
            if saves == self._saves:  # else it may be the file from before
                self._have_read(settings)

        self.shipui.errands.ask("windows", self.desk.window_settings.read, take, self._unread)

    def _have_read(self, settings: WindowSettings) -> None:
        if not self.alive:
            return
        self._settings, self._problem = settings, None
        if self._draft is None or (not self._draft.changes and self._draft.file != settings.file):
            self._draft = Draft(settings.file)
        self._show()

    def _unread(self, error: Exception) -> None:
        if not self.alive:
            return
        if isinstance(error, BadSettings):
            self._problem = error
            if self._draft is not None and not self._draft.changes:
                self._draft = None
            self._show()
        else:
            self.records_problem(str(error))

    # Painting

    def _show(self) -> None:
        if not self.alive:
            return
        self._show_title()
        self._show_list()
        self._show_outlook()
        self.query_one(CommandBar).look_again()

    def _show_title(self) -> None:
        draft, settings = self._draft, self._settings
        left = toned(" Deployment windows ", "strong")
        if draft is not None:
            left = line(left, toned(f" times in {draft.document.time_zone}", "calm"))
        elsewhere = draft is not None and settings is not None and draft.file.digest != settings.file.digest
        right = windows_told.state(
            draft,
            broken=self._problem is not None,
            elsewhere=elsewhere,
            read_only=self._read_only,
            key=self.key_shown(SAVE),
        )
        title = line(fit(left, max(0, self.size.width - right.cell_length)), right)
        static = self.query_one("#place-title", Static)
        if static.content != title:
            static.update(title)

    @property
    def _read_only(self) -> str:
        return "" if self.desk.person.may(EDIT) else f"that takes the role {NEEDED[EDIT].word}"

    def _show_list(self) -> None:
        problem = self.query_one("#windows-problem", Paragraphs)
        problem.display = self._problem is not None
        problem.paragraphs = tuple(windows_told.mistake(self._problem)) if self._problem is not None else ()
        self.entries.display = self._draft is not None
        if self._draft is not None:
            self.entries.empty = windows_told.when_empty(
                () if self._read_only else (self.key_shown(ADD_WINDOW), self.key_shown(ADD_BLACKOUT))
            )
            self.entries.show(windows_told.rows(self._draft, self.desk.now()), more=False, now=self.desk.now())
            self.entries.refresh(layout=self.entries.styles.auto_dimensions)

    def _show_outlook(self) -> None:
        draft = self._draft
        self.query_one("#windows-side").display = draft is not None
        if draft is None:
            return
        roomy = self.shipui.is_wide or self.shipui.is_tall
        preview = self.query_one(WindowPreview)
        preview.columns = 1 if self.shipui.is_tall else 2
        preview.show(self._outlook(draft, draft.document, self._change))
        notes = self.query_one("#windows-notes", Paragraphs)
        notes.display = roomy
        waiting = self._settings.waiting if self._settings is not None else ()
        said = windows_told.notes(draft, self.entries.entry, waiting, self.desk.now()) if roomy else []
        notes.paragraphs = tuple(said)
        self.call_after_refresh(self._let_scroll)

    def _let_scroll(self) -> None:
        """What is longer than its place can be reached by tab."""
        for side in self.query("#windows-side"):
            side.can_focus = side.max_scroll_y > 0

    def _outlook(self, draft: Draft, document: WindowsDocument, change: Change) -> Outlook:
        waiting = self._settings.waiting if self._settings is not None else ()
        return Outlook(draft.file.calendar, calendar_of(document), change, waiting, self.desk.now())

    # What may be done

    def why_not(self, command: Command) -> str:
        if command not in WINDOWS:
            return super().why_not(command)
        if why := not_permitted(command, self.desk.person):
            return why
        if command.right is None and command.name not in NEED_ENTRY:
            return ""
        return self._state_against(command)

    def _state_against(self, command: Command) -> str:
        draft = self._draft
        if self._problem is not None and (draft is None or command.right is not None):
            return "windows.toml has a mistake; correct it by hand first."
        if draft is None:
            return "windows.toml is being read."
        if command.name in NEED_ENTRY and self.entries.entry is None:
            return "There is no window or blackout yet."
        if command.name in NEED_CHANGES and not draft.changes:
            return "Nothing was changed."
        return "Nothing was changed yet." if command is UNDO and not draft.can_undo else ""

    def _ready(self, name: str) -> Draft | None:
        """The draft, if the command may be done now; else says why not."""
        command = next(each for each in WINDOWS if each.name == name)
        why = self.why_not(command)
        if why:
            self.refuse(command, why)
        return None if why else self._draft

    @on(EntryTable.Moved)
    def _moved(self) -> None:
        self._show_outlook()

    def action_next_type(self) -> None:
        self._change = replace(self._change, type=_next(list(ChangeType), self._change.type))
        self._show_outlook()

    def action_next_risk(self) -> None:
        self._change = replace(self._change, risk=_next(list(RiskLevel), self._change.risk))
        self._show_outlook()

    # Editing the draft

    def action_add_window(self) -> None:
        if draft := self._ready("add_window"):
            self._edit_window(draft, "New window", NEW_WINDOW, None)

    def action_add_blackout(self) -> None:
        if draft := self._ready("add_blackout"):
            today = self.desk.now().astimezone(draft.calendar.zone).replace(tzinfo=None)
            start = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            fields = BlackoutFields(start=moment_words(start), end=moment_words(start + timedelta(days=1)))
            self._edit_blackout(draft, "New blackout", fields, None)

    @on(EntryTable.Opened)
    def action_change(self) -> None:
        draft, chosen = self._ready("change"), self.entries.entry
        if draft is None or chosen is None:
            return
        if self._read_only:
            self.app.push_screen(NoticeDialog(chosen.name, [toned(entry_words(chosen), limit=1_000)]))
        elif isinstance(chosen, WindowEntry):
            self._edit_window(draft, f"Window “{chosen.name}”", fields_of_window(chosen), chosen)
        else:
            self._edit_blackout(draft, f"Blackout “{chosen.name}”", fields_of_blackout(chosen), chosen)

    def action_duplicate(self) -> None:
        draft, chosen = self._ready("duplicate"), self.entries.entry
        if draft is None or chosen is None:
            return
        name = copy_name(chosen.name, draft.names(chosen))
        if isinstance(chosen, WindowEntry):
            self._edit_window(draft, "New window", replace(fields_of_window(chosen), name=name), None)
        else:
            self._edit_blackout(draft, "New blackout", replace(fields_of_blackout(chosen), name=name), None)

    def action_remove(self) -> None:
        draft, chosen = self._ready("remove"), self.entries.entry
        if draft is not None and chosen is not None:
            draft.remove(chosen)
            self._show()
            self.say(f"“{chosen.name}” is out of the draft; {self.key_shown(UNDO)} brings it back.", "warn")

    def action_undo(self) -> None:
        if draft := self._ready("undo"):
            draft.undo()
            self._show()

    def action_zone(self) -> None:
        if draft := self._ready("zone"):

            def see(zone: str | None) -> Outlook:
                update = {} if zone is None else {"time_zone": zone}
                return self._outlook(draft, draft.document.model_copy(update=update), self._change)

            def take(zone: str | None) -> None:
                if zone is not None:
                    draft.set_zone(zone)
                    self._show()

            self.app.push_screen(ZoneForm(draft.document, see), take)

    def _edit_window(self, draft: Draft, title: str, fields: WindowFields, replacing: WindowEntry | None) -> None:
        taken = [each.name for each in draft.document.window if each != replacing]
        form = WindowForm(title, fields, taken, draft.document.time_zone, self._seen_with(draft, replacing))
        self.app.push_screen(form, lambda made: self._take(draft, made, replacing))

    def _edit_blackout(self, draft: Draft, title: str, fields: BlackoutFields, replacing: BlackoutEntry | None) -> None:
        taken = [each.name for each in draft.document.blackout if each != replacing]
        zone, now = draft.document.time_zone, self.desk.now()
        form = BlackoutForm(title, fields, taken, zone, now, self._seen_with(draft, replacing))
        self.app.push_screen(form, lambda made: self._take(draft, made, replacing))

    def _seen_with(self, draft: Draft, replacing: Entry | None) -> Callable[[Entry | None], Outlook]:
        def see(made: Entry | None) -> Outlook:
            document = draft.document if made is None else draft.with_entry(made, replacing)
            return self._outlook(draft, document, shown_for(made, self._change))

        return see

    def _take(self, draft: Draft, made: Entry | None, replacing: Entry | None) -> None:
        if made is None:
            return
        draft.put(made, replacing)
        self._show()
        self.entries.choose(made)

    # Saving

    def action_save(self) -> None:
        """Looks at the file first: what others changed since is not asked about after the fact."""
        draft = self._ready("save")
        if draft is not None:
            self.shipui.errands.ask("save", self.desk.window_settings.read, self._ask_to_save, self.tell_error)

    def _ask_to_save(self, now: WindowSettings) -> None:
        draft = self._draft
        if draft is None or not self.is_current:
            return
        self._settings = now
        if now.file.digest != draft.file.digest:
            self._offer_merge(now.file)
            return
        document, digest = draft.document, draft.file.digest
        question = window_questions.save(draft, now.waiting, self.desk.now())
        self._ask_first(
            question,
            lambda _: self.shipui.errands.ask(
                "save", lambda: self.desk.window_settings.save(document, digest), self._saved, self._not_saved
            ),
        )

    def _saved(self, file: WindowsFile) -> None:
        self._saves += 1
        if self._draft is not None:
            self._draft = Draft(file)
        if self._settings is not None:
            self._settings = replace(self._settings, file=file)
        self._show()
        self.done(f"{file.path.name} is saved. It counts from now on.")

    def _not_saved(self, error: Exception) -> None:
        if isinstance(error, FileChanged):
            self.action_save()
        else:
            self.tell_error(error)

    def _offer_merge(self, theirs: WindowsFile) -> None:
        draft = self._draft
        assert draft is not None

        def bring_together(keep_mine: bool) -> None:
            merged = merge(draft.file.document, theirs.document, draft.document, keep_mine=keep_mine)
            draft.rebase(theirs, merged.document)
            self._show()
            left = counted(len(draft.changes), "change")
            self.say(
                f"Both are in the draft now. {f'{left} to save with {self.key_shown(SAVE)}.' if left else 'Nothing is left to save.'}",
                "good",
            )

        self._ask_first(window_questions.merging(draft, theirs), bring_together)

    def action_discard(self) -> None:
        draft = self._ready("discard")
        if draft is not None:

            def throw_away(_: bool) -> None:
                self._draft = Draft(self._settings.file if self._settings is not None else draft.file)
                self._show()

            self._ask_first(window_questions.discard(draft.changes), throw_away)

    def _ask_first(self, question: Question, do: Callable[[bool], object]) -> None:
        """`do` is given whether the question's choice was ticked."""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                do(answer.ticked)

        self.app.push_screen(ConfirmDialog(question), answered)

    # Leaving

    def action_refresh(self) -> None:
        self._read()

    def action_back(self) -> None:
        self.shipui.leave_after_asking(self.app.pop_screen)


def _next(options: Sequence[K], current: K) -> K:
    return options[(options.index(current) + 1) % len(options)]
