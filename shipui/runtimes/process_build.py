"""Runs a target's build command in an extracted tree."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from shipui.config.settings import ProcessSettings
from shipui.limits.child import run_child
from shipui.limits.clean_environment import clean_environment
from shipui.limits.deadline import Deadline
from shipui.model.errors import NoSpace, ToolFailed
from shipui.model.text import visible, visible_lines
from shipui.runtimes.base import BuildRequest, Log

_SHOWN_LINES = 20
_LONGEST_LINE = 2000
_FULL_BELOW_BYTES = 1_000_000


def run_build(settings: ProcessSettings, request: BuildRequest, deadline: Deadline, log: Log) -> Path:
    """The folder that holds what was built, inside the context. ToolFailed, NoSpace, or what the deadline raises."""
    command = visible(settings.build[0], limit=200)
    told = _one_at_a_time(log)
    try:
        ended = run_child(
            settings.build,
            deadline=deadline,
            cwd=request.context,
            environment={**clean_environment(), **request.arguments},
            on_line=told,
            on_error_line=told,
        )
    except ToolFailed as error:
        raise ToolFailed(
            f"The build command “{command}” could not be started.",
            detail=error.detail or error.plain,
            fix="Is it installed and executable? It is the key “build” in the target's section “process”.",
        ) from error
    if ended.code != 0:
        last = visible_lines("\n".join(filter(None, (ended.output, ended.errors))), limit=_LONGEST_LINE)[-_SHOWN_LINES:]
        if shutil.disk_usage(request.context).free < _FULL_BELOW_BYTES:
            raise NoSpace("The disk is full: the build could not be finished.", detail="\n".join(last))
        how = f"exit code {ended.code}" if ended.code > 0 else f"ended by signal {-ended.code}"
        raise ToolFailed(
            f"The build command “{command}” failed ({how}).",
            detail="\n".join(last),
            fix="The log shows what it said.",
        )
    return _output(settings, request.context)


def _output(settings: ProcessSettings, context: Path) -> Path:
    shown = visible(settings.output, limit=200)
    inside = context.resolve()
    found = (context / settings.output).resolve()
    if not found.is_relative_to(inside):
        raise ToolFailed(
            f"The build's output folder “{shown}” is not inside the source tree.",
            fix="Change the key “output” in the target's section “process”.",
        )
    if not found.is_dir() or not any(found.iterdir()):
        raise ToolFailed(
            f"The build command ended well, but left nothing in its output folder “{shown}”.",
            detail=f"looked at {found}",
            fix="Compare the key “output” in the target's section “process” with where the build writes.",
        )
    return found


def _one_at_a_time(log: Log) -> Callable[[str], None]:
    """Both streams of the child have a thread each; the log hears one line after the other, harmless."""
    lock = threading.Lock()

    def tell(line: str) -> None:
        with lock:
            log(visible(line.replace("\t", "    "), limit=_LONGEST_LINE))

    return tell
