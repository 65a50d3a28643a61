"""shipui on a machine whose clock of the day somebody sets anew: python -m tests.faults.jumping_clock FILE ARGUMENTS…

FILE holds by how many seconds the clock is wrong at present. The clock that only runs forwards is left alone, as the system leaves it.
"""

from __future__ import annotations

import datetime
import sys
import time
from pathlib import Path
from typing import Any

_true_datetime, _true_time = datetime.datetime, time.time


_clock = Path(sys.argv.pop(1))


def _wrong_by() -> float:
    try:
        return float(_clock.read_text())
    except ValueError:  # it is being written
        return 0.0


class _Kind(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _true_datetime)


class _Datetime(_true_datetime, metaclass=_Kind):
    """Makes true ones; only the hour is wrong."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        return _true_datetime(*arguments, **named)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _true_datetime.now(tz) + datetime.timedelta(seconds=_wrong_by())

    @classmethod
    def fromisoformat(cls, text: str) -> Any:
        return _true_datetime.fromisoformat(text)

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: datetime.tzinfo | None = None) -> Any:
        return _true_datetime.fromtimestamp(timestamp, tz)


if __name__ == "__main__":
    import pydantic  # noqa: F401 - likewise

    datetime.datetime = _Datetime  # type: ignore[misc]
    time.time = lambda: _true_time() + _wrong_by()
    from shipui.cli.main import main

    main()
