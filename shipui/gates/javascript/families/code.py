"""Text that is run as code, modules and templates chosen from outside, and data that brings code with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import is_true, of_call
from shipui.gates.javascript.script import BY_LEVEL, ONLY_REQUESTS, Call, Script
from shipui.gates.javascript.shapes import Level, constant_of, labels_of, leading, level_of
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_injection import (
    CODE_INJECTION,
    DESERIALIZATION,
    DYNAMIC_REQUIRE,
    REGEX_INJECTION,
    TEMPLATE_INJECTION,
    XXE,
)
from shipui.gates.rules.javascript_trust import DECODE_AND_RUN, OBFUSCATION
from shipui.model.findings import Finding, Severity

_RUNS = re.compile(
    r"eval|execScript|Function|GeneratorFunction|AsyncFunction|(vm|node:vm)\.(runInContext|runInNewContext|runInThisContext|Script|compileFunction|SourceTextModule)"
    r"|\.constructor|Function\.prototype\.constructor|(vm2|isolated-vm)\.(VM|NodeVM|VMScript)(\(\)\.run)?|~?vm\.run|(.*\.)?_compile|safe-eval|static-eval|notevil|safer-eval|expression-eval\.eval|mathjs\.(evaluate|eval)|.*\.constructor\.constructor"
    r"|(chrome\.tabs|browser\.tabs)\.executeScript|require-from-string|eval5\.evaluate|(.*\.)?executeJavaScript|tslib\.eval|jsonpath-plus\.JSONPath"
)
_TIMERS = frozenset({"setTimeout", "setInterval", "setImmediate"})
_TEMPLATES = re.compile(
    r"(ejs|pug|jade|handlebars|Handlebars|hbs|lodash|_|nunjucks|doT|dot|mustache|swig|eta|art-template|dust|liquidjs\.Liquid\(\)|velocityjs|squirrelly|Sqrl|underscore|hogan|vue-template-compiler|marko|twig|whiskers|haml|twing|ect)"
    r"(\(\))?\.(render|compile|template|renderString|precompile|parseAndRender|compileToFunctions|renderAsync|twig)"
)
_SERIALIZED = re.compile(
    r"(node-serialize|serialize-to-js|funcster|cryo|serialijse|php-serialize|js-serializer|phpunserialize|hydrate|~?serialize)\.(unserialize|deserialize|deepDeserialize|parse|hydrate)|(.*\.)?unserialize|~?(deserialize)Unsafe"
)
_YAML = re.compile(r"(js-yaml|yaml|jsyaml|YAML)\.(load|loadAll|unsafeLoad)")
_UNSAFE_SCHEMA = re.compile(r"DEFAULT_FULL_SCHEMA|js-yaml-js-types|UNSAFE|customTags")


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if not call.arguments:
            continue
        name = call.name
        if _RUNS.fullmatch(name):
            yield from _code(script, call)
        elif name in {"Reflect.construct", "Reflect.apply"} and call.arguments[0].text in {"Function", "eval"}:
            yield from script.graded(CODE_INJECTION, call.node, call.arguments[-1], "code", BY_LEVEL)
        elif name in _TIMERS:
            yield from _timer(script, call)
        elif name in {"require", "import"}:
            yield from _module(script, call)
        elif name == "RegExp":
            yield from _pattern(script, call)
        elif _TEMPLATES.fullmatch(name):
            yield from script.graded(TEMPLATE_INJECTION, call.node, call.arguments[0], "template", ONLY_REQUESTS)
        else:
            yield from _data(script, call)
    yield from _chained(script)
    yield from _script_elements(script)


def _code(script: Script, call: Call) -> Iterator[Finding]:
    if call.name.endswith("JSONPath") and of_call(script, call, "eval") is None:
        return
    code = call.arguments[-1] if call.name in {"Function", "GeneratorFunction", "AsyncFunction"} else call.arguments[0]
    if code.kind in {"arrow_function", "function_expression"}:
        return
    shape = script.shape(code)
    if call.name.endswith(".constructor.constructor"):
        yield from script.found(OBFUSCATION, call.node, until=code)
    elif labels_of(shape) & {"decoded", "downloaded"} or _decodes(code):
        yield from script.found(DECODE_AND_RUN, call.node, until=code)
    else:
        yield from script.graded(CODE_INJECTION, call.node, code, "code", BY_LEVEL)


def _decodes(code: Node) -> bool:
    """Text turned round, taken apart or unescaped on its way: not something that is done to code."""
    text = code.text[:4000]
    return bool(
        re.search(r"\.reverse\(\)\s*\.join\(|\b(unescape|atob|decodeURIComponent)\(\s*['\"`]|fromCharCode", text)
    )


def _timer(script: Script, call: Call) -> Iterator[Finding]:
    code = call.arguments[0]
    if code.kind in {"arrow_function", "function_expression"}:
        return
    shape = script.shape(code)
    text = any(isinstance(each, str) and each.strip() for each in shape)
    if labels_of(shape) & {"decoded"} and code.kind in {"call_expression"}:
        yield from script.found(DECODE_AND_RUN, call.node, until=code)
    elif (text and constant_of(shape) is None) or level_of(shape) == Level.REQUEST:
        yield from script.graded(CODE_INJECTION, call.node, code, "code", BY_LEVEL, shape)


def _module(script: Script, call: Call) -> Iterator[Finding]:
    shape = script.shape(call.arguments[0])
    if leading(shape).startswith(("data:", "blob:")):
        yield from script.graded(CODE_INJECTION, call.node, call.arguments[0], "code", BY_LEVEL)
        return
    yield from script.graded(
        DYNAMIC_REQUIRE,
        call.node,
        call.arguments[0],
        "module",
        {Level.REQUEST: Severity.HIGH, Level.HINTED: Severity.MEDIUM},
    )


def _pattern(script: Script, call: Call) -> Iterator[Finding]:
    yield from script.graded(REGEX_INJECTION, call.node, call.arguments[0], "regex", {Level.REQUEST: Severity.MEDIUM})


def _data(script: Script, call: Call) -> Iterator[Finding]:
    name = call.name
    if _SERIALIZED.fullmatch(name):
        yield from script.graded(DESERIALIZATION, call.node, call.arguments[0], "data", BY_LEVEL)
    elif _YAML.fullmatch(name):
        schema = of_call(script, call, "schema", "customTags")
        unsafe = (schema is not None and bool(_UNSAFE_SCHEMA.search(schema.text))) or name.endswith("unsafeLoad")
        graded = BY_LEVEL if unsafe else ONLY_REQUESTS if name.startswith(("js-yaml", "jsyaml")) else {}
        if not (schema is not None and re.search(r"SAFE|JSON_SCHEMA|FAILSAFE|CORE_SCHEMA", schema.text)):
            yield from script.graded(DESERIALIZATION, call.node, call.arguments[0], "data", graded)
    elif name == "v8.deserialize" or name.endswith("v8.deserialize"):
        yield from script.graded(DESERIALIZATION, call.node, call.arguments[0], "data", ONLY_REQUESTS)
    elif call.method in {"parseXml", "parseXmlString", "parseXmlAsync", "fromXml", "SaxParser"} or name.startswith(
        "libxmljs"
    ):
        entities = of_call(script, call, "noent", "replaceEntities", "resolveExternalEntities", "dtdload")
        if entities is not None and is_true(entities):
            yield from script.found(XXE, call.node)


def _script_elements(script: Script) -> Iterator[Finding]:
    """Text put into a <script> that was made here."""
    for node in script.tree.all("assignment_expression"):
        target = node.children[0]
        if target.kind != "member_expression" or target.children[-1].text not in {"text", "textContent", "innerText"}:
            continue
        binding = script.bindings.of(target.children[0]) if target.children[0].kind == "identifier" else None
        made = binding.definitions[0].value if binding is not None and binding.definitions else None
        if made is not None and re.match(r"\w+\.createElement\(\s*['\"`]script", made.text):
            yield from script.graded(CODE_INJECTION, node, node.children[-1], "code", BY_LEVEL)


def _chained(script: Script) -> Iterator[Finding]:
    """fetch(...).then(eval), and chunks of a download that are run when it has ended."""
    for call in script.of_method("then", "on"):
        if any(
            each.kind == "identifier" and each.text in {"eval", "Function"} and script.bindings.of(each) is None
            for each in call.arguments
        ):
            yield from script.found(DECODE_AND_RUN, call.node)
