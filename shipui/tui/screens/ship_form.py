"""What has to be known to ship a build, checked as it is typed; each field says what it wants when it has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from shipui.model.change import ChangeType, RiskLevel
from shipui.model.text import visible
from shipui.tui.desks.shipping import Draft, Remarks
from shipui.tui.widgets.choice_line import ChoiceLine
from shipui.tui.widgets.paragraphs import Paragraphs
from shipui.tui.widgets.tones import toned

if TYPE_CHECKING:
    from shipui.tui.app import ShipuiApp

TYPING_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    hint: str
    needed: bool = False


FIELDS = (
    Field("build", "build", "The ID that the build studio gave it: FB- and eight of 0-9 and A-F.", needed=True),
    Field(
        "sandbox", "sandbox", "The git work tree where it was built: a folder here, or docker://NAME/PATH.", needed=True
    ),
    Field("title", "title", "What it is, in a few words: approvers read this.", needed=True),
    Field("base", "base", "What it is compared with. Empty: where it left the main branch."),
    Field("product", "product", "A product's name or ID. Empty: the target's name."),
    Field("version", "version", "A semantic version. Empty: 1.0.0, or the next minor one."),
    Field("evidence", "evidence", "A JSON file that the build left. Empty: the commands of [evidence] in config.toml."),
    Field("target", "target", "Where it goes, when the install has several targets."),
)
TYPE_HINT = "Emergency changes pass windows and blackouts, and need a reason when they are deployed. ← and → choose."
RISK_HINT = "Approvals and windows depend on it. Suggested: worked out from the change itself. ← and → choose."
SUGGESTED = "suggested"


class ShipForm(ModalScreen[Draft | None]):
    """Answers None for Escape and the safe button."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("ctrl+s", "ship", "Ship", show=False, priority=True),
    ]
    AUTO_FOCUS = "Input"

    def __init__(self, draft: Draft, targets: Sequence[str]) -> None:
        super().__init__()
        self._draft = draft
        self._targets = targets
        self._remarks: Remarks = {}
        self._typing: Timer | None = None
        self._checked: Draft | None = None
        """What the remarks are about."""

    @property
    def _fields(self) -> list[Field]:
        return [each for each in FIELDS if each.name != "target" or len(self._targets) > 1]

    def compose(self) -> ComposeResult:
        again = bool(self._draft.build)
        with Vertical(id="dialog", classes="-form"):
            title = f"Ship {self._draft.build} again" if again else "Ship a build"
            yield Static(toned(title, "strong", limit=60), id="title")
            with VerticalScroll(id="fields", can_focus=False):
                for each in self._fields:
                    with Horizontal(classes="field"):
                        yield Static(toned(each.label, "calm"), classes="label")
                        yield Static(Content(" "), id=f"sign-{each.name}", classes="sign")
                        yield Input(
                            getattr(self._draft, each.name), id=f"field-{each.name}", compact=True, max_length=2_000,
                            select_on_focus=False, placeholder="needed" if each.needed else "by default",
                        )  # fmt: skip
                yield from self._choice("type", [str(each) for each in ChangeType], str(self._draft.type))
                yield from self._choice(
                    "risk", [SUGGESTED, *(str(each) for each in RiskLevel)], str(self._draft.risk or SUGGESTED)
                )
            yield Paragraphs(id="hint")
            with Horizontal(id="buttons"):
                yield Button(Content("Not now"), id="safe", compact=True)
                yield Button(Content("Ship it (^s)"), id="yes", compact=True)

    def _choice(self, name: str, options: Sequence[str], value: str) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(toned(name, "calm"), classes="label")
            yield Static(Content(" "), classes="sign")
            yield ChoiceLine(options, value, id=f"field-{name}")

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        self._check()

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        self._show_hint()

    @property
    def draft(self) -> Draft:
        """As it stands in the fields."""
        texts = {each.id or "": each.value.strip() for each in self.query(Input)}
        choices = {each.id or "": each.value for each in self.query(ChoiceLine)}
        given: dict[str, Any] = {each.name: texts[f"field-{each.name}"] for each in self._fields}
        risk = choices["field-risk"]
        chosen = None if risk == SUGGESTED else RiskLevel(risk)
        return replace(Draft(), **given, type=ChangeType(choices["field-type"]), risk=chosen)

    # Checking

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_SECONDS, self._check)

    def _check(self) -> None:
        draft = self.draft
        app = cast("ShipuiApp", self.app)

        def show(remarks: Remarks) -> None:
            if self.is_attached:
                self._remarks, self._checked = remarks, draft
                self._show_signs()

        # What cannot be checked now is checked when it is shipped.
        app.errands.ask("ship form", lambda: app.desk.shipping.check(draft), show, lambda _: None)

    def _show_signs(self) -> None:
        for each in self._fields:
            remark = self._remarks.get(each.name)
            empty = not getattr(self.draft, each.name)
            sign = toned(" ")
            if remark is not None and not remark.ok:
                sign = toned("·", "calm") if empty else toned("!", "bad")
            elif remark is not None and not (empty and each.needed):
                sign = toned("✓", "good")
            self.query_one(f"#sign-{each.name}", Static).update(sign)
            if not each.needed:
                # What the default comes to is seen without going there.
                said = remark.words if remark is not None and remark.ok else ""
                self.query_one(f"#field-{each.name}", Input).placeholder = visible(said or "by default", limit=120)
        self._show_hint()

    def _show_hint(self) -> None:
        name = (self.focused.id or "").removeprefix("field-") if self.focused is not None else ""
        hint = {each.name: each.hint for each in FIELDS} | {"type": TYPE_HINT, "risk": RISK_HINT}
        lines = [toned(hint[name], "calm")] if name in hint else []
        remark = self._remarks.get(name)
        if remark is not None and remark.words:
            lines.append(
                toned(f"{'✓' if remark.ok else '!'} {remark.words}", "good" if remark.ok else "bad", limit=400)
            )
        elif name not in hint:
            lines.append(
                toned("Six steps lead to a promotion, which waits for approval. Nothing is deployed by this.", "calm")
            )
        self.query_one("#hint", Paragraphs).paragraphs = tuple(lines)

    # Answers

    @on(Input.Submitted)
    def _next(self) -> None:
        self.app.action_focus_next()

    @on(Button.Pressed, "#safe")
    def _leave(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#yes")
    def action_ship(self) -> None:
        """Only when nothing is wrong with what was typed; else the field has the focus that something is wrong with."""
        draft = self.draft
        wrong = next((each for each in self._fields if self._is_wrong(each, draft)), None)
        if wrong is None:
            self.dismiss(draft)
            return
        self.query_one(f"#field-{wrong.name}", Widget).focus()
        self._show_hint()

    def _is_wrong(self, field: Field, draft: Draft) -> bool:
        """What was typed since the last check counts as right: the action has the last word."""
        value, remark = getattr(draft, field.name), self._remarks.get(field.name)
        if field.needed and not value:
            return True
        return remark is not None and not remark.ok and getattr(self._checked, field.name) == value
