"""The four gates, by where they are: imported when they run."""

from __future__ import annotations

GATES = {
    "security": "shipui.gates.security:Security",
    "destructive-operations": "shipui.gates.destructive_operations:DestructiveOperations",
    "architecture": "shipui.gates.architecture:Architecture",
    "dependencies": "shipui.gates.dependencies:Dependencies",
}
"""In the order of reports. module:class; each class is made without arguments."""
