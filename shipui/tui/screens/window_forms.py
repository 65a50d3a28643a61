"""The forms for a window, a blackout, and the install's time zone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from shipui.config.windows_document import DAYS, BlackoutEntry, WindowEntry, WindowsDocument
from shipui.model.change import ChangeType, RiskLevel
from shipui.tui import window_fields
from shipui.tui.screens.preview_form import PreviewForm
from shipui.tui.widgets.tick_row import TickRow
from shipui.tui.widgets.window_preview import Outlook
from shipui.tui.widgets.zone_input import ZoneInput
from shipui.tui.window_fields import BlackoutFields, Problems, WindowFields

TYPES = [str(each) for each in ChangeType]
RISKS = [str(each) for each in RiskLevel]


class WindowForm(PreviewForm[WindowEntry]):
    ROWS = {  # noqa: RUF012 - as its base declares it
        "name": ("name",),
        "days": ("days",),
        "hours": ("start", "end"),
        "zone": ("time_zone",),
        "types": ("change_types",),
        "risks": ("risk_levels",),
    }
    AUTO_FOCUS = "#name"

    def __init__(
        self, title: str, fields: WindowFields, taken: Collection[str], zone: str,
        see: Callable[[WindowEntry | None], Outlook],
    ) -> None:  # fmt: skip
        """`taken`: the names of the other windows; `zone`: the install's."""
        super().__init__(title, see)
        self._fields = fields
        self._taken = taken
        self._zone = zone

    def controls(self, label: str) -> Iterable[Widget]:
        fields = self._fields
        match label:
            case "name":
                yield _text("name", fields.name, "such as Weeknights", 200)
            case "days":
                yield TickRow(DAYS, fields.days, id="days")
            case "hours":
                yield _text("start", fields.start, "22:00", 5, "short")
                yield Static(Content(" to "), classes="between")
                yield _text("end", fields.end, "06:00", 5, "short")
            case "zone":
                yield ZoneInput(fields.time_zone, placeholder=f"{self._zone}, as the install", id="time_zone")
            case "types":
                yield TickRow(TYPES, fields.change_types, id="change_types")
            case _:
                yield TickRow(RISKS, fields.risk_levels, id="risk_levels")

    def outcome(self) -> tuple[WindowEntry | None, Problems]:
        return window_fields.window_of(self._typed(), self._taken)

    def sketch(self) -> WindowEntry | None:
        typed = self._typed()
        return window_fields.window_of(replace(typed, name=typed.name.strip() or "new"), ())[0]

    def _typed(self) -> WindowFields:
        return WindowFields(
            self.text("name"), self.ticked("days"), self.text("start"), self.text("end"),
            self.ticked("change_types"), self.ticked("risk_levels"), self.text("time_zone"),
        )  # fmt: skip

    def note(self, label: str, made: WindowEntry | None) -> str:
        if label == "hours":
            return window_fields.hours_note(self.text("start"), self.text("end"))
        if label == "days" and made is not None and made.end <= made.start:
            return "it starts then"
        return ""

    def tidy(self, name: str, text: str) -> str:
        return window_fields.clock(text) if name in {"start", "end"} else text


class BlackoutForm(PreviewForm[BlackoutEntry]):
    ROWS = {  # noqa: RUF012 - as its base declares it
        "name": ("name",),
        "reason": ("reason",),
        "from": ("from",),
        "to": ("to",),
        "except": ("except",),
    }
    AUTO_FOCUS = "#name"

    def __init__(
        self, title: str, fields: BlackoutFields, taken: Collection[str], zone: str, now: datetime,
        see: Callable[[BlackoutEntry | None], Outlook],
    ) -> None:  # fmt: skip
        super().__init__(title, see)
        self._fields = fields
        self._taken = taken
        self._zone = zone
        self._now = now

    def controls(self, label: str) -> Iterable[Widget]:
        fields = self._fields
        match label:
            case "name":
                yield _text("name", fields.name, "such as Quarter end", 200)
            case "reason":
                yield _text("reason", fields.reason, "such as the books are being closed", 200)
            case "from":
                yield _text("from", fields.start, "2026-12-28 00:00", 40, "moment")
            case "to":
                yield _text("to", fields.end, "2027-01-04 00:00", 40, "moment")
            case _:
                yield TickRow(TYPES, fields.excepts, id="except")

    def outcome(self) -> tuple[BlackoutEntry | None, Problems]:
        return window_fields.blackout_of(self._typed(), self._taken, self._zone)

    def sketch(self) -> BlackoutEntry | None:
        typed = self._typed()
        words = replace(typed, name=typed.name.strip() or "new", reason=typed.reason.strip() or "new")
        return window_fields.blackout_of(words, (), self._zone)[0]

    def _typed(self) -> BlackoutFields:
        return BlackoutFields(
            self.text("name"), self.text("reason"), self.text("from"), self.text("to"), self.ticked("except")
        )

    def note(self, label: str, made: BlackoutEntry | None) -> str:
        if label == "from":
            found = window_fields.moment(self.text("from"))
            return _weekday(found, self._zone) if isinstance(found, datetime) else ""
        sketch = made or self.sketch()
        if label == "to" and sketch is not None:
            return window_fields.blackout_note(sketch, self._zone, self._now)
        if label == "except" and ChangeType.EMERGENCY not in self.ticked("except"):
            return "emergencies always pass"
        return ""

    def tidy(self, name: str, text: str) -> str:
        return window_fields.tidy_moment(text) if name in {"from", "to"} else text


class ZoneForm(PreviewForm[str]):
    ROWS = {  # noqa: RUF012 - as its base declares it
        "zone": ("zone",),
    }
    AUTO_FOCUS = "#zone"

    def __init__(self, document: WindowsDocument, see: Callable[[str | None], Outlook]) -> None:
        super().__init__("The time zone of the install", see)
        self._document = document

    def controls(self, label: str) -> Iterable[Widget]:
        yield ZoneInput(self._document.time_zone, placeholder="Europe/Berlin", id="zone")

    def outcome(self) -> tuple[str | None, Problems]:
        typed = self.text("zone").strip()
        problem = window_fields.zone_problem(typed, self._document)
        return (None, {"zone": problem}) if problem else (typed, {})


def _text(name: str, value: str, placeholder: str, longest: int, kind: str = "") -> Input:
    return Input(value, placeholder=placeholder, id=name, compact=True, max_length=longest, classes=kind)


def _weekday(found: datetime, zone: str) -> str:
    return f"{found:%A}" if found.tzinfo else f"{found:%A}, in {zone}"
