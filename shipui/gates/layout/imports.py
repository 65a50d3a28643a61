"""What a file imports, and which addresses outside it calls: Python, JavaScript and TypeScript."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode, SgRoot

from shipui.gates.migrations.javascript_syntax import language_of

JAVASCRIPT = frozenset({".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts"})
PYTHON = frozenset({".py", ".pyi"})
_CALLERS = frozenset({"fetch", "axios", "got", "ky", "request", "superagent", "urlopen"})
_CLIENTS = frozenset({"axios", "got", "ky", "superagent", "requests", "httpx", "http", "https", "client", "session"})
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "request", "head"})
_OUTSIDE = re.compile(
    r"^https?://(?!localhost|127\.|0\.0\.0\.0|\[::1\]|10\.|192\.168\.|[^/]*\.(?:local|internal|test|example)(?:[:/]|$)|example\.)[\w.-]+"
)


class NotParsed(Exception):
    """This file cannot be parsed."""


@dataclass(frozen=True, slots=True)
class Imported:
    module: str
    """As written: "../db", "@shop/db", "apps.web.views"; of a relative Python import with a slash for each step up: "../../models"."""
    line: int
    types_only: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    address: str
    line: int


def read_file(text: str, suffix: str) -> tuple[list[Imported], list[Called]]:
    """NotParsed: it is not what its name says."""
    if suffix in PYTHON:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                module = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise NotParsed from error
        nodes = list(ast.walk(module))
        return list(_python_imports(nodes)), list(_python_calls(nodes))
    root = SgRoot(text, language_of(suffix) if suffix != ".jsx" else "javascript").root()
    calls = [(name, node) for node in root.find_all(kind="call_expression") if (name := _name_called(node))]
    return list(_imports(root, calls)), list(_calls(calls))


def _python_imports(nodes: list[ast.AST]) -> Iterator[Imported]:
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (Imported(alias.name, node.lineno) for alias in names)
            case ast.ImportFrom(module=name, level=level):
                below = (name or "").replace(".", "/")
                yield Imported("../" * (level - 1) + f"./{below}" if level else name or "", node.lineno)


def _python_calls(nodes: list[ast.AST]) -> Iterator[Called]:
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(attr=method, value=ast.Name(id=client)),
                args=[ast.Constant(value=str() as address), *_],
            ):
                if method in _METHODS and client in _CLIENTS and _OUTSIDE.match(address):
                    yield Called(address, node.lineno)
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str() as address), *_]):
                if name in _CALLERS and _OUTSIDE.match(address):
                    yield Called(address, node.lineno)


def _imports(root: SgNode, calls: list[tuple[str, SgNode]]) -> Iterator[Imported]:
    for kind in ("import_statement", "export_statement"):
        for node in root.find_all(kind=kind):
            source = node.field("source")
            if source is not None:
                types = any(child.kind() == "type" or child.text() == "type" for child in node.children()[:2])
                yield Imported(source.text()[1:-1], node.range().start.line + 1, types)
    for name, node in calls:
        if name in {"require", "import", "require.resolve"} and (first := _first_text(node)):
            yield Imported(first, node.range().start.line + 1)


def _calls(calls: list[tuple[str, SgNode]]) -> Iterator[Called]:
    for name, node in calls:
        client, _, method = name.rpartition(".")
        if (
            (name in _CALLERS or (method in _METHODS and client in _CLIENTS))
            and (address := _first_text(node))
            and _OUTSIDE.match(address)
        ):
            yield Called(address, node.range().start.line + 1)


def _name_called(call: SgNode) -> str:
    """Empty: it has none that matters here."""
    called = call.field("function")
    name = called.text() if called is not None else ""
    return name if len(name) < 60 else ""


def _first_text(call: SgNode) -> str | None:
    given = call.field("arguments")
    first = (
        next((each for each in given.children() if each.kind() not in {"(", "comment"}), None)
        if given is not None
        else None
    )
    return first.text()[1:-1] if first is not None and first.kind() in {"string", "template_string"} else None
