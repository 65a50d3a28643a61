"""Files that are chosen from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import of_call
from shipui.gates.javascript.script import ONLY_REQUESTS, Call, Script
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_web import PATH_TRAVERSAL
from shipui.model.findings import Finding, Severity

_OPERATIONS = frozenset(
    {
        "readFile", "readFileSync", "createReadStream", "createWriteStream", "writeFile", "writeFileSync", "appendFile", "appendFileSync", "unlink",
        "unlinkSync", "rm", "rmSync", "rmdir", "rmdirSync", "open", "openSync", "readdir", "readdirSync", "mkdir", "mkdirSync", "copyFile",
        "copyFileSync", "rename", "renameSync", "readJson", "readJSON", "readJsonSync", "writeJson", "outputFile", "outputFileSync", "copy", "move",
        "remove", "removeSync", "stat", "statSync", "lstat", "access", "existsSync", "symlink", "symlinkSync", "link", "chmod",
        "chmodSync", "opendir",
        "cp", "cpSync", "ensureDir", "emptyDir", "truncate", "watch", "realpath", "utimes", "createFile", "pathExists",
    }
)  # fmt: skip
_TWO_PATHS = frozenset(
    {
        "rename",
        "renameSync",
        "copyFile",
        "copyFileSync",
        "copy",
        "move",
        "symlink",
        "symlinkSync",
        "link",
        "cp",
        "cpSync",
    }
)
_MODULES = re.compile(
    r"(fs|fs\.promises|fsp|fsPromises|jsonfile|mz/fs|memfs|fs-jetpack|~?fs|~?fsp|~?fsPromises|Deno|Bun)(\(\))?"
)
_BARE = frozenset({"readFileSync", "writeFileSync", "createReadStream", "unlinkSync"})
_SENDING = frozenset({"sendFile", "sendfile", "download", "file", "streamFile"})
_RESPONSES = re.compile(r"~?_?(res|response|reply|resp|rep|h|c|ctx)(\.\w+\(\))*", re.IGNORECASE)
_OTHERS = re.compile(
    r"(koa-send|send|serve-static|express\.static|@fastify/static|koa-static|mv|rimraf|del|tar\.(extract|x)|adm-zip|archiver\(\)\.(file|directory)|Bun\.(file|write)|Deno\.(readTextFile|readFile|writeTextFile|writeFile|remove|open))"
)

_ARCHIVES = re.compile(
    r"unzip|yauzl|adm-zip|jszip|\btar\b|tar-stream|tar-fs|node-stream-zip|decompress|yazl|zip", re.IGNORECASE
)
_MEMBER = re.compile(
    r"\b\w*(?:entry|header|member|zipObj\w*)\.(?:path|name|fileName|entryName|relativePath)\b|\be\.(?:path|entryName|fileName)\b|\brelativePath\b"
)
_MEMBER_NAME = re.compile(
    r"\b(?:const|let|var)\s+(\w+)\s*=\s*[^;\n]{0,80}\b(?:entry|header|member)\.(?:path|name|fileName|entryName)\b"
)
_KEPT_INSIDE = re.compile(r"startsWith\(|\.basename\(|relative\(|\.includes\(\s*['\"]\.\.|indexOf\(")
_ARCHIVE = "The archive chooses where its members are written."


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if not call.arguments or call.tagged:
            continue
        if (
            (call.method in _OPERATIONS and _MODULES.fullmatch(call.owner))
            or call.name in _BARE
            or call.name.startswith("fs.promises.")
        ):
            yield from _paths(script, call, 2 if call.method in _TWO_PATHS else 1)
        elif call.method in _SENDING and _RESPONSES.fullmatch(call.owner):
            if of_call(script, call, "root") is None or call.method == "download":
                yield from _paths(script, call, 1)
        elif _OTHERS.fullmatch(call.name):
            index = 1 if call.name == "koa-send" or (call.name == "send" and len(call.arguments) > 1) else 0
            if call.name not in {"koa-send", "send"} or of_call(script, call, "root") is None:
                yield from script.graded(PATH_TRAVERSAL, call.node, call.arguments[index], "path", ONLY_REQUESTS)


def _is_member(script: Script, argument: Node) -> bool:
    """A path made of the name that an archive gives its member, with nothing around that keeps it in its folder."""
    if not script.imports(_ARCHIVES):
        return False
    scope = argument.function or script.tree.root
    named = {each.group(1) for each in _MEMBER_NAME.finditer(scope.text[:5000])}
    written = argument.text[:400]
    used = _MEMBER.search(written) is not None or any(re.search(rf"\b{re.escape(each)}\b", written) for each in named)
    return used and not _KEPT_INSIDE.search(scope.text[:5000])


def _paths(script: Script, call: Call, count: int) -> Iterator[Finding]:
    for argument in call.arguments[:count]:
        if _is_member(script, argument):
            yield from script.found(PATH_TRAVERSAL, call.node, Severity.MEDIUM, _ARCHIVE, until=argument)
            return
        found = list(script.graded(PATH_TRAVERSAL, call.node, argument, "path", ONLY_REQUESTS))
        if found:
            yield from found
            return
