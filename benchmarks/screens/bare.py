"""The barest application of the same kind: a title, a field, a list of 22 lines."""

from textual.app import App, ComposeResult
from textual.widgets import Input, Static


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("bare")
        yield Input(placeholder="filter")
        yield Static("\n".join(f"READY {number}" for number in range(20)))


if __name__ == "__main__":
    Bare().run()
