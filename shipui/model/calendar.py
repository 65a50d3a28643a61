"""The deployment calendar: whether a change may go out at an instant, and when it next may. Pure; section names as in windows.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from shipui.model.change import Change, ChangeType, RiskLevel


@dataclass(frozen=True, slots=True)
class Window:
    name: str
    days: frozenset[int]
    """Monday is 0; the day on which it starts."""
    start: time
    end: time | None
    """None is 24:00. Before or equal to `start`: the next day."""
    change_types: frozenset[ChangeType]
    risk_levels: frozenset[RiskLevel]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Blackout:
    name: str
    reason: str
    start: datetime
    end: datetime
    """Both aware; half-open."""
    excepts: frozenset[ChangeType]


@dataclass(frozen=True, slots=True)
class Calendar:
    zone: ZoneInfo
    windows: tuple[Window, ...] = ()
    blackouts: tuple[Blackout, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    open: bool
    reason: str
    """Plain words."""
    next_open: datetime | None
    """Aware, in the install's zone; None when open, or when nothing opens within a year."""
    window: str | None
    """The name of the window that is open."""
    blackout: str | None
    """The name of the blackout that forbids it."""
    closes: datetime | None = None
    """When the period that is open now ends; None: closed, or unrestricted."""


def decide(calendar: Calendar, change: Change, instant: datetime) -> Decision:
    """Whether `change` may go out at the aware `instant`. Emergency changes pass both windows and blackouts."""
    raise NotImplementedError
