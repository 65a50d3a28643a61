"""Every rule of every gate, found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil

from shipui.gates import rules as package
from shipui.gates.base import Rule


def all_rules() -> tuple[Rule, ...]:
    """In the order of gate and ID. An ID that is declared twice is a defect."""
    found: dict[str, Rule] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for rule in getattr(importlib.import_module(module.name), "RULES", ()):
            assert found.setdefault(rule.id, rule) is rule, f"rule {rule.id} is declared twice"
    return tuple(sorted(found.values(), key=lambda rule: (rule.gate, rule.id)))
