"""One thing that was looked at before anything is touched: by doctor, and by step 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`ok` with a `fix` is a warning: it does not stop a deployment, but somebody should know."""

    name: str
    ok: bool
    detail: str
    fix: str = ""

    def as_json(self) -> dict[str, str | bool]:
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "fix": self.fix}
