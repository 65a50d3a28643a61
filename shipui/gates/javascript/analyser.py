"""The analyser of JavaScript and TypeScript."""

from __future__ import annotations

from shipui.gates.base import ChangedFile
from shipui.model.findings import Finding


class JavaScriptAnalyser:
    name = "javascript"

    def wants(self, file: ChangedFile) -> bool:
        return file.suffix in {".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts"}

    def examine_file(self, file: ChangedFile) -> list[Finding]:
        return []
