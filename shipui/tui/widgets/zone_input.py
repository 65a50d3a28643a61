"""A field for a time zone: completes as you type, and at its end the right arrow takes what was probably meant, such as berlin."""

from __future__ import annotations

from textual.suggester import SuggestFromList
from textual.widgets import Input

from shipui.tui.window_fields import near_zone, zone_names


class ZoneInput(Input):
    def __init__(self, value: str, *, placeholder: str, id: str) -> None:
        names = zone_names()
        super().__init__(
            value, placeholder=placeholder, id=id, compact=True, max_length=60,
            suggester=SuggestFromList(names, case_sensitive=False),
        )  # fmt: skip

    def action_cursor_right(self, select: bool = False) -> None:
        near = near_zone(self.value)
        if self.cursor_at_end and not select and not self._suggestion and near and near != self.value:
            self.value = near
            self.cursor_position = len(near)
        else:
            super().action_cursor_right(select)
