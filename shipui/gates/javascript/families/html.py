"""Text that becomes part of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import key_of, option
from shipui.gates.javascript.script import BY_LEVEL, ONLY_REQUESTS, Call, Script
from shipui.gates.javascript.shapes import Level, Shape, labels_of, leading, level_of, skeleton
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_web import XSS
from shipui.model.findings import Finding

_PROPERTIES = frozenset({"innerHTML", "outerHTML", "srcdoc"})
_WRITES = re.compile(r"document\.(write|writeln)|(.*\.)?(contentDocument|contentWindow\.document)\.(write|writeln)")
_ANGULAR = re.compile(r"(.*\.)?bypassSecurityTrust(Html|Script|Style|Url|ResourceUrl)")
_JQUERY = re.compile(r"(\$|jQuery|jquery|cash-dom|zepto)(\(\))?(\..*)?|(.*[.~])?\$\w+(\(\))?(\..*)?|\$\(\).*")
_JQUERY_HTML = frozenset(
    {
        "html",
        "append",
        "prepend",
        "after",
        "before",
        "replaceWith",
        "wrap",
        "wrapAll",
        "wrapInner",
        "insertAfter",
        "insertBefore",
        "appendTo",
        "prependTo",
        "parseHTML",
        "globalEval",
    }
)
_RESPONSES = re.compile(r"~?_?(res|response|reply|resp|rep|h|toolkit)(\.\w+\(\))*", re.IGNORECASE)
_ANSWERS = frozenset({"Response", "NextResponse", "next/server.NextResponse"})
_HTML = re.compile(r"<\s*/?\s*(!doctype|[a-z][a-z0-9-]*)[\s>/\0]|<[a-z]+$", re.IGNORECASE)
_HANDLERS = re.compile(r"on[a-z]+|srcdoc|formaction", re.IGNORECASE)
_SCRIPT_ADDRESS = re.compile(r"href|src|action|formAction|xlinkHref|to", re.IGNORECASE)


def look(script: Script) -> Iterator[Finding]:
    yield from _assigned(script)
    yield from _attributes(script)
    for call in script.calls:
        if call.arguments and not call.tagged:
            yield from _call(script, call)
    for pair in script.tree.all("pair"):
        if key_of(pair) in {"innerHTML", "v-html", "domProps"} and pair.children[-1].kind not in {
            "object",
            "arrow_function",
            "true",
            "false",
        }:
            yield from _html(script, pair, pair.children[-1])


def _html(script: Script, node: Node, value: Node) -> Iterator[Finding]:
    shape = script.shape(value)
    # JSON that the page itself is made of, in a <script> of data.
    if re.match(r"JSON\.stringify\(", value.text) and level_of(shape, "html") < Level.REQUEST:
        return
    yield from script.graded(XSS, node, value, "html", BY_LEVEL, shape)


def _assigned(script: Script) -> Iterator[Finding]:
    for node in script.tree.all("assignment_expression", "augmented_assignment_expression"):
        target, value = node.children[0], node.children[-1]
        if target.kind != "member_expression":
            continue
        name = target.children[-1].text
        if name in _PROPERTIES:
            yield from _html(script, node, value)
        elif name == "body" and re.fullmatch(
            r"~?(ctx|context|this)", script.names.of(target.children[0]) or target.children[0].text
        ):
            yield from _page(script, node, value)
        elif (
            name in {"src", "href", "action", "data"}
            and target.children[0].kind == "identifier"
            and target.children[0].text != "location"
        ):
            shape = script.shape(value)
            if not leading(shape) and level_of(shape, "html") == Level.REQUEST and "address-bar" in labels_of(shape):
                yield from script.graded(XSS, node, value, "html", ONLY_REQUESTS)
        elif re.fullmatch(r"on[a-z]+", name) and value.kind in {"string", "template_string", "binary_expression"}:
            yield from _html(script, node, value)


def _attributes(script: Script) -> Iterator[Finding]:
    for node in script.tree.all("jsx_attribute"):
        if len(node.children) < 2:
            continue
        name, value = node.children[0].text, node.children[-1]
        if value.kind == "jsx_expression" and value.children:
            value = value.children[0]
        if name == "dangerouslySetInnerHTML":
            html = option(script, value, "__html")
            yield from _html(script, node, html if html is not None else value)
        elif name in {"srcDoc", "innerHTML", "v-html"}:
            yield from _html(script, node, value)
        elif _SCRIPT_ADDRESS.fullmatch(name) and value.kind not in {"string", "jsx_expression"}:
            shape = script.shape(value)
            if not leading(shape):
                yield from script.graded(XSS, node, value, "html", ONLY_REQUESTS)
    for pair in script.tree.all("pair"):
        if key_of(pair) == "dangerouslySetInnerHTML" and pair.parent is not None:
            html = option(script, pair.children[-1], "__html")
            if html is not None:
                yield from _html(script, pair, html)


def _call(script: Script, call: Call) -> Iterator[Finding]:
    method, name, first = call.method, call.name, call.arguments[0]
    if _WRITES.fullmatch(name) or _ANGULAR.fullmatch(name):
        yield from _html(script, call.node, first)
    elif name in {"Vue", "vue", "vue.createApp", "Vue.createApp", "Vue.component", "vue.component"}:
        yield from _template(script, call)
    elif method == "insertAdjacentHTML" and len(call.arguments) > 1:
        yield from _html(script, call.node, call.arguments[1])
    elif method in {"createContextualFragment", "setHTMLUnsafe", "parseHTMLUnsafe"} or (
        method == "SafeString" and "andlebars" in name
    ):
        yield from _html(script, call.node, first)
    elif method in _JQUERY_HTML and _JQUERY.fullmatch(call.owner):
        yield from _jquery(script, call, first)
    elif name in {"$", "jQuery", "jquery"}:
        shape = script.shape(first)
        if _HTML.match(skeleton(shape)) or "address-bar" in labels_of(shape):
            yield from script.graded(XSS, call.node, first, "html", BY_LEVEL, shape)
    elif method == "setAttribute" and len(call.arguments) > 1 and _HANDLERS.fullmatch(first.text.strip("'\"`")):
        yield from _html(script, call.node, call.arguments[1])
    elif method in {"send", "end", "write", "response"} and _RESPONSES.fullmatch(call.owner):
        yield from _page(script, call.node, first)
    elif name in _ANSWERS and "html" in call.node.text[-400:]:
        yield from script.graded(XSS, call.node, first, "html", BY_LEVEL)
    elif method == "html" and (call.owner.lstrip("~") in {"c", "ctx"} or _RESPONSES.fullmatch(call.owner)):
        yield from script.graded(XSS, call.node, first, "html", BY_LEVEL)


def _template(script: Script, call: Call) -> Iterator[Finding]:
    """new Vue({ template: "<p>" + text + "</p>" }): text in a template is code."""
    value = option(script, call.arguments[-1], "template")
    if value is not None and value.kind != "string":
        yield from script.graded(XSS, call.node, value, "html", BY_LEVEL)


def _jquery(script: Script, call: Call, value: Node) -> Iterator[Finding]:
    """.html(x) reads x as HTML; .append(x) may be given an element, so text must look like HTML there, or come from outside."""
    shape = script.shape(value)
    if call.method == "html" or _HTML.search(skeleton(shape)) or level_of(shape, "html") >= Level.HINTED:
        yield from script.graded(XSS, call.node, value, "html", BY_LEVEL, shape)


def _page(script: Script, node: Node, value: Node) -> Iterator[Finding]:
    """What a server answers: HTML, or the text of a request as it came, which a browser reads as HTML."""
    if value.kind in {"object", "array"} or _is_plain(script, node):
        return
    shape = script.shape(value)
    text = skeleton(shape)
    if _HTML.search(text):
        yield from script.graded(XSS, node, value, "html", BY_LEVEL, shape)
    elif _is_fastify(node) and "html" not in node.text:
        return  # sends text as text/plain
    elif (
        level_of(shape, "html") == Level.REQUEST
        and not _is_whole_object(shape)
        and not text.lstrip().startswith(("{", "["))
    ):
        yield from script.graded(XSS, node, value, "html", ONLY_REQUESTS, shape)


def _is_plain(script: Script, node: Node) -> bool:
    """Whether the answer is said to be something else than HTML."""
    function = node.function
    text = (function or script.tree.root).text[:5000]
    return bool(
        re.search(
            r"(text/plain|application/json|text/csv|octet-stream|application/xml|image/|\.type\(['\"](text['\"]|json|txt|csv)|attachment\()",
            text,
        )
    )


def _is_fastify(node: Node) -> bool:
    return bool(re.match(r"_?(reply|rep)\b", node.text))


def _is_whole_object(shape: Shape) -> bool:
    """A whole body, which is answered as JSON."""
    return len(shape) == 1 and "whole" in labels_of(shape)
