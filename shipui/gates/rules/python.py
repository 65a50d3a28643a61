"""All rules about Python, by ID."""

from __future__ import annotations

from shipui.gates.rules import python_code, python_injection, python_network

BY_ID = {rule.id: rule for module in (python_code, python_injection, python_network) for rule in module.RULES}
