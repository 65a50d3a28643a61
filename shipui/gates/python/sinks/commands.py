"""Programs that are started, and shells that read a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, grade, whence
from shipui.gates.python.values import HOLE, Origin, Value

_SHELLS = re.compile(r"(?:.*[/\\])?(?:sh|bash|zsh|dash|ksh|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh)")
_COMMAND_FLAGS = frozenset({"-c", "/c", "/C", "-Command", "-command", "-lc", "-ic", "/k"})


def _hit(value: Value) -> Hit:
    value = value.seen_in("shell")
    return Hit("python-command-injection", grade(value), (0, 0), whence(value), value.lines)


def _shell_line(call: Call) -> Iterator[Hit]:
    """A function that always goes through a shell."""
    value = call.argument(0, "cmd", "command", "args")
    if value is not None and _harmful(value):
        yield _hit(value)


def _harmful(value: Value) -> bool:
    return value.harmful_in("shell") and value.text != ""


def _subprocess(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "args", "cmd")
    if value is None:
        return
    shell = call.keywords.get("shell")
    if shell is not None and (shell.dynamic or shell.fixed_text not in ("False", "None", "0")):
        if _harmful(value) and not (shell.dynamic and value.origin < Origin.OUTSIDE):
            yield _hit(value)
        return
    yield from _program(value)


def _program(value: Value) -> Iterator[Hit]:
    items = value.items
    if items:
        if _is_shell_call(items):
            for item in items[2:]:
                if _harmful(item):
                    yield _hit(item)
                    return
        elif items[0].origin is Origin.REQUEST and _harmful(items[0]):
            yield _hit(items[0])
    elif value.origin is Origin.REQUEST and _harmful(value):
        yield _hit(value)


def _is_shell_call(items: tuple[Value, ...]) -> bool:
    return (
        len(items) > 2
        and items[0].fixed_text is not None
        and _SHELLS.fullmatch(items[0].fixed_text) is not None
        and any(item.fixed_text in _COMMAND_FLAGS for item in items[1:-1])
    )


def _separate(call: Call) -> Iterator[Hit]:
    """os.execl("/bin/sh", "sh", "-c", x), asyncio.create_subprocess_exec("sh", "-c", x): arguments one by one."""
    arguments = call.arguments
    first = 1 if call.method.startswith("spawn") else 0
    given: tuple[Value, ...] = ()
    for value in arguments[first:]:
        given += value.items if value.items is not None else (value,)
    if (
        given
        and given[0].fixed_text
        and _SHELLS.fullmatch(given[0].fixed_text)
        and any(item.fixed_text in _COMMAND_FLAGS for item in given)
    ):
        for item in given[1:]:
            if _harmful(item):
                yield _hit(item)
                return
    elif given and given[0].origin >= Origin.OUTSIDE and _harmful(given[0]):
        yield _hit(given[0])


def _remote(call: Call) -> Iterator[Hit]:
    """A line that another machine's shell reads."""
    value = call.argument(0, "command", "cmd")
    if value is None or not _harmful(value):
        return
    known = "paramiko" in call.name or call.module.uses("paramiko")
    if value.built or value.origin >= Origin.OUTSIDE or (known and value.text == HOLE):
        yield _hit(value)


def _run_line(call: Call) -> Iterator[Hit]:
    """Fabric's and Invoke's c.run("…")."""
    known = (
        any(call.module.uses(each) for each in ("fabric", "fabric2", "invoke")) or call.constant(-1, "shell") is True
    )
    if not known or call.name.startswith("subprocess."):
        return
    value = call.argument(0, "command")
    if value is not None and _harmful(value) and (value.built or value.origin >= Origin.OUTSIDE):
        yield _hit(value)


def _task(call: Call) -> Iterator[Hit]:
    """Airflow's BashOperator(bash_command=…)."""
    value = call.keywords.get("bash_command")
    if value is not None and _harmful(value) and (value.built or value.origin >= Origin.OUTSIDE):
        yield _hit(value)


def _shlex(call: Call) -> Iterator[Hit]:
    """pexpect and pty: one line or a program."""
    value = call.argument(0, "command", "argv")
    if (
        value is not None
        and _harmful(value)
        and (value.built or value.origin >= Origin.OUTSIDE)
        and value.items is None
    ):
        yield _hit(value)


def _shell_line_after_factory(call: Call) -> Iterator[Hit]:
    value = call.argument(1, "cmd")
    if value is not None and _harmful(value):
        yield _hit(value)


CALLS = {
    **dict.fromkeys(
        [
            "os.system",
            "os.popen",
            "os.popen2",
            "os.popen3",
            "os.popen4",
            "posix.system",
            "nt.system",
            "commands.getoutput",
            "commands.getstatusoutput",
            "commands.getstatus",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "asyncio.create_subprocess_shell",
            "asyncio.subprocess.create_subprocess_shell",
            "popen2.popen2",
            "popen2.popen3",
            "popen2.popen4",
            "popen2.Popen3",
            "anyio.run_process",
            "trio.run_process",
        ],
        _shell_line,
    ),
    **dict.fromkeys(
        [
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "eventlet.green.subprocess.Popen",
            "gevent.subprocess.Popen",
            "gevent.subprocess.call",
            "gevent.subprocess.check_output",
            "psutil.Popen",
        ],
        _subprocess,
    ),
    **dict.fromkeys(
        [
            "os.execl",
            "os.execle",
            "os.execlp",
            "os.execlpe",
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.execvpe",
            "os.spawnl",
            "os.spawnle",
            "os.spawnlp",
            "os.spawnlpe",
            "os.spawnv",
            "os.spawnve",
            "os.spawnvp",
            "os.spawnvpe",
            "os.posix_spawn",
            "os.posix_spawnp",
            "asyncio.create_subprocess_exec",
            "os.startfile",
        ],
        _separate,
    ),
    **dict.fromkeys(
        [
            "pexpect.run",
            "pexpect.spawn",
            "pexpect.runu",
            "pexpect.popen_spawn.PopenSpawn",
            "pty.spawn",
            "fabric.api.run",
            "fabric.api.sudo",
            "fabric.api.local",
            "invoke.run",
            "delegator.run",
            "plumbum.local",
            "envoy.run",
        ],
        _shlex,
    ),
}
METHODS = {
    "BashOperator": _task,
    "exec_command": _remote,
    "exec_run": _remote,
    "invoke_shell_command": _remote,
    "subprocess_shell": _shell_line_after_factory,
    "run": _run_line,
    "sudo": _run_line,
    "local": _run_line,
}
