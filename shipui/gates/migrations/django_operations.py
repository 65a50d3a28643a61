"""What Django's operations do to data, and what the functions of RunPython do through models."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shipui.gates.migrations.operations import Made
from shipui.gates.migrations.python_text import Strings

Found = Iterator[tuple[str, str]]

_LIMITS = frozenset(
    {"filter", "exclude", "get", "first", "last", "earliest", "latest", "none", "in_bulk", "distinct", "raw"}
)
_COSMETIC = frozenset(
    ("verbose_name", "help_text", "choices", "validators", "editable", "error_messages", "db_comment", "related_name", "blank",
     "default", "db_default", "limit_choices_to", "related_query_name", "storage", "upload_to", "auto_now", "auto_now_add")
)  # fmt: skip
_HOLDS_ALL = frozenset({"TextField", "JSONField"})
_WIDER = frozenset({"BigIntegerField", "BigAutoField", "PositiveBigIntegerField"})
_LINKS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})
_UNSIZED = frozenset(
    {"BooleanField", "DateField", "DateTimeField", "EmailField", "FileField", "ImageField", "SlugField", "URLField"}
)
NAMES = frozenset(
    ("DeleteModel", "RemoveField", "RenameModel", "RenameField", "AlterField", "AlterModelTable", "RemoveConstraint", "RemoveIndex",
     "AddIndex", "AddConstraint", "CreateModel", "AddField", "CreateExtension", "AlterUniqueTogether")
)  # fmt: skip


class DjangoOperations:
    def __init__(self, module: ast.Module, made: Made, strings: Strings) -> None:
        self._made = made
        self._strings = strings
        self._models = dict(_models(module))

    def done_by(self, call: ast.Call, name: str) -> Found:
        model = self._named(call, ("model_name",), 0)
        match name:
            case "CreateModel":
                self._made.table_made(self._named(call, ("name",), 0))
            case "AddField":
                self._made.column_made(model, self._named(call, ("name",), 1))
            case "DeleteModel":
                yield from self._unless_made("drop-table", self._named(call, ("name",), 0))
            case "RenameModel":
                yield from self._unless_made("rename-table", self._named(call, ("old_name",), 0))
            case "AlterModelTable":
                yield from self._unless_made("rename-table", self._named(call, ("name",), 0))
            case "AlterUniqueTogether":
                yield from self._unique_together(call)
            case "AddConstraint" | "AddIndex" | "RemoveConstraint" | "RemoveIndex":
                yield from self._keys(name, model, call)
            case _:
                yield from self._fields(name, model, call)

    def _unless_made(self, rule: str, model: str) -> Found:
        if not self._made.has_table(model):
            yield rule, model

    def _fields(self, name: str, model: str, call: ast.Call) -> Found:
        field = self._named(call, ("old_name", "name"), 1)
        if self._made.has_column(model, field):
            return
        match name:
            case "RemoveField":
                yield "drop-column", f"{model}.{field}"
            case "RenameField":
                yield "rename-column", f"{model}.{field}"
            case "AlterField":
                yield from self._alter_field(f"{model}.{field}", call)

    def _unique_together(self, call: ast.Call) -> Found:
        model = self._named(call, ("name",), 0)
        given = next((each.value for each in call.keywords if each.arg == "unique_together"), None) or next(
            iter(call.args[1:2]), None
        )
        if not self._made.is_new(model):
            left = given is not None and any(isinstance(each, ast.Constant) and each.value for each in ast.walk(given))
            yield ("lock-add-constraint" if left else "drop-constraint"), model

    def _keys(self, name: str, model: str, call: ast.Call) -> Found:
        if self._made.is_new(model):
            return
        rules = {
            "AddIndex": "lock-create-index",
            "AddConstraint": "lock-add-constraint",
            "RemoveConstraint": "drop-constraint",
            "RemoveIndex": "drop-index",
        }
        yield rules[name], f"{self._named(call, ('name',), 1)} of {model}"

    def _alter_field(self, subject: str, call: ast.Call) -> Found:
        """The former field is not known here: what can only widen is quiet, what may narrow is reported."""
        field = next((keyword.value for keyword in call.keywords if keyword.arg == "field"), None)
        field = field if field is not None else next(iter(call.args[2:3]), None)
        if not isinstance(field, ast.Call):
            yield "change-type", subject
            return
        kind = field.func.attr if isinstance(field.func, ast.Attribute) else getattr(field.func, "id", "?")
        keywords = {keyword.arg: keyword.value for keyword in field.keywords}
        null = keywords.get("null")
        if isinstance(null, ast.Constant) and null.value is False:
            yield "set-not-null", subject
            return
        optional = isinstance(null, ast.Constant) and null.value is True
        properties = keywords.keys() - _COSMETIC
        if (
            optional
            or kind in _HOLDS_ALL
            or kind == "ManyToManyField"
            or (kind in _LINKS and "to_field" not in properties)
        ):
            return
        if kind in _WIDER or kind.endswith("AutoField"):
            yield "lock-change-type", subject
        elif keywords.keys() & _COSMETIC and kind in _UNSIZED:
            return
        elif not _djangos_own(field) or "choices" in keywords or {"help_text", "verbose_name"} & keywords.keys():
            # The usual reason of such an operation is the words or the choices, which the database does not hold.
            yield "alter-field", subject
        else:
            yield "change-type", subject

    def through_models(self, call: ast.Call, name: str) -> Found:
        """Model.objects.all().delete(), .update(…), and the schema editor's own operations."""
        chain = chain_of(call)
        if "objects" in chain or "_default_manager" in chain or "_base_manager" in chain:
            model = self._model(call, chain)
            if _LIMITS & set(chain) or "[]" in chain:
                return
            if name in {"delete", "_raw_delete"}:
                yield from self._unless_made("delete-all-rows", model)
            elif name == "update":
                fields = [keyword.arg or "?" for keyword in call.keywords]
                if lost := [field for field in fields if not self._made.has_column(model, field)]:
                    yield "update-all-rows", f"{model}.{lost[0]}"
        elif chain[0] == "schema_editor":
            rule = {
                "delete_model": "drop-table",
                "remove_field": "drop-column",
                "alter_db_table": "rename-table",
                "alter_field": "change-type",
            }
            if name in rule:
                yield rule[name], ast.unparse(call.args[0])[:60] if call.args else "?"

    def loops_that_delete(self, loop: ast.For) -> Found:
        """for each in Model.objects.all(): each.delete()"""
        if not isinstance(loop.target, ast.Name) or not isinstance(loop.iter, ast.Call):
            return
        chain = chain_of(loop.iter)
        if "objects" not in chain or _LIMITS & set(chain) or "[]" in chain:
            return
        for statement in loop.body:
            match statement:
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="delete", value=ast.Name(id=name)))) if (
                    name == loop.target.id
                ):
                    yield from self._unless_made("delete-all-rows", self._model(loop.iter, chain))

    def _model(self, node: ast.expr, chain: list[str]) -> str:
        if "get_model" in chain:
            inside = (_model_named(each) for each in ast.walk(node) if isinstance(each, ast.Call))
            return next((name for name in inside if name), "?")
        return self._models.get(chain[0], chain[0].lower())

    def _named(self, call: ast.Call, keywords: tuple[str, ...], place: int) -> str:
        for keyword in call.keywords:
            if keyword.arg in keywords:
                return (self._strings.one(keyword.value) or "?").lower()
        return (self._strings.one(call.args[place]) or "?").lower() if place < len(call.args) else "?"


def chain_of(node: ast.expr) -> list[str]:
    """a.b(x).c() as ["a", "b", "c"]; "[]" for an index."""
    chain: list[str] = []
    while True:
        match node:
            case ast.Call(func=func):
                node = func
            case ast.Attribute(attr=attr, value=value):
                chain.append(attr)
                node = value
            case ast.Subscript(value=value):
                chain.append("[]")
                node = value
            case ast.Name(id=name):
                return [name, *reversed(chain)]
            case _:
                return ["?", *reversed(chain)]


def _djangos_own(field: ast.Call) -> bool:
    return chain_of(field)[0] in {"models", "django"} or isinstance(field.func, ast.Name)


def _models(module: ast.Module) -> Iterator[tuple[str, str]]:
    """User = apps.get_model("accounts", "User")"""
    for node in ast.walk(module):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if model := _model_named(call):
                yield name, model


def _model_named(call: ast.Call) -> str | None:
    match call:
        case ast.Call(func=ast.Attribute(attr="get_model"), args=[*_, ast.Constant(value=str() as name)]):
            return name.rpartition(".")[2].lower()
    return None
