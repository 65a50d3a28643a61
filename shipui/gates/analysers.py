"""The analysers of the security gate, by where they are: imported in the worker that needs them."""

from __future__ import annotations

import importlib

from shipui.gates.base import FileAnalyser

ANALYSERS = (
    "shipui.gates.javascript.analyser:JavaScriptAnalyser",
    "shipui.gates.python.analyser:PythonAnalyser",
    "shipui.gates.secrets.analyser:SecretsAnalyser",
    "shipui.gates.scripts.shell:ShellAnalyser",
    "shipui.gates.scripts.dockerfile:DockerfileAnalyser",
    "shipui.gates.scripts.workflow:WorkflowAnalyser",
    "shipui.gates.scripts.markup:MarkupAnalyser",
    "shipui.gates.scripts.hidden_text:HiddenTextAnalyser",
)
"""module:class; each class is made without arguments."""


def analysers() -> list[FileAnalyser]:
    return [_made(place) for place in ANALYSERS]


def _made(place: str) -> FileAnalyser:
    module, _, name = place.partition(":")
    analyser: FileAnalyser = getattr(importlib.import_module(module), name)()
    return analyser
