"""Code that hides what it does, and fixed values that let in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.names import literal_text
from shipui.gates.javascript.script import Script
from shipui.gates.javascript.shapes import Level, constant_of, labels_of, level_of, skeleton
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_trust import BYPASS, OBFUSCATION, PERSISTENCE
from shipui.model.findings import Finding, Severity

_DANGEROUS = re.compile(
    r"eval|Function|require|exec|execSync|spawn|child_process|constructor|process|fromCharCode|mainModule|binding|_load|fetch|XMLHttpRequest|import|atob|cookie|innerHTML"
)
_WRITERS = (
    "writeFile",
    "writeFileSync",
    "appendFile",
    "appendFileSync",
    "createWriteStream",
    "outputFile",
    "symlinkSync",
)
_STAYING_FILES = re.compile(
    r"\.(?:bashrc|bash_profile|zshrc|profile)$|authorized_keys|/etc/(?:cron|sudoers|passwd|rc\.local|init\.d|ld\.so\.preload)|/var/spool/cron|"
    r"systemd/(?:system|user)/|Launch(?:Agents|Daemons)|Programs[/\\]+Startup",
)
_GLOBALS = frozenset({"window", "global", "globalThis", "self", "top", "this"})
_ESCAPES = re.compile(r"(\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4})")
_HEX_NAME = re.compile(r"_0x[0-9a-f]{1,8}")
_JSFUCK = re.compile(r"(\[\]|!\[\]|\+\[\]|\(!\[\]\+\[\]\)|\[\+\[\]\]|\[\+!\+?\[\]\]){4}")
_SYMBOLS = re.compile(r"[\[\]()!+]{80,}")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{400,}={0,2}|(?:[0-9a-fA-F]{2}){300,}")
_DATA = re.compile(r"^(data:|iVBOR|/9j/|R0lGOD|AAEC|UEs|JVBER|PHN2Zy|d09GM|T1RUT|AAABAA|0x|-----)")
_SECRET_NAMES = re.compile(
    r"passw|pwd|passcode|secret|token|api_?key|apikey|master|credential|\bpin\b|x-(debug|backdoor|admin|internal|bypass|secret|god|magic)|backdoor|magic|bypass|debug_?key",
    re.IGNORECASE,
)
_KINDS = re.compile(r"(type|kind|name|status)$", re.IGNORECASE)
_VAGUE = re.compile(r"key|code|auth|access|debug|admin|k|pass|magic|sig", re.IGNORECASE)
_GRANTS = re.compile(
    r"admin|next\(\)|role|isAuth|authenticated|authorized|return true|\bgrant|\ballow|login|superuser"
    r"|root|session|privileg|sign\(|verified|bypass|exec\(|eval\(|ok: true|success: true|user\s*=",
    re.IGNORECASE,
)
_ORDINARY = re.compile(
    r"^(|string|number|undefined|null|none|true|false|password|token|secret|bearer|basic|text|hidden|api[_-]?key|apikey|refresh[_-]?token|access[_-]?token|authorization_code|client_credentials|object|function|boolean|access|refresh|id_token|jwt|\*+|[a-z]+/[a-z.+-]+|.)$",
    re.IGNORECASE,
)


def look(script: Script) -> Iterator[Finding]:
    yield from _put_together(script)
    yield from _written_in_codes(script)
    yield from _numbered_characters(script)
    yield from _machine_made(script)
    yield from _fixed_values(script)
    yield from _stays(script)


def _put_together(script: Script) -> Iterator[Finding]:
    """require('child_' + 'process'), window['ev' + 'al'], names that are decoded first."""
    for call in script.tree.all("call_expression"):
        callee, arguments = call.children[0], call.child("arguments")
        if arguments is None or callee.text not in {"require", "import"} or not arguments.children:
            continue
        first = arguments.children[0]
        shape = script.shape(first)
        pieced = first.kind != "string" and (literal_text(first) is not None and first.kind == "binary_expression")
        if (
            pieced
            or labels_of(shape) & {"decoded"}
            or re.search(r"\.reverse\(\)|fromCharCode|\\x[0-9a-f]{2}", first.text)
        ):
            yield from script.found(OBFUSCATION, call)
    for node in script.tree.all("subscript_expression"):
        if len(node.children) < 2:
            continue
        key = node.children[-1]
        text = (
            literal_text(key)
            if key.kind in {"binary_expression", "string"}
            else constant_of(script.shape(key))
            if key.kind == "call_expression"
            else None
        )
        hidden = key.kind == "binary_expression" or (key.kind == "string" and _ESCAPES.search(key.text) is not None)
        if (text is not None and hidden and _DANGEROUS.fullmatch(_plain(text))) or (
            key.kind == "call_expression"
            and labels_of(script.shape(key)) & {"decoded"}
            and level_of(script.shape(key)) <= Level.SAFE
        ):
            yield from script.found(OBFUSCATION, node)
        elif key.kind == "identifier" and node.children[0].text in _GLOBALS:
            shape = script.shape(key)
            if labels_of(shape) & {"decoded"} and level_of(shape) <= Level.SAFE:
                yield from script.found(OBFUSCATION, node)


def _written_in_codes(script: Script) -> Iterator[Finding]:
    """Text of which most is written as \\x41 or \\u0041, and is plain letters."""
    for node in script.tree.all("string", "template_string"):
        text = node.text
        if "\\" in text:
            codes = _ESCAPES.findall(text)
            letters = [code for code in codes if 0x20 <= int(code[2:], 16) < 0x7F]
            if len(letters) >= 8 and sum(map(len, codes)) * 2 > len(text):
                yield from script.found(OBFUSCATION, node)
        elif len(text) > 400 and _ENCODED.search(text) and not _DATA.match(text[1:]) and _is_decoded(node):
            yield from script.found(OBFUSCATION, node, Severity.MEDIUM)


def _is_decoded(node: Node) -> bool:
    parent = node.parent
    call = parent.parent if parent is not None and parent.kind == "arguments" else None
    return call is not None and bool(re.match(r"atob|Buffer\.from|\w*[dD]ecode\w*|unescape|inflate", call.text))


def _numbered_characters(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if (
            call.name.endswith("String.fromCharCode")
            and len([each for each in call.arguments if each.kind == "number"]) >= 6
        ):
            yield from script.found(OBFUSCATION, call.node)
        elif call.method == "map" and "fromCharCode" in call.node.text[-300:] and call.node.children[0].children[:1]:
            numbers = call.node.children[0].children[0]
            if (
                numbers.kind == "array"
                and len(numbers.children) >= 8
                and all(each.kind == "number" for each in numbers.children)
            ):
                yield from script.found(OBFUSCATION, call.node)


def _machine_made(script: Script) -> Iterator[Finding]:
    """What obfuscators leave: names like _0x3f2a, programs of brackets alone."""
    names: dict[str, Node] = {}
    for node in script.tree.all("identifier", "shorthand_property_identifier_pattern"):
        if node.text.startswith("_0x") and _HEX_NAME.fullmatch(node.text):
            names.setdefault(node.text, node)
    if len(names) >= 3:
        touched = [node for node in names.values() if script.file.touches(node.first, node.last)]
        if touched:
            yield from script.found(OBFUSCATION, min(touched, key=lambda each: each.start))
    for line, text in script.file.added.items():
        if (
            len(text) > 80
            and (_JSFUCK.search(text[:100_000]) or _SYMBOLS.search(text[:100_000]))
            and script.tree.root.first <= line <= script.tree.root.last + 1
        ):
            yield OBFUSCATION.finding(script.file.path, line, statement=text[:400])


def _fixed_values(script: Script) -> Iterator[Finding]:
    """if (password === 'letmein') { … let in … }"""
    for node in script.tree.all("binary_expression"):
        left, right = node.children[0], node.children[-1]
        if node.between(left, right) not in {"===", "=="}:
            continue
        value, text = _compared(script, left, right)
        if text is None or value.kind not in {
            "identifier",
            "member_expression",
            "subscript_expression",
            "call_expression",
        }:
            continue
        fixed = text.text[1:-1]
        name = value.children[-1].text if value.kind != "call_expression" and value.children else value.text
        vague = _VAGUE.fullmatch(name) and re.search(r"\d", fixed) and level_of(script.shape(value)) == Level.REQUEST
        if not (_SECRET_NAMES.search(name) or vague) or _ORDINARY.match(fixed) or _KINDS.search(name):
            continue
        if _grants(node):
            yield from script.found(BYPASS, node)


def _stays(script: Script) -> Iterator[Finding]:
    """fs.appendFile(home + "/.bashrc", …)."""
    for call in script.of_method(*_WRITERS):
        if call.arguments and _STAYING_FILES.search(skeleton(script.shape(call.arguments[0]))):
            yield from script.found(PERSISTENCE, call.node, until=call.arguments[0])


def _compared(script: Script, left: Node, right: Node) -> tuple[Node, Node | None]:
    """What is compared, and the fixed text that it is compared with; None if neither side is one."""
    for value, text in ((left, right), (right, left)):
        if text.kind == "string":
            return value, text
        if text.kind == "identifier" and (fixed := _literal_of(script, text)) is not None:
            return value, fixed
    return left, None


def _literal_of(script: Script, name: Node) -> Node | None:
    """The text that a constant of a telling name stands for."""
    binding = script.bindings.of(name)
    if (
        binding is None
        or len(binding.definitions) != 1
        or not re.search(r"passw|pwd|secret|backdoor|master", name.text, re.IGNORECASE)
    ):
        return None
    value = binding.definitions[0].value
    return value if value is not None and value.kind == "string" else None


def _grants(condition: Node) -> bool:
    """Whether what follows from the comparison lets in."""
    for each in condition.ancestors():
        if each.kind == "if_statement":
            return bool(_GRANTS.search(each.children[1].text[:1000])) and each.children[1].start > condition.end
        if each.kind in {"return_statement", "arrow_function", "variable_declarator", "ternary_expression"}:
            return True
        if each.kind in {"statement_block", "program"}:
            return False
    return False


def _plain(text: str) -> str:
    return _ESCAPES.sub(lambda match: chr(int(match.group(0)[2:], 16)), text)
