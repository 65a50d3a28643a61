"""Secrets of the machine that are read and sent away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit
from shipui.gates.python.sinks.addresses import host_of, is_local, is_suspicious
from shipui.gates.python.sinks.network import address_of
from shipui.gates.python.sources import reads_credentials
from shipui.gates.python.values import HOLE, NOTHING, SAFE, Trait, Value
from shipui.model.findings import Severity

_RULE = "python-data-exfiltration"
_STORES = re.compile(
    r"Login Data|cookies\.sqlite|logins\.json|key4\.db|wallet\.dat|Local Storage[/\\]leveldb|Local State|/etc/shadow|\.electrum|"
    r"\.(?:bitcoin|ethereum)|exodus\.wallet|Web Data",
    re.IGNORECASE,
)
_ENVELOPE = frozenset({"headers", "auth", "cert", "cookies", "timeout", "verify", "proxies", "context", "params_"})
_SENDERS = re.compile(
    r"(?:socket\.(?:socket|create_connection)\(\)|ssl\.\w+\(\)(?:\.\w+\(\))?|\?(?:self\.)?_?(?:s|sock|socket|conn|client|connection|ws|websocket|c))\.(?:send|sendall|sendto|sendmsg)"
    r"|(?:smtplib\.SMTP(?:_SSL)?\(\)|\?(?:server|smtp|s|mail))\.(?:sendmail|send_message)|(?:ftplib\.FTP(?:_TLS)?\(\)|\?ftp)\.stor(?:binary|lines)"
    r"|(?:paramiko\.SSHClient\(\)\.open_sftp\(\)|paramiko\.SFTPClient\.from_transport\(\)|\?sftp)\.put\w*|(?:telegram\.Bot\(\)|\?(?:self\.)?bot)\.send_?\w+|http\.client\.HTTPS?Connection\(\)\.request|(?:boto3\.client\(\)|\?s3)\.(?:put_object|upload_\w+)"
)
_PREPARED = frozenset({"urllib.request.Request", "urllib2.Request"})
"""Requests that are made first and sent by another call."""
_COMMANDS = re.compile(r"os\.(?:system|popen)|subprocess\.\w+")
_CARRIES = re.compile(r"\b(?:curl|wget|nc|ncat|scp|ftp|rsync|Invoke-WebRequest|iwr|nslookup|dig)\b")
_FIXED_LOOT = re.compile(
    r"(?:\.ssh/|\.aws/|/etc/(?:passwd|shadow)|\.env\b|\benv\b|printenv|\$AWS_|\$\(|id_rsa|\.npmrc|\.netrc)"
)


def _sent(call: Call) -> Iterator[Hit]:
    address = call.argument(0, "url") if call.name in _PREPARED else address_of(call)
    sender = address is None and _SENDERS.fullmatch(call.name) is not None
    if address is None and not sender:
        return
    url = (address.text if address is not None else "") or ""
    if url and is_local(host_of(url)) and host_of(url) and HOLE not in host_of(url) and SAFE not in host_of(url):
        return
    yield from _judged(call, url, sender)


def _judged(call: Call, url: str, sender: bool) -> Iterator[Hit]:
    content = [value for name, value in _parts(call) if name not in _ENVELOPE]
    traits = frozenset().union(*(value.traits for value in content))
    if sender and any(reads_credentials(value.fixed_text) for value in call.arguments[:1]) and not _from_memory(call):
        traits |= {Trait.CREDENTIAL}
    everywhere = traits | frozenset().union(*(value.traits for value in call.all_values()))
    if Trait.ENVIRONMENT in everywhere:
        yield Hit(_RULE, Severity.HIGH, (0, 0), "All variables of the environment, passwords too, are sent away.")
    elif (
        Trait.CREDENTIAL in traits
        and (Trait.VARIABLE not in traits or sender or is_suspicious(url) or _in_plain_sight(call))
    ) or (Trait.CREDENTIAL in everywhere and is_suspicious(url)):
        yield Hit(_RULE, Severity.HIGH, (0, 0), "Keys or passwords of this machine are sent away.")
    elif Trait.VARIABLE in traits and is_suspicious(url) and _sends_variable(content):
        yield Hit(
            _RULE, Severity.HIGH, (0, 0), "A variable of the environment is sent to a place where stolen data is kept."
        )
    elif Trait.HOST in traits and (sender or is_suspicious(url) or _ends_elsewhere(url)):
        yield Hit(_RULE, Severity.MEDIUM, (0, 0), "Who and where this machine is, is told to another.")


def _from_memory(call: Call) -> bool:
    """A socket sends the text itself; whoever uploads is given the path."""
    return call.method.startswith("send") and "sendmail" not in call.method


def _sends_variable(content: list[Value]) -> bool:
    """A hook's own address may well hold a variable; its content should not."""
    return any(Trait.VARIABLE in value.traits for value in content[1:])


def _parts(call: Call) -> Iterator[tuple[str, Value]]:
    for value in call.arguments:
        yield "", value
    yield from call.keywords.items()


def _in_plain_sight(call: Call) -> bool:
    """In the address itself, or in a body: not in a header that says who is asking."""
    return any(
        Trait.CREDENTIAL in value.traits
        for name, value in _parts(call)
        if name in ("", "data", "json", "params", "files", "body", "content")
    )


def _ends_elsewhere(url: str) -> bool:
    host = host_of(url)
    return bool(host) and HOLE not in host and not is_local(host)


def _command(call: Call) -> Iterator[Hit]:
    """curl -d "$(env)" …, by way of a shell."""
    if not _COMMANDS.fullmatch(call.name):
        return
    value = call.argument(0, "args", "cmd", "command") or NOTHING
    text = value.text or ""
    if value.items:
        text = " ".join(item.text or "" for item in value.items)
    if not _CARRIES.search(text):
        return
    if value.traits & {Trait.ENVIRONMENT, Trait.CREDENTIAL} or (
        _FIXED_LOOT.search(text) and re.search(r"https?://|\bnc\b|@\w|ftp://", text)
    ):
        yield Hit(_RULE, Severity.HIGH, (0, 0), "A command sends keys, passwords or variables of this machine away.")


def _stores(call: Call) -> Iterator[Hit]:
    """Reading what a browser or a wallet keeps is no business of a shipped program."""
    if not call.arguments or call.name not in (
        "builtins.open",
        "sqlite3.connect",
        "shutil.copy",
        "shutil.copy2",
        "shutil.copyfile",
        "os.path.join",
        "pathlib.Path",
    ):
        return
    value = call.arguments[0]
    text = value.text or ""
    if call.name in ("os.path.join", "pathlib.Path"):
        text = " ".join(each.text or "" for each in call.arguments)
    if _STORES.search(text) and not call.module.is_test:
        yield Hit(_RULE, Severity.MEDIUM, (0, 0), "What a browser, a wallet or the system keeps secret is read.")


def _watcher(_: Call) -> Iterator[Hit]:
    yield Hit(_RULE, Severity.MEDIUM, (0, 0), "Keys that somebody presses are watched.")


CALLS = {
    **dict.fromkeys(
        ("pynput.keyboard.Listener", "keyboard.on_press", "keyboard.hook", "keyboard.on_release"), _watcher
    ),
}
EVERY_CALL = (_sent, _command, _stores)
