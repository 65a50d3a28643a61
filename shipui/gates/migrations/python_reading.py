"""What a Python migration does to data: Alembic's, Django's, and SQL that any other executes."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from shipui.gates.migrations.alembic_operations import NAMES as ALEMBIC
from shipui.gates.migrations.alembic_operations import AlembicOperations
from shipui.gates.migrations.django_operations import NAMES as DJANGO
from shipui.gates.migrations.django_operations import DjangoOperations, chain_of
from shipui.gates.migrations.operations import UNREAD, Made, Operation
from shipui.gates.migrations.python_directions import Function, backward_only, functions
from shipui.gates.migrations.python_text import Strings
from shipui.gates.migrations.sql_foresight import foresee_texts
from shipui.gates.migrations.sql_reading import read_sql

_EXECUTES = frozenset(
    ("execute", "exec_driver_sql", "executescript", "executemany", "run_sql", "sql", "query", "raw", "scalar", "scalars",
     "execute_sql", "execute_script", "execute_query", "fetch", "fetchval", "fetchrow")
)  # fmt: skip
_NARROWS = frozenset({"where", "filter", "filter_by"})
_BUILDERS = frozenset({"delete", "update"})
_QUIET_STATEMENTS = frozenset({"insert", "select", "values", "table", "func", "text", "scalar", "exists", "literal"})
_PEEWEE = {
    "remove_model": "drop-table", "remove_fields": "drop-column", "drop_columns": "drop-column", "rename_field": "rename-column",
    "rename_column": "rename-column", "change_fields": "change-type", "change_columns": "change-type", "rename_table": "rename-table",
    "drop_all": "drop-table",
}  # fmt: skip


def read_python(text: str, made: Made) -> list[Operation]:
    """In the order of the file. SyntaxError, ValueError, RecursionError or MemoryError: it is no Python that can be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        module = ast.parse(text)
    return _Reading(module, text, made).operations()


class _Reading:
    def __init__(self, module: ast.Module, text: str, made: Made) -> None:
        self._module = module
        self._lines = text.split("\n")
        self._made = made
        self._strings = Strings(module)
        self._alembic = AlembicOperations(made, self._strings)
        self._django = DjangoOperations(module, made, self._strings)
        self._backward = backward_only(module)
        self._batches: dict[str, str] = {}
        self._operators = _operators(module)
        self._beside = foresee_texts(
            text.value for call in self._forward_calls() for text in self._strings.of(call.args[0])
        )
        self._found: list[Operation] = []

    def _forward_calls(self) -> Iterator[ast.Call]:
        """Those that execute something on the way forward."""
        for name, function in functions(self._module).items():
            if name not in self._backward:
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and node.args and _named(node) in _EXECUTES:
                        yield node

    def operations(self) -> list[Operation]:
        # RunPython's functions stand above the operations that they come after.
        for call in ast.walk(self._module):
            if isinstance(call, ast.Call) and _named(call) in {"AddField", "CreateModel"}:
                self._made.at(call.lineno, call.end_lineno or call.lineno)
                self._add(call, self._django.done_by(call, _named(call)))
        self._visit(self._module)
        return self._found

    def _visit(self, root: ast.AST) -> None:
        """Without recursion, in the order of the source: an operation may depend on what one before it made."""
        stack: list[ast.AST] = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, Function) and node.name in self._backward:
                continue
            self._look_at(node)
            if isinstance(node, ast.Call):
                stack += reversed(self._forward_parts(node))
            else:
                stack += reversed(list(ast.iter_child_nodes(node)))

    def _forward_parts(self, call: ast.Call) -> list[ast.AST]:
        """What a call is made of, without what is only for the way back or only for Django's own picture of the tables."""
        parts: list[ast.AST] = [call.func, *call.args]
        return parts + [
            each.value
            for each in call.keywords
            if each.arg not in {"state_operations", "reverse_sql", "reverse_code", "rollback"}
        ]

    def _look_at(self, node: ast.AST) -> None:
        match node:
            case ast.With(items=items):
                for item in items:
                    self._note_batch(item)
            case ast.For():
                self._add(node, self._django.loops_that_delete(node))
            case ast.Return(value=ast.expr() as value):
                self._sql_of(node, value, dynamic_is_unread=False)
            case ast.Call():
                self._call(node)

    def _note_batch(self, item: ast.withitem) -> None:
        match item:
            case ast.withitem(
                context_expr=ast.Call(func=ast.Attribute(attr="batch_alter_table"), args=[table, *_]),
                optional_vars=ast.Name(id=name),
            ):
                self._batches[name] = self._strings.one(table) or "?"

    def _call(self, call: ast.Call) -> None:
        self._made.at(call.lineno, call.end_lineno or call.lineno)
        match call.func:
            case ast.Attribute(attr=name, value=receiver):
                owner = receiver.id if isinstance(receiver, ast.Name) else ""
            case ast.Name(id=name):
                owner = ""
            case _:
                return
        if name == "execute" and owner in self._operators:
            self._executed(call, dynamic_is_unread=True)
        elif name in ALEMBIC and (owner in self._operators or owner in self._batches):
            self._add(call, self._alembic.done_by(call, name, self._batches.get(owner)))
        elif owner in self._operators:
            self._add(call, iter([(UNREAD, f"uses an operation of Alembic's that shipui does not know ({name})")]))
        elif name in DJANGO:
            self._add(call, self._django.done_by(call, name))
        elif name in _EXECUTES or name in {"RunSQL", "step"}:
            self._executed(call, dynamic_is_unread=name == "RunSQL")
        else:
            self._other(call, name, owner)

    def _other(self, call: ast.Call, name: str, owner: str) -> None:
        self._add(call, self._django.through_models(call, name))
        if owner == "migrator" and _PEEWEE.get(name):
            self._add(call, iter([(_PEEWEE[name], self._strings.one(next(iter(call.args), None)) or "?")]))
        elif name in _BUILDERS and "query" in (chain := chain_of(call)) and not _NARROWS & set(chain):
            self._add(call, iter([(f"{name}-all-rows", "a model's table")]))
        elif name == "drop" and {"Enum", "ENUM"} & set(chain_of(call)):
            self._add(call, iter([("drop-type", "an enumeration")]))
        elif name == "drop_all" or (name == "drop" and "Table" in chain_of(call)):
            self._add(call, iter([("drop-table", "every table" if name == "drop_all" else "a table")]))

    def _executed(self, call: ast.Call, *, dynamic_is_unread: bool) -> None:
        statement = next(iter(call.args), None) or next(
            (each.value for each in call.keywords if each.arg in {"sqltext", "sql", "statement"}), None
        )
        if statement is None:
            return
        if isinstance(statement, ast.Call) and self._built(call, statement):
            return
        self._sql_of(call, statement, dynamic_is_unread=dynamic_is_unread)

    def _built(self, call: ast.Call, statement: ast.Call) -> bool:
        """SQLAlchemy's users.delete(), sa.update(users).values(…)."""
        chain = chain_of(statement)
        if _QUIET_STATEMENTS & set(chain) and not _BUILDERS & set(chain):
            return not self._strings.of(statement)
        kind = next((each for each in chain if each in _BUILDERS), None)
        if kind is None:
            return False
        if not _NARROWS & set(chain):
            table = chain[0] if chain[0] not in {"sa", "sqlalchemy", kind} else "a table"
            values = {
                keyword.arg
                for node in ast.walk(statement)
                if isinstance(node, ast.Call)
                for keyword in node.keywords
                if keyword.arg
            }
            new = values and all(any(column == each for _, column in self._made.columns) for each in values)
            if not new and not self._made.has_table(table):
                self._add(call, iter([(f"{kind}-all-rows", table)]))
        return True

    def _sql_of(self, node: ast.stmt | ast.expr, statement: ast.expr, *, dynamic_is_unread: bool) -> None:
        texts = self._strings.of(statement)
        if not texts and dynamic_is_unread and not _empty(statement):
            self._add(node, iter([(UNREAD, "executes SQL that does not stand in it")]))
        for text in texts:
            for operation in read_sql(text.value, self._made, first_line=text.line, beside=self._beside):
                if operation.rule == UNREAD and not dynamic_is_unread:
                    continue
                if text.verbatim:
                    self._found.append(operation)
                else:
                    self._found.append(self._placed(node, operation.rule, operation.subject))

    def _add(self, node: ast.stmt | ast.expr, found: Iterator[tuple[str, str]]) -> None:
        self._found += [self._placed(node, rule, subject) for rule, subject in found]

    def _placed(self, node: ast.stmt | ast.expr, rule: str, subject: str) -> Operation:
        last = node.lineno if isinstance(node, ast.For) else node.end_lineno or node.lineno
        return Operation(rule, subject, node.lineno, last, "\n".join(self._lines[node.lineno - 1 : last]))


def _operators(module: ast.Module) -> frozenset[str]:
    """The names under which Alembic's `op` is known here; where a diff shows no imports, its usual one."""
    names = set()
    imports = False
    for node in ast.walk(module):
        imports = imports or isinstance(node, ast.Import | ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and node.module == "alembic":
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "op"}
        elif isinstance(node, ast.Import):
            names |= {alias.asname for alias in node.names if alias.name == "alembic.op" and alias.asname}
    return frozenset(names if imports else {"op"})


def _named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _empty(statement: ast.expr) -> bool:
    """migrations.RunSQL.noop, None, an empty list."""
    match statement:
        case ast.Attribute(attr="noop") | ast.Constant(value=None | ""):
            return True
        case ast.List(elts=[]) | ast.Tuple(elts=[]):
            return True
    return False
