"""Which names a file declares, where, and what is ever put into them."""

from __future__ import annotations

from dataclasses import dataclass, field

from shipui.gates.javascript.tree import FUNCTIONS, Node, Tree

_BLOCKS = FUNCTIONS | {
    "program",
    "statement_block",
    "for_statement",
    "for_in_statement",
    "catch_clause",
    "class_body",
    "switch_body",
}
_PATTERNS = frozenset(
    {"object_pattern", "array_pattern", "object_assignment_pattern", "assignment_pattern", "rest_pattern"}
)


@dataclass(slots=True)
class Definition:
    """A value that a name may have. `value` None: it comes from outside (a parameter, an import, a caught error)."""

    value: Node | None
    at: Node
    """The declaration or assignment."""
    path: tuple[str, ...] = ()
    """The properties that were picked out of `value` by a pattern."""
    how: str = "set"
    """set, added (+=), element (of a loop), parameter, import, function, class or caught."""


@dataclass(slots=True)
class Binding:
    name: str
    kind: str
    """const, let, var, parameter, import, function, class or caught."""
    scope: Node
    declared: Node
    definitions: list[Definition] = field(default_factory=list)
    imported: str = ""
    """module, or module.member."""
    annotation: str = ""
    """The type, as written."""
    index: int = 0
    """Of a parameter."""
    default: Node | None = None


class Bindings:
    def __init__(self, tree: Tree) -> None:
        self._scopes: dict[int, dict[str, Binding]] = {}
        self.properties: dict[str, list[Node]] = {}
        """What is ever assigned to this.NAME, or declared as a field; by NAME."""
        self.property_types: dict[str, str] = {}
        self.imports: dict[str, str] = {}
        """Module or module.member, by the name that it has here."""
        self._declare(tree)
        self._assign(tree)

    def of(self, identifier: Node) -> Binding | None:
        """None: a global."""
        name = identifier.text
        node: Node | None = identifier
        while node is not None:
            scope = self._scopes.get(id(node))
            if scope is not None and name in scope:
                return scope[name]
            node = node.parent
        return None

    def named(self, scope: Node, name: str) -> Binding | None:
        return self._scopes.get(id(scope), {}).get(name)

    def all(self) -> list[Binding]:
        return [binding for scope in self._scopes.values() for binding in scope.values()]

    def _add(self, scope: Node, name: str, kind: str, at: Node, definition: Definition | None) -> Binding:
        names = self._scopes.setdefault(id(scope), {})
        binding = names.get(name)
        if binding is None or kind == "parameter":
            binding = names[name] = Binding(name, kind, scope, at)
        if definition is not None:
            binding.definitions.append(definition)
        return binding

    def _declare(self, tree: Tree) -> None:
        for node in tree.all("import_statement"):
            self._import(node, tree.root)
        for node in tree.all("lexical_declaration", "variable_declaration"):
            kind = node.text.split(None, 1)[0]
            scope = _function_scope(node) if kind == "var" else _block(node)
            for each in node.children:
                if each.kind == "variable_declarator":
                    self._declarator(each, kind, scope)
        for node in tree.all("function_declaration", "generator_function_declaration", "class_declaration"):
            name = node.child("identifier", "type_identifier")
            if name is not None:
                kind = "class" if node.kind == "class_declaration" else "function"
                self._add(_block(node), name.text, kind, node, Definition(node, node, how=kind))
        for kind in FUNCTIONS:
            for node in tree.all(kind):
                self._parameters(node)
        for node in tree.all("for_in_statement"):
            self._loop(node)
        for node in tree.all("catch_clause"):
            name = node.child("identifier")
            if name is not None:
                self._add(node, name.text, "caught", node, Definition(None, node, how="caught"))
        for node in tree.all("public_field_definition", "field_definition"):
            self._field(node)

    def _declarator(self, node: Node, kind: str, scope: Node) -> None:
        target = node.children[0]
        value = node.children[-1] if len(node.children) > 1 and node.children[-1].kind != "type_annotation" else None
        annotation = node.child("type_annotation")
        for name, path in _names(target):
            definition = Definition(value, node, path) if value is not None else None
            binding = self._add(scope, name, kind, node, definition)
            if annotation is not None and not path:
                binding.annotation = annotation.text.lstrip(": ")

    def _import(self, node: Node, root: Node) -> None:
        source = next((each for each in reversed(list(node.walk())) if each.kind == "string"), None)
        if source is None:
            return
        module = module_name(source.text[1:-1])
        for each in node.walk():
            name, member = "", ""
            if each.kind in {"import_clause", "namespace_import", "import_require_clause"}:
                local = each.child("identifier")
                name = local.text if local else ""
            elif each.kind == "import_specifier":
                names = [part.text.strip("'\"") for part in each.children]
                name, member = (names[-1], names[0]) if names else ("", "")
            if name:
                imported = module if member in {"", "default"} else f"{module}.{member}"
                self._add(root, name, "import", node, Definition(None, node, how="import")).imported = imported
                self.imports[name] = imported

    def _parameters(self, function: Node) -> None:
        formal = function.child("formal_parameters")
        given = (
            formal.children
            if formal is not None
            else function.children[:1]
            if function.kind == "arrow_function"
            else []
        )
        given = [each for each in given if each.kind != "decorator"]
        if given and (first := given[0]).kind == "required_parameter" and first.text.lstrip().startswith("this:"):
            given = given[1:]
        for index, parameter in enumerate(given):
            self._parameter(function, parameter, index)

    def _parameter(self, function: Node, parameter: Node, index: int) -> None:
        target, default, annotation = parameter, None, ""
        if parameter.kind in {"required_parameter", "optional_parameter"}:
            typed = parameter.child("type_annotation")
            annotation = typed.text.lstrip(": ") if typed else ""
            own = [
                each
                for each in parameter.children
                if each.kind not in {"decorator", "accessibility_modifier", "type_annotation", "override_modifier"}
            ]
            if not own:
                return
            target, default = own[0], own[1] if len(own) > 1 else None
            if parameter.child("accessibility_modifier") or "readonly" in parameter.text.split(":")[0]:
                self.property_types[target.text] = annotation
        elif parameter.kind == "assignment_pattern":
            target, default = parameter.children[0], parameter.children[-1]
        for name, path in _names(target):
            binding = self._add(function, name, "parameter", parameter, Definition(None, parameter, path, "parameter"))
            binding.index, binding.default = index, default if not path else None
            binding.annotation = annotation if not path else _property_type(annotation, path[0])

    def _loop(self, node: Node) -> None:
        if len(node.children) < 3:
            return
        target, over = node.children[0], node.children[1]
        how = "element" if node.between(target, over).split()[:1] == ["of"] else "key"
        for name, path in _names(target):
            self._add(node, name, "const", node, Definition(over, node, path, how))

    def _field(self, node: Node) -> None:
        name = node.child("property_identifier", "private_property_identifier")
        if name is None:
            return
        annotation = node.child("type_annotation")
        if annotation is not None:
            self.property_types[name.text] = annotation.text.lstrip(": ")
        if node.children[-1] not in {name, annotation}:
            self.properties.setdefault(name.text, []).append(node.children[-1])

    def _assign(self, tree: Tree) -> None:
        for node in tree.all("assignment_expression", "augmented_assignment_expression"):
            if len(node.children) < 2:
                continue
            target, value = node.children[0], node.children[-1]
            how = "added" if node.kind == "augmented_assignment_expression" else "set"
            if target.kind == "member_expression" and target.children[0].kind == "this":
                self.properties.setdefault(target.children[-1].text, []).append(value)
            elif target.kind == "identifier" or target.kind in _PATTERNS:
                for identifier, path in _identifiers(target):
                    binding = self.of(identifier)
                    if binding is not None:
                        binding.definitions.append(Definition(value, node, path, how))
        for binding in self.all():
            binding.definitions.sort(key=lambda each: each.at.start)


def module_name(name: str) -> str:
    """One name for modules that are the same, or stand in for one another."""
    name = name.removeprefix("node:")
    if name in {"fs-extra", "graceful-fs"}:
        return "fs"
    if name.startswith(("lodash/", "lodash-es/")):
        return "lodash." + name.split("/", 1)[1].removesuffix(".js")
    return {
        "fs/promises": "fs.promises",
        "lodash-es": "lodash",
        "underscore": "lodash",
        "mysql2/promise": "mysql2",
    }.get(name, name)


def _identifiers(pattern: Node, path: tuple[str, ...] = ()) -> list[tuple[Node, tuple[str, ...]]]:
    """The names in a pattern, each with the properties that lead to it."""
    match pattern.kind:
        case "identifier" | "shorthand_property_identifier_pattern":
            own = path if pattern.kind == "identifier" else (*path, pattern.text)
            return [(pattern, own)]
        case "pair_pattern":
            key = pattern.children[0].text.strip("'\"[]")
            return _identifiers(pattern.children[-1], (*path, key))
        case "object_assignment_pattern" | "assignment_pattern":
            return _identifiers(pattern.children[0], path)
        case "array_pattern":
            return [
                found
                for index, each in enumerate(pattern.children)
                for found in _identifiers(each, (*path, str(index)))
            ]
        case "object_pattern" | "rest_pattern":
            return [found for each in pattern.children for found in _identifiers(each, path)]
    return []


def _names(pattern: Node) -> list[tuple[str, tuple[str, ...]]]:
    return [(node.text, path) for node, path in _identifiers(pattern)]


def _property_type(annotation: str, name: str) -> str:
    """The type of one property of a type that is written out: { id: number; name: string }."""
    if not annotation.startswith("{"):
        return ""
    for each in annotation.strip("{} \n").replace(",", ";").split(";"):
        key, _, kind = each.partition(":")
        if key.strip().rstrip("?") == name:
            return kind.strip()
    return ""


def _block(node: Node) -> Node:
    return next(each for each in node.ancestors() if each.kind in _BLOCKS)


def _function_scope(node: Node) -> Node:
    return next(each for each in node.ancestors() if each.kind in FUNCTIONS or each.kind == "program")
