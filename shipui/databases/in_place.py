"""A restore inside the production database, for a role that may not create databases."""

from __future__ import annotations

from shipui.databases.base import BackupFacts, Log, Progress, Restored
from shipui.databases.sessions import Server
from shipui.databases.tools import Tools
from shipui.limits.deadline import Deadline


def restore_dump(
    server: Server,
    tools: Tools,
    facts: BackupFacts,
    timestamp: str,
    deadline: Deadline,
    progress: Progress,
    log: Log,
) -> Restored:
    raise NotImplementedError
