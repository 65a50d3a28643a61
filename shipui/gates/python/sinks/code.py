"""Text that becomes code: eval and exec, templates, names chosen at run time; and code that hides what it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, ModuleFacts, grade, whence
from shipui.gates.python.values import HOLE, Origin, Trait
from shipui.model.findings import Severity

_KNOWN_MODULES = frozenset({"__builtins__", "builtins", "os", "subprocess", "sys", "base64", "socket", "requests"})
_HIDDEN = frozenset({Trait.DECODED, Trait.CHARACTERS})
_LOADED_LITERAL = re.compile(
    r"__import__\s*\(|b64decode|urlopen|socket\.|os\.system|subprocess|getattr\(__builtins__|exec\(|marshal\."
)
_LOOKALIKES = re.compile(r"_*(?:[Il1]{7,}|[O0o]{7,}|_0x[0-9a-f]{4,})_*")
_FAR = re.compile(r"\S[ \t]{0,3};?[ \t]{130,}[^\s#\"'|)\]}]")
_ALIKE_ON_LINE = re.compile(r"\b_*(?:[Il1]{7,60}|[O0o]{7,60}|_0x[0-9a-f]{4,20})_*\b")
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\[0-7]{3}|\\u00[0-9a-fA-F]{2}){6}")
_ESCAPED_LETTER = re.compile(r"[\"'][\w.]*\\(?:x[4-7][0-9a-fA-F]|u00[4-7][0-9a-fA-F]|1[0-7][0-7])")


def _run(call: Call) -> Iterator[Hit]:
    """eval, exec, compile."""
    value = call.argument(0, "source", "expression", "object", "code", "stmt")
    if value is None:
        return
    if Trait.DOWNLOADED in value.traits:
        yield Hit("python-download-and-run", Severity.HIGH, (0, 0), "What came over the network is run.", value.lines)
    elif value.traits & _HIDDEN:
        yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "What is run was encoded first.", value.lines)
    elif value.dynamic and "code" not in value.clean and Trait.OWN_FILE not in value.traits:
        if call.name == "builtins.compile" and value.origin < Origin.OUTSIDE:
            return
        yield Hit("python-code-execution", grade(value), (0, 0), whence(value), value.lines)
    elif value.fixed_text is not None and call.name != "builtins.compile" and _LOADED_LITERAL.search(value.fixed_text):
        yield Hit("python-obfuscated-code", Severity.MEDIUM, (0, 0), "Code is kept in a text and run from there.")


def _escaped_literal(call: Call) -> Iterator[Hit]:
    """exec("\\x69\\x6d…"): the text is written in escapes."""
    for node in call.node.args:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str | bytes)
            and _ESCAPED.search(call.module.text_of(node))
        ):
            yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "What is run is written in escapes.")
            return


def _run_or_escaped(call: Call) -> Iterator[Hit]:
    found = False
    for hit in _run(call):
        found = True
        yield hit
    if not found:
        yield from _escaped_literal(call)


def _expression(call: Call) -> Iterator[Hit]:
    """Libraries that evaluate an expression: pandas.eval, sympy.sympify, timeit."""
    value = call.argument(0, "expr", "a", "stmt", "ex", "source", "path_name", "mod_name")
    if value is not None and value.harmful_in("code") and value.origin >= Origin.OUTSIDE:
        yield Hit("python-code-execution", grade(value), (0, 0), whence(value), value.lines)


def _chosen_by_name(call: Call) -> Iterator[Hit]:
    """globals()[name](…): whoever chooses the name chooses what runs."""
    function = call.node.func
    if (
        isinstance(function, ast.Subscript)
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id in ("globals", "locals")
        and not isinstance(function.slice, ast.Constant)
    ):
        yield Hit("python-code-execution", Severity.MEDIUM, (0, 0), "A name that is not known decides what is called.")


def _frame(call: Call) -> Iterator[Hit]:
    """df.eval(expression) of pandas runs what it is given."""
    value = call.argument(0, "expr")
    if value is None or not call.name.startswith("?") or not call.module.uses("pandas"):
        return
    if value.harmful_in("code") and (value.text == HOLE or value.origin >= Origin.OUTSIDE):
        yield Hit("python-code-execution", grade(value), (0, 0), whence(value), value.lines)


def _interpreter(call: Call) -> Iterator[Hit]:
    value = call.argument(
        1 if "interp" in call.name.rpartition(".")[2] or call.method == "run_string" else 0, "source", "code", "script"
    )
    if value is not None and value.harmful_in("code"):
        yield Hit("python-code-execution", grade(value), (0, 0), whence(value), value.lines)


def _imported(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "name")
    if value is None:
        return
    node = call.node.args[0] if call.node.args else None
    if value.traits & _HIDDEN or _spelt_in_escapes(call, node):
        yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "The name of what is imported is encoded.")
    elif value.fixed_text is not None and isinstance(node, ast.BinOp):
        yield Hit(
            "python-obfuscated-code",
            Severity.MEDIUM,
            (0, 0),
            "The name of what is imported is put together from pieces.",
        )
    elif value.harmful_in("code") and (value.origin >= Origin.OUTSIDE):
        yield Hit("python-dynamic-import", grade(value), (0, 0), whence(value), value.lines)


def _spelt_in_escapes(call: Call, node: ast.expr | None) -> bool:
    """Such as "\\x6f\\x73" for "os": letters that nobody needs to write as numbers."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isascii()
        and _ESCAPED_LETTER.search(call.module.text_of(node)[node.col_offset : node.end_col_offset]) is not None
    )


def _attribute(call: Call) -> Iterator[Hit]:
    """getattr(module, name) with a name that hides what it is, or that a request chose."""
    if len(call.arguments) < 2:
        return
    value, node = call.arguments[1], call.node.args[1]
    fixed_holder = call.arguments[0].origin is Origin.FIXED
    if (value.traits & _HIDDEN and (value.traits - {Trait.CHARACTERS} or fixed_holder)) or (
        fixed_holder and _spelt_in_escapes(call, node)
    ):
        yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "The name of what is called is encoded.")
    elif value.fixed_text is not None and isinstance(node, ast.BinOp) and call.arguments[0].origin is Origin.FIXED:
        yield Hit(
            "python-obfuscated-code", Severity.MEDIUM, (0, 0), "The name of what is called is put together from pieces."
        )
    elif (
        value.origin is Origin.REQUEST
        and value.harmful_in("code")
        and not value.built
        and value.name.rpartition(".")[2].removesuffix("()") not in ("lower", "method")
    ):
        yield Hit("python-code-execution", Severity.MEDIUM, (0, 0), "A request chooses which function is used.")


def _by_method(call: Call) -> Iterator[Hit]:
    """os.__getattribute__("system")."""
    if (
        call.receiver.origin is Origin.FIXED
        and call.receiver.name
        and call.arguments
        and call.receiver.name.isidentifier()
    ):
        yield Hit("python-obfuscated-code", Severity.MEDIUM, (0, 0), "A function is looked up by its name.")


def _unmarshal(call: Call) -> Iterator[Hit]:
    value = call.argument(0)
    if value is not None and value.traits & _HIDDEN:
        yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "Compiled code is unpacked from an encoded text.")


def _template(call: Call) -> Iterator[Hit]:
    """A template that is made of what a visitor sent runs as code on the server."""
    value = call.argument(0, "source", "template", "text", "template_string")
    if value is None or not value.dynamic:
        return
    if value.built or value.origin >= Origin.OUTSIDE or call.method == "render_template_string":
        yield Hit("python-template-injection", grade(value), (0, 0), whence(value), value.lines)


def _from_string(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "source", "template_code")
    if value is not None and value.dynamic and (value.built or value.origin >= Origin.OUTSIDE):
        known = "jinja2" in call.name or call.module.uses("jinja2") or call.module.uses("django")
        if known and not value.clean >= {"code"}:
            yield Hit("python-template-injection", grade(value), (0, 0), whence(value), value.lines)


def _sandbox_escape(tree: ast.Module, module: ModuleFacts) -> Iterator[Hit]:
    """().__class__.__bases__[0].__subclasses__(), and names that cannot be told apart."""
    if not any("__subclasses__" in line or _ALIKE_ON_LINE.search(line) for line in module.lines):
        return
    alike: set[str] = set()
    first = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "__subclasses__":
            inner = node.value
            if (
                isinstance(inner, ast.Subscript)
                and any(
                    isinstance(each, ast.Attribute) and each.attr in ("__mro__", "__bases__", "__base__")
                    for each in ast.walk(inner)
                )
            ) or (isinstance(inner, ast.Attribute) and inner.attr in ("__base__", "__mro__")):
                yield Hit(
                    "python-obfuscated-code",
                    Severity.MEDIUM,
                    (node.lineno, node.end_lineno or node.lineno),
                    "Functions are reached by way of the class tree.",
                )
        elif isinstance(node, ast.Name) and len(node.id) > 6 and _LOOKALIKES.fullmatch(node.id):
            first = first or node.lineno
            alike.add(node.id)
    if len(alike) >= 2:
        yield Hit(
            "python-obfuscated-code", Severity.HIGH, (first, first), "Names are made so that they cannot be told apart."
        )


def _namespace(tree: ast.Module, module: ModuleFacts) -> Iterator[Hit]:
    """globals()["ev" + "al"], __builtins__.__dict__["exec"]: a built-in function by its name."""
    if not (
        module.mentions("__dict__")
        or module.mentions("globals()")
        or module.mentions("locals()")
        or module.mentions("vars(")
    ):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript):
            continue
        holder, key = node.value, node.slice
        if isinstance(holder, ast.Call):
            name = holder.func.id if isinstance(holder.func, ast.Name) else ""
            first = holder.args[0] if holder.args else None
            inside = name in ("globals", "locals", "vars") and (
                first is None or (isinstance(first, ast.Name) and first.id in _KNOWN_MODULES)
            )
        else:
            inside = (
                isinstance(holder, ast.Attribute)
                and holder.attr == "__dict__"
                and isinstance(holder.value, ast.Name)
                and holder.value.id in _KNOWN_MODULES
            )
        if not inside:
            continue
        word = _written(key)
        pieces = isinstance(key, ast.BinOp | ast.Call | ast.JoinedStr)
        if (
            word
            in (
                "eval",
                "exec",
                "__import__",
                "compile",
                "system",
                "popen",
                "open",
                "Popen",
                "run",
                "b64decode",
                "modules",
            )
            and (pieces or word != "__builtins__")
        ) or (pieces and isinstance(holder, ast.Attribute)):
            yield Hit(
                "python-obfuscated-code",
                Severity.MEDIUM,
                (node.lineno, node.end_lineno or node.lineno),
                "A built-in function is looked up by its name.",
            )


def _far_to_the_right(_: ast.Module, module: ModuleFacts) -> Iterator[Hit]:
    """Code that stands where no editor shows it."""
    for number, line in enumerate(module.lines, 1):
        if len(line) > 160 and _FAR.search(line[:2000]):
            yield Hit(
                "python-obfuscated-code",
                Severity.HIGH,
                (number, number),
                "Code stands so far to the right that nobody sees it.",
            )


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _written(node.left) + _written(node.right)
    return ""


CALLS = {
    **dict.fromkeys(("builtins.eval", "builtins.exec", "builtins.compile", "builtins.execfile"), _run_or_escaped),
    **dict.fromkeys(
        [
            "pandas.eval",
            "numexpr.evaluate",
            "sympy.sympify",
            "sympy.parsing.sympy_parser.parse_expr",
            "timeit.timeit",
            "runpy.run_path",
            "runpy.run_module",
            "cProfile.run",
            "profile.run",
            "asteval.Interpreter().eval",
            "js2py.eval_js",
            "ctypes.CDLL",
            "ctypes.cdll.LoadLibrary",
        ],
        _expression,
    ),
    **dict.fromkeys(
        [
            "code.InteractiveInterpreter().runcode",
            "code.InteractiveInterpreter().runsource",
            "code.InteractiveConsole().push",
            "code.InteractiveConsole().runcode",
            "code.InteractiveConsole().runsource",
            "_testcapi.run_in_subinterp",
            "test.support.run_in_subinterp",
            "_xxsubinterpreters.run_string",
            "_interpreters.run_string",
        ],
        _interpreter,
    ),
    **dict.fromkeys(("builtins.__import__", "importlib.import_module", "importlib.__import__"), _imported),
    "builtins.getattr": _attribute,
    "marshal.loads": _unmarshal,
    **dict.fromkeys(
        [
            "flask.render_template_string",
            "jinja2.Template",
            "mako.template.Template",
            "django.template.Template",
            "tornado.template.Template",
            "bottle.SimpleTemplate",
            "bottle.template",
            "quart.render_template_string",
            "string.Template_",
        ],
        _template,
    ),
}
METHODS = {"from_string": _from_string, "__getattribute__": _by_method, "eval": _frame}
EVERY_CALL = (_chosen_by_name,)
MODULES = (_sandbox_escape, _namespace, _far_to_the_right)
