"""A form whose fields are checked as you type, each with its message beside it, above the days ahead as they would then be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from shipui.model.change import Change, ChangeType, RiskLevel
from shipui.tui.widgets.calendar_strip import CalendarStrip
from shipui.tui.widgets.tick_row import TickRow
from shipui.tui.widgets.tones import toned
from shipui.tui.widgets.window_preview import Outlook, WindowPreview
from shipui.tui.window_fields import Problems

T = TypeVar("T")
Value = str | tuple[str, ...]
TALL = 34
"""Rows from which the days ahead have a line each."""
_KEYS = "↑↓ field  ←→ space tick  a all  ^s done  esc back"


class PreviewForm(ModalScreen[T | None], Generic[T]):
    """Answers None for Escape and the button beside it. Nothing is written by a form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("ctrl+s", "done", "Done", show=False, priority=True),
        Binding("f3", "turn('type')", "Type", show=False),
        Binding("f4", "turn('risk')", "Risk", show=False),
        # At once, before the next key is given to a widget: who types ahead, over a slow line, means the field that follows.
        Binding("up,shift+tab", "app.focus_previous", "Previous field", show=False, priority=True),
        Binding("down,tab", "app.focus_next", "Next field", show=False, priority=True),
        Binding("enter", "onward", "Next field", show=False, priority=True),
    ]
    ROWS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By label the fields that stand in its line, named as in the file."""

    def __init__(self, title: str, see: Callable[[T | None], Outlook]) -> None:
        """`see` gives the days ahead with what the fields make, or, for None, without it."""
        super().__init__()
        self._title = title
        self._see = see
        self._last: T | None = None
        """What the fields made when nothing was wrong with them."""
        self._all_looked_at = False
        self._asked = False
        self._initial: dict[str, Value] = {}
        self._change: Change | None = None
        """The kind that was asked for; None: whichever shows best what the fields mean."""

    # What a form says of itself

    def controls(self, label: str) -> Iterable[Widget]:
        """Those of a line; the id of each is the field's name."""
        raise NotImplementedError

    def outcome(self) -> tuple[T | None, Problems]:
        raise NotImplementedError

    def sketch(self) -> T | None:
        """What can be shown already while words are missing that change nothing of the days."""
        return self.outcome()[0]

    def note(self, label: str, made: T | None) -> str:
        """What is worth knowing beside a line with which nothing is wrong."""
        return ""

    def tidy(self, name: str, text: str) -> str:
        """A field's text as it is shown once it is left."""
        return text

    @property
    def unsaved(self) -> str:
        """What would be lost if it went away now."""
        return "what you typed into the form" if self._touched() else ""

    # Its parts

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static(toned(self._title, "strong", limit=120), id="title")
            with VerticalScroll(id="fields", can_focus=False):
                for label in self.ROWS:
                    with Horizontal(classes="field"):
                        yield Static(toned(label, "calm"), classes="label")
                        yield from self.controls(label)
                        yield Static("", id=f"said-{label}", classes="said")
            yield WindowPreview()
            with Horizontal(id="form-foot"):
                yield Static(toned(_KEYS, "calm"), id="form-keys")
                yield Button("Back", id="leave", compact=True)
                yield Button("Done", id="done", compact=True)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
            # What has a form of its own is typed anew; words are corrected.
            field.select_on_focus = field.has_class("short") or field.has_class("moment")
        self.query_one(CalendarStrip).hint = "f3 type  f4 risk"
        self._initial = self._values()
        self._look()

    def on_resize(self) -> None:
        self.query_one(WindowPreview).columns = 1 if self.size.height >= TALL else 2

    def text(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value

    def ticked(self, name: str) -> tuple[str, ...]:
        return self.query_one(f"#{name}", TickRow).values

    def _values(self) -> dict[str, Value]:
        values: dict[str, Value] = {each.id or "": each.value for each in self.query(Input)}
        return {**values, **{each.id or "": each.values for each in self.query(TickRow)}}

    # Looking

    @on(Input.Changed)
    @on(TickRow.Changed)
    def _changed(self) -> None:
        self._asked = False
        if self._initial:
            self._look()

    def _look(self) -> None:
        (made, problems), seen, touched = self.outcome(), self.sketch(), self._touched()
        if seen is not None:
            self._last = seen
        outlook = self._see(self._last)
        if self._change is not None:
            outlook = replace(outlook, change=self._change)
        self._shown = outlook.change
        if seen is None and touched:
            outlook = replace(outlook, note="The days show the last state without a mistake.")
        self.query_one(WindowPreview).show(outlook)
        for label, names in self.ROWS.items():
            wrong = next((problems[name] for name in names if name in problems), "")
            if wrong and (self._all_looked_at or touched & set(names)):
                self._say(label, toned(f"! {wrong}", "bad"))
            else:
                self._say(label, toned("" if wrong else self.note(label, made), "calm", limit=80))
        self._show_keys()

    def _touched(self) -> set[str]:
        return {name for name, value in self._values().items() if value != self._initial.get(name)}

    def _say(self, label: str, words: Content) -> None:
        static = self.query_one(f"#said-{label}", Static)
        if static.content != words:
            static.update(words)

    def _show_keys(self) -> None:
        asked = toned("Escape once more leaves what you typed.", "warn")
        self.query_one("#form-keys", Static).update(asked if self._asked else toned(_KEYS, "calm"))

    def action_turn(self, what: str) -> None:
        """Show the days ahead for another kind of change."""
        kinds, risks = list(ChangeType), list(RiskLevel)
        shown = self._shown
        if what == "type":
            self._change = replace(shown, type=kinds[(kinds.index(shown.type) + 1) % len(kinds)])
        else:
            self._change = replace(shown, risk=risks[(risks.index(shown.risk) + 1) % len(risks)])
        self._look()

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        tidied = self.tidy(event.input.id or "", event.value)
        if tidied != event.value:
            event.input.value = tidied

    # Leaving

    def action_onward(self) -> None:
        """Enter in a field goes on to the next; only on a button it ends the form."""
        if isinstance(self.focused, Button):
            self.focused.press()
        else:
            self.focus_next()

    @on(Button.Pressed, "#done")
    def action_done(self) -> None:
        made, problems = self.outcome()
        if made is not None:
            self.dismiss(made)
            return
        self._all_looked_at = True
        self._look()
        for names in self.ROWS.values():
            for name in names:
                if name in problems:
                    self.query_one(f"#{name}").focus()
                    return

    @on(Button.Pressed, "#leave")
    def action_back(self) -> None:
        if self._touched() and not self._asked:
            self._asked = True
            self._show_keys()
            return
        self.dismiss(None)
