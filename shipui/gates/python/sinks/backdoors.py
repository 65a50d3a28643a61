"""Ways in and ways to stay that somebody left: remote shells, downloads that are run, hidden passwords, hooks of the installation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, ModuleFacts
from shipui.gates.python.values import Origin, Trait, Value
from shipui.gates.scripts.command_lines import DECODE_AND_RUN, FETCH_AND_RUN, REMOTE_SHELL, SENDS_SECRETS
from shipui.model.findings import Severity

_STARTS = re.compile(
    r"os\.(?:system|popen|startfile|exec\w+|spawn\w+)|subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)"
    r"|asyncio\.create_subprocess_\w+|pty\.spawn|commands\.\w+|runpy\.run_path"
)
_STAYS = re.compile(
    r"\bcrontab\s+(?!-l|-V|-h)|\|\s*crontab\b|/etc/cron|schtasks\b|\breg\s+add\b[^\n]{0,200}\\Run|CurrentVersion\\\\?Run|systemctl\s+enable|\buseradd\b|\badduser\b|net\s+user\s+\S+\s+\S+\s+/add|"
    r"chmod\s+(?:u\+s|[246]7\d\d)|authorized_keys|/etc/sudoers|NOPASSWD|ld\.so\.preload|history\s+-c|setenforce\s+0|iptables\s+-F",
    re.IGNORECASE,
)
_STAYING_FILES = re.compile(
    r"\.bashrc|\.bash_profile|(?:^|[/\\])\.profile|\.zshrc|authorized_keys|/etc/cron|/var/spool/cron|/etc/rc\.local|/etc/init\.d/|"
    r"systemd/(?:system|user)/|"
    r"LaunchAgents|"
    r"LaunchDaemons|Start Menu[/\\]Programs[/\\]Startup|/etc/sudoers|/etc/passwd|/etc/ld\.so\.preload|sitecustomize\.py|usercustomize\.py|"
    r"site-packages[^\n]*\.pth",
    re.IGNORECASE,
)
_PASSWORD_NAME = re.compile(
    r"(?:^|[_.\[\"'?])(?:password|passwd|pwd|pw|passphrase|passcode|pass_?word|master_?(?:key|password)|admin_?(?:password|key|token|pass)|secret_?key|"
    r"api_?key|access_?token|auth_?token|secret_?token|(?:debug|admin|support|maintenance)_?token|admin_?secret|magic\w*|backdoor\w*|x-(?:debug|admin|backdoor|secret|magic|override)[\w-]*|bypass\w*)(?:$|[_.\]\"'(])",
    re.IGNORECASE,
)
_NO_PASSWORD = re.compile(
    r"(?i)^(?:password|passwd|secret|none|null|true|false|basic|bearer|token|key|yes|no|on|off|text|string|hidden|prompt|ask|changeme|default|unset|env|file|\W*|.{0,3})$"
)
_PROGRAM_FILE = re.compile(r"\.(?:exe|dll|scr|bat|cmd|ps1|vbs|sh|elf|msi|jar|so|dylib|pyc?)$", re.IGNORECASE)
_BARE_SHELL = re.compile(
    r"(?:/\w+/(?:\w+/)?)?(?:ba|z|da|k)?sh(?:\s+-i)?(?:\s+(?:ba|z|da)?sh)?(?:\s+-i)?|cmd(?:\.exe)?(?:\s+/[qQkK])?|powershell(?:\.exe)?|pwsh"
)
_LIKE_A_PASSWORD = re.compile(r"(?=[^0-9]*[0-9])(?=.*[a-zA-Z]{3})(?=.*[-_!@#$%^&*])(?!v?\d)[^\s/:.]{10,40}")
_DIGEST = re.compile(r"[0-9a-fA-F]{32,128}")


def _started(call: Call) -> Iterator[Hit]:
    """A command that opens a shell to elsewhere, fetches and runs, or stays after it has ended."""
    if not _STARTS.fullmatch(call.name):
        return
    values = list(call.all_values())
    text = " ".join(_line(value) for value in values)
    if REMOTE_SHELL.search(text):
        yield Hit("python-backdoor", Severity.HIGH, (0, 0), "The command opens a shell for somebody elsewhere.")
    elif FETCH_AND_RUN.search(text):
        yield Hit("python-download-and-run", Severity.HIGH, (0, 0), "The command runs what it fetched.")
    elif DECODE_AND_RUN.search(text):
        yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "The command is encoded.")
    elif SENDS_SECRETS.search(text):
        yield Hit(
            "python-data-exfiltration",
            Severity.HIGH,
            (0, 0),
            "The command sends keys or passwords of this machine away.",
        )
    elif _STAYS.search(text) and not call.module.is_test:
        yield Hit(
            "python-backdoor", Severity.MEDIUM, (0, 0), "The command changes who gets in, or what runs after a restart."
        )
    elif any(Trait.DOWNLOADED in value.traits for value in values):
        yield Hit("python-backdoor", Severity.HIGH, (0, 0), "What came over the network is run as a command.")
    elif call.module.downloaded & _keys(values, call.function):
        yield Hit("python-download-and-run", Severity.HIGH, (0, 0), "A file is run that was just fetched.")
    elif any(value.traits & {Trait.DECODED} for value in values[:1]):
        yield Hit("python-obfuscated-code", Severity.HIGH, (0, 0), "The command is encoded.")
    yield from _attached(call)
    yield from _interactive(call)


def _line(value: Value) -> str:
    return " ".join(item.text or "" for item in value.items) if value.items else value.text or ""


def _keys(values: list[Value], function: str) -> set[str]:
    """What names a file: "=" and its path, or a variable of a function."""
    found: set[str] = set()
    for value in values:
        for item in value.items or (value,):
            found |= {f"={item.fixed_text}"} if item.fixed_text else set()
            found |= {root if root.startswith("=") else f"{function}:{root}" for root in item.roots}
    return found


def _attached(call: Call) -> Iterator[Hit]:
    """A program of which the input and output are a socket."""
    for name in ("stdin", "stdout", "stderr"):
        value = call.keywords.get(name)
        if value is None or not call.module.uses("socket") or "socketpair" in value.name:
            continue
        if "fileno()" in value.name or "socket" in value.name:
            yield Hit(
                "python-backdoor", Severity.HIGH, (0, 0), "A shell's input and output are a connection to elsewhere."
            )
            return
    if (
        call.name == "pty.spawn"
        and call.module.uses("socket")
        and _BARE_SHELL.fullmatch(_line(call.arguments[0]) if call.arguments else "")
    ):
        yield Hit("python-backdoor", Severity.HIGH, (0, 0), "A terminal is opened for a connection to elsewhere.")


def _interactive(call: Call) -> Iterator[Hit]:
    """A shell without a command, in a program that uses sockets of its own."""
    if not call.name.startswith(
        ("subprocess.", "os.exec", "os.spawn", "asyncio.create_subprocess")
    ) or not call.module.uses("socket"):
        return
    line = " ".join(_line(value) for value in call.arguments[:2]).strip()
    if _BARE_SHELL.fullmatch(line):
        yield Hit(
            "python-backdoor", Severity.HIGH, (0, 0), "A shell is started beside a connection of the program's own."
        )


def _redirected(call: Call) -> Iterator[Hit]:
    """os.dup2(sock.fileno(), 0)."""
    first = call.argument(0, "fd")
    if (
        first is not None
        and "fileno" in first.name
        and "socketpair" not in first.name
        and call.module.uses("socket")
        and re.search(r"sock|\?(?:self\.)?(?:s|conn|c|client|connection)\.", first.name)
    ):
        yield Hit(
            "python-backdoor", Severity.HIGH, (0, 0), "The program's input or output becomes a connection to elsewhere."
        )


def _remembered(call: Call) -> Iterator[Hit]:
    """Note which files hold what came over the network; a fetch is no finding by itself."""
    target: Value | None = None
    if call.name in ("urllib.request.urlretrieve", "urllib.urlretrieve"):
        target = call.argument(1, "filename")
    elif call.name == "wget.download":
        target = call.argument(1, "out")
    elif call.method in ("write", "write_bytes", "write_text") and any(
        Trait.DOWNLOADED in value.traits for value in call.arguments
    ):
        target = call.receiver
    if target is not None:
        keys = _keys([target], call.function)
        call.module.downloaded.update(keys)
        if any(_PROGRAM_FILE.search(key) for key in keys if key.startswith("=")):
            yield Hit("python-download-and-run", Severity.MEDIUM, (0, 0), "A program is fetched.")


def _written(call: Call) -> Iterator[Hit]:
    """Opening for writing a file that is run at every start."""
    mode = call.constant(1, "mode") if call.method == "open" else "w"
    value = call.argument(0, "file") if call.name == "builtins.open" else call.receiver
    if value is None or call.module.is_test or not (isinstance(mode, str) and set(mode) & set("wax+")):
        return
    if _STAYING_FILES.search(value.text or ""):
        yield Hit(
            "python-backdoor",
            Severity.HIGH,
            (0, 0),
            "A file is changed that decides who gets in, or what runs at every start.",
        )


def _stored(call: Call) -> Iterator[Hit]:
    yield from _remembered(call)
    if call.method in ("write_text", "write_bytes"):
        yield from _written(call)


def _registry(call: Call) -> Iterator[Hit]:
    if any(re.search(r"CurrentVersion\\+Run", value.text or "") for value in call.all_values()):
        yield Hit("python-backdoor", Severity.HIGH, (0, 0), "A program is entered among those that run at every start.")


def _run_as_owner(call: Call) -> Iterator[Hit]:
    """chmod u+s: whoever runs the program becomes its owner."""
    mode = call.constant(0 if "Path()" in call.name else 1, "mode")
    if isinstance(mode, int) and not isinstance(mode, bool) and mode & 0o4000 and mode <= 0o7777:
        yield Hit("python-backdoor", Severity.MEDIUM, (0, 0), "Whoever runs the file gets its owner's rights.")


def _compared(node: ast.Compare, values: list[Value], module: ModuleFacts) -> Iterator[Hit]:
    """if password == "…": a way in that no administrator can close."""
    if len(values) != 2 or not isinstance(node.ops[0], ast.Eq) or module.is_test:
        return
    for side, shown, expression in (
        (values[0], node.left, node.comparators[0]),
        (values[1], node.comparators[0], node.left),
    ):
        if not (isinstance(expression, ast.Constant) and isinstance(expression.value, str)):
            continue
        written = ast.unparse(shown)[:300]
        digest = _DIGEST.fullmatch(expression.value) is not None and "digest" in written and "hash" in written
        if digest and re.search(r"pass|pwd|secret|key|token|user", written, re.IGNORECASE):
            yield Hit("python-hidden-password", Severity.HIGH, (0, 0), "Whoever knows one fixed password is let in.")
        elif (
            _PASSWORD_NAME.search(written) and not _NO_PASSWORD.match(expression.value) and " " not in expression.value
        ) or (
            side.origin is Origin.REQUEST
            and re.search(r"backdoor|letmein|opensesame|debug_?me|god_?mode", expression.value, re.IGNORECASE)
        ):
            yield Hit("python-hidden-password", Severity.HIGH, (0, 0), "Whoever knows one fixed word is let in.")
        elif side.origin is Origin.REQUEST and _LIKE_A_PASSWORD.fullmatch(expression.value):
            yield Hit("python-hidden-password", Severity.MEDIUM, (0, 0), "A request is compared with one fixed word.")


def _digests_compared(call: Call) -> Iterator[Hit]:
    """hmac.compare_digest(password, "…")."""
    nodes = call.node.args[:2]
    if len(nodes) < 2 or len(call.arguments) < 2 or call.module.is_test:
        return
    for side, other in ((0, 1), (1, 0)):
        named = re.search(r"pass|pwd|secret|token|key", ast.unparse(nodes[other])[:200], re.IGNORECASE)
        if isinstance(nodes[side], ast.Constant) and call.arguments[side].fixed_text and named:
            yield Hit("python-hidden-password", Severity.HIGH, (0, 0), "Whoever knows one fixed word is let in.")
            return


def _memory(call: Call) -> Iterator[Hit]:
    """Machine code that is put into memory and run."""
    if re.search(
        r"\b(?:VirtualAlloc(?:Ex)?|RtlMoveMemory|CreateThread|CreateRemoteThread|WriteProcessMemory|VirtualProtect)$",
        call.name,
    ) and call.module.uses("ctypes"):
        yield Hit("python-backdoor", Severity.HIGH, (0, 0), "Machine code is written into memory and run.")


def _installation(tree: ast.Module, module: ModuleFacts) -> Iterator[Hit]:
    """setup.py that talks to the network, or starts programs when it is installed."""
    if not module.is_setup:
        return
    hooks = {"install", "develop", "egg_info", "bdist_wheel", "build_py", "sdist"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(_last(base) in hooks for base in node.bases):
            for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
                name = ast.unparse(call.func)[:80] if isinstance(call.func, ast.Attribute | ast.Name) else ""
                if re.fullmatch(
                    r"(?:os\.(?:system|popen)|subprocess\.\w+|exec|eval|requests\.\w+|urlopen|urllib\.request\.\w+|socket\.socket|\w*urlretrieve)",
                    name,
                ):
                    lines = (call.lineno, call.end_lineno or call.lineno)
                    yield Hit(
                        "python-install-hook",
                        Severity.HIGH if not name.startswith("subprocess") else Severity.MEDIUM,
                        lines,
                        "Installing the package runs this.",
                    )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = ast.unparse(node.func)[:80]
            if re.fullmatch(
                r"(?:requests\.(?:get|post|put)|urlopen|urllib2?\.(?:request\.)?(?:urlopen|urlretrieve)|socket\.(?:socket|create_connection)|httpx\.\w+)",
                name,
            ):
                yield Hit(
                    "python-install-hook",
                    Severity.HIGH,
                    (node.lineno, node.end_lineno or node.lineno),
                    "Installing the package talks to the network.",
                )


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


CALLS = {
    "os.dup2": _redirected,
    "builtins.open": _written,
    **dict.fromkeys(("os.chmod", "os.fchmod"), _run_as_owner),
    "winreg.SetValueEx": _registry,
    "winreg.OpenKey": _registry,
    "winreg.CreateKey": _registry,
    "hmac.compare_digest": _digests_compared,
    "secrets.compare_digest": _digests_compared,
}
METHODS = {
    **dict.fromkeys(("write", "write_bytes", "write_text", "urlretrieve", "download"), _stored),
    **dict.fromkeys(
        [
            "VirtualAlloc",
            "VirtualAllocEx",
            "RtlMoveMemory",
            "CreateThread",
            "CreateRemoteThread",
            "WriteProcessMemory",
            "VirtualProtect",
        ],
        _memory,
    ),
}
EVERY_CALL = (_started,)
COMPARISONS = (_compared,)
MODULES = (_installation,)
