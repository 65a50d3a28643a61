"""Commands that a shell reads, and those that download and run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import is_false, of_call, option
from shipui.gates.javascript.script import BY_LEVEL, ONLY_REQUESTS, Call, Script
from shipui.gates.javascript.shapes import Level, leading, level_of, skeleton
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_injection import COMMAND_INJECTION
from shipui.gates.rules.javascript_trust import DOWNLOAD_AND_RUN
from shipui.model.findings import Finding

_MODULE = r"(child_process|cp|childProcess|child|proc|require\('child_process'\)|child-process-promise|promisify-child-process|mz/child_process)"
_SHELL = re.compile(
    rf"({_MODULE}\.)?(exec|execSync|execAsync|execPromise|execP)|shelljs(\.exec)?|(.*[.~])?shell\.exec|execa\.(command|commandSync|execaCommand|execaCommandSync)|execaCommand(Sync)?|~?(execAsync|execPromise|execCommand|sh)"
)
_PROGRAM = re.compile(
    rf"({_MODULE}\.)?(spawn|spawnSync|execFile|execFileSync|fork)|cross-spawn(\.(spawn|sync))?|execa(\.(execa|sync|execaSync|node))?|node-pty\.spawn|pty\.spawn|Bun\.(spawn|spawnSync)|Deno\.(run|Command)"
)
_REMOTE = re.compile(
    r"ssh2\.Client\(\)\.exec|(.*[.~])?(ssh|sshClient|sshConnection|ssh2|nodeSsh|node-ssh\.NodeSSH\(\))(\(\))?\.(exec|execCommand)"
)
_SHELLS = re.compile(
    r"(/usr)?(/bin/)?(sh|bash|zsh|dash|ksh|ash)|(cmd|powershell|pwsh)(\.exe)?|/usr/bin/env", re.IGNORECASE
)
_DOWNLOADS = re.compile(
    r"\b(curl|wget|fetch|iwr|invoke-webrequest)\b[^|;&]{0,400}\|\s*(sudo\s+)?(ba|z|da)?sh\b|\b(curl|wget)\b[^|]{0,400}\|\s*(sudo\s+)?(node|python\d?|perl|ruby)\b"
    r"|\b(ba)?sh\s+(-c\s+)?[\"']?[<$]\(\s*(curl|wget)\b|\biex\b.{0,200}(downloadstring|iwr|invoke-webrequest)|(downloadstring|invoke-webrequest).{0,200}\biex\b"
    r"|powershell(\.exe)?\b.{0,80}\s-(e|enc|encodedcommand)\s|base64\s+(-d|--decode|-D)[^|]{0,100}\|\s*(ba)?sh\b"
    r"|\b(curl|wget)\b.{0,300}(&&|;)\s*(chmod\s+\+?[0-7x]+.{0,100}(&&|;)\s*)?(sudo\s+)?(\./|/tmp/|sh\s|bash\s|/var/tmp/)",
    re.IGNORECASE,
)
_OPENS_SHELL = re.compile(
    r"/dev/tcp/|\bnc(at)?\b.{0,60}\s-(e|c)\b|\bmkfifo\b.{0,200}\bnc\b|bash\s+-i\s*[>&]|socat\b.{0,120}exec",
    re.IGNORECASE,
)


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if not call.arguments or (call.tagged and call.method != "exec"):
            continue
        name = call.name
        if _SHELL.fullmatch(name) or _REMOTE.fullmatch(name):
            if _is_pattern(call):
                continue
            yield from _shell(script, call, call.arguments[0])
        elif _PROGRAM.fullmatch(name):
            yield from _program(script, call)
    yield from _reverse_shells(script)


def runs_commands(name: str) -> bool:
    return bool(_SHELL.fullmatch(name) or _PROGRAM.fullmatch(name))


def _is_pattern(call: Call) -> bool:
    """`exec` of a regular expression."""
    callee = call.node.children[0]
    return callee.kind == "member_expression" and callee.children[0].kind in {"regex", "string"}


def _shell(script: Script, call: Call, command: Node) -> Iterator[Finding]:
    shape = script.shape(command)
    text = skeleton(shape, " ? ")
    if _DOWNLOADS.search(text[:5000]) or _OPENS_SHELL.search(text[:5000]):
        yield from script.found(DOWNLOAD_AND_RUN, call.node, until=command)
    elif command.kind not in {"array", "object", "arrow_function"}:
        yield from script.graded(COMMAND_INJECTION, call.node, command, "command", BY_LEVEL)


def _program(script: Script, call: Call) -> Iterator[Finding]:
    listed = option(script, call.arguments[0], "cmd")
    if listed is not None and listed.kind == "array" and len(listed.children) > 2:
        if _SHELLS.fullmatch(leading(script.shape(listed.children[0]))):
            yield from _shell(script, call, listed.children[-1])
        return
    if call.arguments[0].kind == "array" and len(call.arguments[0].children) > 2:
        inner = call.arguments[0].children
        if _SHELLS.fullmatch(leading(script.shape(inner[0]))):
            yield from _shell(script, call, inner[-1])
        return
    program = call.arguments[0]
    arguments = call.arguments[1] if len(call.arguments) > 1 else None
    if call.name == "Deno.Command":
        arguments = option(script, call.arguments[-1], "args")
    shape = script.shape(program)
    shell = of_call(script, call, "shell")
    if shell is not None and not is_false(shell) and call.method != "fork":
        worst = max(
            (each for each in call.arguments[:2] if each.kind != "object"),
            key=lambda each: level_of(script.shape(each), "command"),
        )
        yield from _shell(script, call, worst)
    elif (
        arguments is not None
        and _SHELLS.fullmatch(leading(shape))
        and arguments.kind == "array"
        and len(arguments.children) > 1
    ):
        yield from _shell(script, call, arguments.children[-1])
    elif level_of(shape, "command") >= Level.HINTED:
        yield from script.graded(COMMAND_INJECTION, call.node, program, "command", ONLY_REQUESTS)


def _reverse_shells(script: Script) -> Iterator[Finding]:
    """A shell whose streams are joined to a connection."""
    connects = [
        call
        for call in script.calls
        if re.fullmatch(
            r"(net|tls)\.(connect|createConnection|Socket|Socket\(\)\.connect)|~?(socket|client)\.connect", call.name
        )
    ]
    if not connects:
        return
    for call in script.calls:
        if (
            _PROGRAM.fullmatch(call.name)
            and call.arguments
            and _SHELLS.fullmatch(leading(script.shape(call.arguments[0])))
        ):
            function = call.node.function
            near = any(each.node.function is function or _within(call.node, each.node) for each in connects)
            if near and re.search(r"\.pipe\(|stdio", (function or script.tree.root).text[:20_000]):
                yield from script.found(DOWNLOAD_AND_RUN, call.node)


def _within(node: Node, other: Node) -> bool:
    """Whether both stand in one function, however deep."""
    outer = other.function
    return outer is None or any(each is outer for each in node.ancestors())
