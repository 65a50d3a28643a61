"""Whether a build is shared with others: what speaks for and against it, and a person's choice. The certificate of origin comes before a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from shipui.model.contribution import Criterion, Grade
from shipui.tui.desks.shipping import Assessed
from shipui.tui.screens.dialogs import ConfirmDialog, NoticeDialog, Question
from shipui.tui.widgets.paragraphs import Pair, Paragraph, Paragraphs
from shipui.tui.widgets.tones import line, toned

if TYPE_CHECKING:
    from shipui.tui.app import ShipuiApp

GRADES = {
    Grade.GOOD: ("✓ good", "good"),
    Grade.OPEN: ("◐ your call", "warn"),
    Grade.CHANGES: ("↺ with changes", "warn"),
    Grade.BAD: ("✗ against it", "bad"),
}


class ContributionDialog(ModalScreen[bool | None]):
    """Answers whether it is shared; None when it is not to be shipped now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]
    AUTO_FOCUS = "#safe"

    def __init__(self, build: str, assessed: Assessed) -> None:
        super().__init__()
        self._build = build
        self._assessed = assessed
        self._certified = assessed.certified

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="-tall"):
            yield Static(toned(f"Share {self._build} with others?", "strong", limit=100), id="title")
            with VerticalScroll(id="words", can_focus=True):
                yield Paragraphs(self._lines())
            with Horizontal(id="buttons"):
                yield Button("Not now", id="later", compact=True)
                yield Button("Keep it here", id="safe", compact=True)
                yield Button("Share it", id="yes", compact=True)

    def _lines(self) -> list[Paragraph]:
        found, chosen = self._assessed.assessment, self._assessed.chosen
        lines: list[Paragraph] = [line(toned("Recommended: ", "calm"), toned(str(found.recommendation), "strong"))]
        if chosen is not None:
            lines.append(toned(f"For this very content {'yes' if chosen else 'no'} was chosen before.", "calm"))
        lines.append(Content(""))
        for criterion in found.criteria:
            lines += _criterion(criterion)
        for heading, texts, tone in (
            ("It must not be shared", (*found.stops, *found.secrets), "bad"),
            ("What may be yours or your customers'", found.doubts, "warn"),
            ("To change before it is shared", found.changes, "warn"),
        ):
            if texts:
                lines += [Content(""), toned(heading, "strong")]
                lines += [Pair(toned("  ! ", tone), toned(each, limit=600)) for each in texts]
        lines += [
            Content(""),
            toned("What is shared goes out redacted, under a pseudonym. Shipping goes on in either case.", "calm"),
        ]
        return lines

    @on(Button.Pressed, "#later")
    def _later(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#safe")
    def _keep(self) -> None:
        self.dismiss(False)

    @on(Button.Pressed, "#yes")
    def _share(self) -> None:
        if self._certified:
            self.dismiss(True)
            return
        text = cast("ShipuiApp", self.app).desk.shipping.certificate()
        question = Question(
            "Nothing is shared before you have accepted this",
            [toned(each, limit=400) for each in text.splitlines()],
            yes="I accept it",
            safe="Not now",
        )
        self.app.push_screen(ConfirmDialog(question), lambda answer: self._accept() if answer is not None else None)

    def _accept(self) -> None:
        app = cast("ShipuiApp", self.app)

        def accepted(_: None) -> None:
            if self.is_attached:
                self.dismiss(True)

        def failed(error: Exception) -> None:
            self.app.push_screen(NoticeDialog("Not done", [toned(str(error), "bad", limit=2_000)]))

        app.errands.ask("certificate", app.desk.shipping.accept_certificate, accepted, failed)


def _criterion(criterion: Criterion) -> list[Paragraph]:
    words, tone = GRADES[criterion.grade]
    return [
        line(toned(f"{words:<15} ", tone), toned(criterion.name, "strong", limit=80)),
        *(Pair(toned(" " * 16), toned(each, "calm", limit=600)) for each in criterion.reasons),
    ]
