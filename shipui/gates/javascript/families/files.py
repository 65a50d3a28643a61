"""Files that are chosen from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import of_call
from shipui.gates.javascript.script import ONLY_REQUESTS, Call, Script
from shipui.gates.rules.javascript_web import PATH_TRAVERSAL
from shipui.model.findings import Finding

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


def _paths(script: Script, call: Call, count: int) -> Iterator[Finding]:
    for argument in call.arguments[:count]:
        found = list(script.graded(PATH_TRAVERSAL, call.node, argument, "path", ONLY_REQUESTS))
        if found:
            yield from found
            return
