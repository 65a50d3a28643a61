"""The value of an expression, worked out from its syntax tree; every call on the way is shown to the sinks."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from shipui.gates.python import assumed, formats
from shipui.gates.python.call_results import result_of
from shipui.gates.python.scopes import Call, ClassFacts, Hit, ModuleFacts, Scope
from shipui.gates.python.sinks import checks_for, comparison_checks
from shipui.gates.python.sources import environment_variable, is_request_object, known_source
from shipui.gates.python.values import (
    HARMLESS,
    HOLE,
    LONGEST_TEXT,
    NOTHING,
    SAFE,
    Origin,
    Trait,
    Value,
    either,
    fixed,
    joined,
    mixed,
    part_of,
    unknown,
)

_BUILTINS = frozenset(dir(builtins)) | {"raw_input", "unicode", "execfile", "reload", "xrange"}
_DEEPEST = 140
_MUTATORS = frozenset({"append", "add", "extend", "insert", "update", "appendleft"})
_LONGEST_NAME = 240


class TooDeep(Exception):
    """An expression nests deeper than is read."""


class Expressions:
    """`value(node)` gives the value; what sinks found is in `hits`."""

    def __init__(self, module: ModuleFacts) -> None:
        self.module = module
        self.scope = Scope()
        self.hits: list[Hit] = []
        self.class_facts: ClassFacts | None = None
        self.function_names: list[str] = []
        self.statement_lines = (0, 0)
        self._depth = 0

    def value(self, node: ast.expr | None) -> Value:
        if node is None:
            return NOTHING
        reader = _READERS.get(type(node))
        if reader is None:
            return self._rest(node)
        self._depth += 1
        if self._depth > _DEEPEST:
            self._depth = 0
            raise TooDeep
        found: Value = reader(self, node)
        self._depth -= 1
        return found

    def called_function(self, call: Call) -> Value | None:
        """The result of a function of this file; None: it is not one. Overridden where statements are read."""
        return None

    def _rest(self, node: ast.AST) -> Value:
        """Any other node: look into its parts, and know nothing of it."""
        return mixed(self.value(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))

    def _constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, str):
            return fixed(node.value)
        if isinstance(node.value, bytes):
            return fixed(node.value[:LONGEST_TEXT].decode("latin-1"))
        return fixed(str(node.value)) if isinstance(node.value, int) and abs(node.value) < 10**18 else NOTHING

    def _name(self, node: ast.Name) -> Value:
        known = self.scope.get(node.id)
        if known is not None:
            return known
        if self.scope.function(node.id) is not None:
            return Value(Origin.FIXED, SAFE, f"local:{node.id}")
        if node.id in _BUILTINS:
            return Value(Origin.FIXED, SAFE, f"builtins.{node.id}")
        if node.id == "__builtins__":
            return Value(Origin.FIXED, SAFE, "builtins")
        if node.id in ("os", "sys", "subprocess", "builtins"):
            return Value(Origin.FIXED, SAFE, node.id)
        return self._named(f"?{node.id}", unknown(node.id, roots=frozenset((node.id,))))

    def _named(self, name: str, value: Value) -> Value:
        """`value`, reached by `name`: better known if the name says what it is."""
        if len(name) > _LONGEST_NAME:
            return replace(value, name="")
        source = known_source(name)
        if source is not None:
            origin, traits = source
            text = value.text if origin is value.origin else (HOLE if origin >= Origin.UNKNOWN else SAFE)
            return replace(value, origin=origin, text=text, name=name, traits=value.traits | traits, items=None)
        if value.origin in (Origin.UNKNOWN, Origin.CLEAN) and _is_constant_name(name.rpartition(".")[2].lstrip("?")):
            return Value(Origin.FIXED, SAFE, name)
        return replace(value, name=name)

    def _attribute(self, node: ast.Attribute) -> Value:
        return self._attribute_of(self._holder(node), node)

    def _holder(self, node: ast.Attribute) -> Value:
        """What an attribute is asked of: a name that nothing explains may be a module."""
        found = self.value(node.value)
        if (
            isinstance(node.value, ast.Name)
            and found.name == f"?{node.value.id}"
            and self.scope.get(node.value.id) is None
        ):
            module = assumed.module(node.value.id, node.attr)
            return Value(Origin.FIXED, SAFE, module) if module else found
        return found

    def _attribute_of(self, base: Value, node: ast.Attribute) -> Value:
        known = self._own(base, node.attr)
        if known is not None:
            return known
        name = f"{base.name}.{node.attr}" if base.name else f"?.{node.attr}"
        if node.attr in ("name", "stem", "suffix") and "Path()" in base.name:
            return replace(part_of(base, name), clean=base.clean | {"path"})
        if base.name == "?self" and self.class_facts is not None and self.class_facts.gives_requests(node.attr):
            return Value(Origin.REQUEST, HOLE, name)
        if base.origin is Origin.FIXED and base.name and not base.name.startswith(("local:", "self:")):
            return self._named(name, Value(Origin.CLEAN, SAFE, name))
        return self._named(name, part_of(base, name))

    def _own(self, base: Value, attribute: str) -> Value | None:
        """self.attribute: what the class has set it to, or one of its methods."""
        if self.class_facts is None or base.name not in ("?self", "?cls"):
            return None
        if attribute in self.class_facts.methods:
            return Value(Origin.FIXED, SAFE, f"self:{attribute}")
        return self.class_facts.attributes.get(attribute)

    def _subscript(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        index = self.value(node.slice)
        if Trait.ENVIRONMENT in base.traits:
            return environment_variable(index.fixed_text)
        if base.items and index.fixed_text is not None and index.fixed_text.lstrip("-").isdigit():
            place = int(index.fixed_text)
            if -len(base.items) <= place < len(base.items):
                return base.items[place]
        if base.name == "builtins.globals()" and index.origin is Origin.REQUEST and index.harmful_in("code"):
            self.hits.append(
                Hit("python-code-execution", None, self.statement_lines, "A request chooses which function is called.")
            )
        if isinstance(node.slice, ast.Slice):
            return self._slice(node.slice, base)
        if base.origin is Origin.FIXED:
            return replace(NOTHING, name=f"{base.name}[]" if base.name else "")
        return replace(part_of(base, f"{base.name}[]" if base.name else ""), roots=base.roots)

    def _slice(self, node: ast.Slice, base: Value) -> Value:
        step = node.step
        if (
            isinstance(step, ast.UnaryOp)
            and base.fixed_text
            and ast.unparse(step) == "-1"
            and node.lower is None
            and node.upper is None
        ):
            return replace(fixed(base.fixed_text[::-1]), traits=frozenset({Trait.CHARACTERS}))
        return replace(base, text=HOLE if base.dynamic else base.text, items=base.items)

    def _joined_string(self, node: ast.JoinedStr) -> Value:
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                value = self.value(part.value)
                if part.format_spec is not None and formats.is_number_format(self.value(part.format_spec).fixed_text):
                    value = HARMLESS
                parts.append(value)
            else:
                parts.append(self.value(part))
        return joined(parts, node.lineno)

    def _binary(self, node: ast.BinOp) -> Value:
        if isinstance(node.op, ast.Mod):
            left, right = self.value(node.left), self.value(node.right)
            return formats.percent(left, right, node.lineno) if left.text is not None else mixed([left, right])
        if isinstance(node.op, ast.Add | ast.Div):
            parts = [self.value(each) for each in _chain(node, type(node.op))]
            if isinstance(node.op, ast.Div):
                return self._divided(parts, node.lineno)
            if all(part.items is not None for part in parts):
                return replace(mixed(parts), items=tuple(item for part in parts for item in part.items or ())[:200])
            return joined(parts, node.lineno)
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Mult):
            return left if left.items is not None or left.fixed_text is not None else mixed([left, right])
        found = mixed([left, right])
        return replace(found, traits=found.traits | {Trait.CHARACTERS}) if isinstance(node.op, ast.BitXor) else found

    def _divided(self, parts: list[Value], line: int) -> Value:
        """Paths are put together with "/"; numbers are divided."""
        pieces = [piece for part in parts for piece in (part, fixed("/"))][:-1]
        return replace(joined(pieces, line), name=parts[0].name if "Path" in parts[0].name else "")

    def _either_of(self, nodes: list[ast.expr]) -> Value:
        values = [self.value(node) for node in nodes]
        result = values[0]
        for value in values[1:]:
            result = either(result, value)
        return result

    def _compare(self, node: ast.Compare) -> Value:
        values = [self.value(node.left), *(self.value(each) for each in node.comparators)]
        for check in comparison_checks():
            self.found(check(node, values, self.module))
        return HARMLESS

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        items = tuple(self.value(each) for each in node.elts)
        return replace(mixed(items), items=items[:200])

    def _dict(self, node: ast.Dict) -> Value:
        values = [self.value(each) for each in node.values]
        keys = [self.value(key) for key in node.keys if key is not None]
        return replace(mixed(values), items=(*keys, *values)[:200])

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
        with self.scope.branch() as before:
            for generator in node.generators:
                source = self.value(generator.iter)
                self.bind(generator.target, element_of(source))
                for condition in generator.ifs:
                    self.value(condition)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            values = [self.value(part) for part in parts]
            found = values[0] if len(values) == 1 else mixed(values)
        self.scope.taken_back(before)
        return replace(mixed([found]), items=(found,))

    def _lambda(self, node: ast.Lambda) -> Value:
        with self.scope.branch() as before:
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                self.scope.set(argument.arg, self._named(f"?{argument.arg}", unknown(argument.arg)))
            self.value(node.body)
        self.scope.taken_back(before)
        return NOTHING

    def _walrus(self, node: ast.NamedExpr) -> Value:
        found = self.value(node.value)
        self.bind(node.target, found)
        return found

    def _unary(self, node: ast.UnaryOp) -> Value:
        found = self.value(node.operand)
        return HARMLESS if isinstance(node.op, ast.Not) or found.dynamic else found

    def bind(self, target: ast.expr, value: Value) -> None:
        """Assign: to a name, to names that a tuple unpacks, to an attribute of self."""
        if isinstance(target, ast.Name):
            roots = value.roots | {target.id} if value.dynamic and len(value.roots) < 12 else value.roots
            name = value.name
            if value.dynamic and (not name or name.startswith("?.")):
                name = f"?{target.id}"
                value = replace(value, name=name)
            self.scope.set(target.id, replace(value, roots=roots))
        elif isinstance(target, ast.Tuple | ast.List):
            exact = value.items is not None and len(value.items) == len(target.elts)
            for place, each in enumerate(target.elts):
                part = value.items[place] if exact and value.items is not None else element_of(value)
                self.bind(each.value if isinstance(each, ast.Starred) else each, part)
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value)
            if self.class_facts is not None and base.name in ("?self", "?cls"):
                self.class_facts.attributes[target.attr] = value
        elif isinstance(target, ast.Subscript):
            self.value(target.slice)
            base = self.value(target.value)
            if isinstance(target.value, ast.Name) and value.dynamic and not base.name.startswith("?self"):
                self.scope.set(target.value.id, replace(mixed([base, value]), name=base.name, items=None))

    def _call(self, node: ast.Call) -> Value:
        receiver = NOTHING
        if isinstance(node.func, ast.Attribute):
            receiver = self._holder(node.func)
            function = self._attribute_of(receiver, node.func)
        else:
            function = self.value(node.func)
            if (
                isinstance(node.func, ast.Name)
                and function.name == f"?{node.func.id}"
                and assumed.function(node.func.id)
            ):
                function = Value(Origin.FIXED, SAFE, assumed.function(node.func.id))
        arguments = tuple(self.value(each.value if isinstance(each, ast.Starred) else each) for each in node.args)
        keywords = {keyword.arg or "**": self.value(keyword.value) for keyword in node.keywords}
        call = Call(node, function.name, receiver, arguments, keywords, ".".join(self.function_names), self.module)
        package = function.name.partition(".")[0]
        if package in assumed.MODULES:
            self.module.packages.add(package)
        for check in checks_for(call):
            self.found(check(call))
        if (
            call.method in _MUTATORS
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and arguments
        ):
            self._mutated(node.func.value.id, receiver, arguments)
        known = self.called_function(call)
        if known is not None:
            return known
        result = result_of(call)
        if (Trait.ENVIRONMENT in receiver.traits and call.method == "get") or function.name == "os.getenv":
            return environment_variable(arguments[0].fixed_text if arguments else None)
        name = result.name or (f"{function.name}()" if function.name else "")
        if is_request_object(function.name):
            return replace(result, name=function.name)
        return self._named(name, result) if name else result

    def _mutated(self, name: str, before: Value, added: tuple[Value, ...]) -> None:
        """names.append(x): the list holds what was added."""
        if before.name.startswith("?") or before.items is not None:
            after = mixed([before, *added])
            items = (*before.items, *added)[:50] if before.items is not None else None
            if after.origin > before.origin or after.traits != before.traits or items:
                self.scope.set(name, replace(after, name=before.name, items=items))

    def found(self, hits: Iterator[Hit]) -> None:
        for hit in hits:
            self.hits.append(replace(hit, lines=self.statement_lines) if hit.lines == (0, 0) else hit)


def element_of(value: Value) -> Value:
    """What a loop over it, or unpacking it, gives."""
    if value.items:
        result = value.items[0]
        for item in value.items[1:20]:
            result = either(result, item)
        return result
    return part_of(value, f"{value.name}[]" if value.name else "")


def _is_constant_name(name: str) -> bool:
    return len(name) > 1 and name.isupper() and name.isidentifier()


def _chain(node: ast.BinOp, operator: type[ast.operator]) -> list[ast.expr]:
    """a + b + c as [a, b, c], however many there are: not by recursion."""
    parts: list[ast.expr] = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp) and isinstance(current.op, operator):
        parts.append(current.right)
        current = current.left
    parts.append(current)
    return parts[::-1]


_READERS: dict[type[ast.expr], Callable[[Expressions, Any], Value]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Subscript: Expressions._subscript,
    ast.Call: Expressions._call,
    ast.JoinedStr: Expressions._joined_string,
    ast.BinOp: Expressions._binary,
    ast.BoolOp: lambda reader, node: reader._either_of(node.values),
    ast.IfExp: lambda reader, node: (reader.value(node.test), reader._either_of([node.body, node.orelse]))[1],
    ast.Compare: Expressions._compare,
    ast.UnaryOp: Expressions._unary,
    ast.List: Expressions._sequence,
    ast.Tuple: Expressions._sequence,
    ast.Set: Expressions._sequence,
    ast.Dict: Expressions._dict,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.Lambda: Expressions._lambda,
    ast.NamedExpr: Expressions._walrus,
    ast.Await: lambda reader, node: reader.value(node.value),
    ast.Starred: lambda reader, node: reader.value(node.value),
}
