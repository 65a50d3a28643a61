"""Where in a text a secret stands. Nothing here keeps one longer than it takes to say so."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shipui.gates.secrets import placeholders
from shipui.gates.secrets.shapes import SHAPES, Shape

LONGEST_VALUE = 400


@dataclass(frozen=True, slots=True)
class Spot:
    """`start` and `end` are offsets in the text; `rule` is the ID; `surely`: by shape, not by the name of a variable."""

    rule: str
    start: int
    end: int
    surely: bool
    test_only: bool = False


PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|SSH2 ENCRYPTED) )?PRIVATE KEY(?: BLOCK)?-----"
    r"|-----BEGIN PGP PRIVATE KEY BLOCK-----|PuTTY-User-Key-File-[23]:"
)
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40}")
_JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,4000})\.(eyJ[A-Za-z0-9_-]{4,8000})\.([A-Za-z0-9_-]{20,1000})(?![A-Za-z0-9_-])"
)
_URL = re.compile(
    r"(?i)\b(?P<scheme>[a-z][a-z0-9+.-]{1,29})://(?P<user>[^\s:/@\"'<>`$?#]{0,100}):(?P<secret>[^\s/\"'<>`]{3,200}?)@(?P<host>[^\s/\"'<>`:@,)]{1,200})"
)
_PARAMETER = re.compile(
    r"(?i)(?:\b(?:password|pwd|accountkey|sharedaccesskey)\s?=\s?)(?P<secret>[^\s;&\"'<>{}$]{4,200})(?=[;&\"'])"
)
_NAME = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|apikey|access[_-]?key|auth[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|master[_-]?key|"
    r"account[_-]?key|token|credential|bearer|client[_-]?secret)"
)
_ASSIGNED = re.compile(
    r"""[\w\])-]{0,40}["'`]?\]?\s{0,8}(?::\s?(?:str|string|String)\s?)?(?P<operator>=>|:=|==?=?|!==?|:|,(?=\s*["'`])|\((?=["'`])|\s(?=["'`]))\s{0,8}[rbu@]?(?P<quote>["'`]?)"""
)
_UNQUOTED = re.compile(r"[^\s\"'`,;#(){}\[\]<>]{6,200}")
_BEARER = re.compile(
    r"(?i)(?:authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"'`]?(?:bearer|basic|token)\s{1,3})(?P<secret>[A-Za-z0-9+/=_.~-]{16,400})"
)
_COMMAND_LINE = re.compile(
    r"(?:\b(?:curl|http|wget|xh)\b[^\n]{0,200}?\s(?:-u|--user|--http-user|-a)[ =]?[\"']?[^\s:\"'$]{1,60}:"
    r"|\bsshpass\s+-p\s?[\"']?|\s--(?:password|passwd|pass|token|api-key|secret)[= ][\"']?"
    r"|\bmysql(?:dump|admin)?\b[^\n]{0,100}?\s-p)(?P<secret>[^\s\"'$<>{}()`]{6,100})"
)
_IN_OTHER_WAYS = re.compile(
    r"\bmachine\s+\S{1,200}\s+login\s+\S{1,100}\s+password\s+(?P<netrc>\S{6,200})"
    r"|<(?:\w{0,30}[._-])?(?:[pP]assword|passphrase|secret|api[kK]ey|[tT]oken)>(?P<element>[^<>\s{}$]{6,200})</"
    r"|(?:\bPDO|\bmysqli(?:_connect)?|\bmysql_connect|\bgetConnection|\bMySQLdb\.connect|\.login)\s?\((?:[^()\n]{0,200},)?\s?[\"'][^\"'\n]{1,60}[\"']\s?,\s?[\"'](?P<argument>[^\"'\n]{6,100})[\"']"
)
"""A file of logins, an element of XML, an argument of a call of which the place says what it is."""
_WORDS_OF_OTHER_WAYS = ("machine ", "</", "PDO", "mysqli", "mysql_connect", "getConnection", "MySQLdb", ".login")
_WORDS_OF_COMMANDS = ("curl", "http", "wget", "xh", "sshpass", "--pass", "--token", "--api-key", "--secret", "mysql")
_CONFIGURATION = re.compile(
    r"(?i)(?:\.env(?:\.[\w-]+)?|\.ini|\.cfg|\.conf|\.properties|\.ya?ml|\.toml|\.sh|\.bash|\.zsh|\.envrc|dockerfile[\w.-]*|\.tfvars|\.ps1|\.npmrc|\.pypirc|\.netrc|\.cnf|\.service)$"
)
_PASSWORD_NAME = re.compile(r"(?i)(?:pass(?:word|wd|phrase)|pwd|secret|credential)$")


def spots(text: str, path: str = "", *, generic: bool = True) -> list[Spot]:
    """In order and without overlaps; `generic` looks also at the names of what is assigned."""
    found = list(_shapes(text)) + list(_private_keys(text)) + list(_tokens(text)) + list(_addresses(text))
    if generic:
        found += _assignments(text, unquoted=_CONFIGURATION.search(path) is not None)
        found += _bearers(text)
        found += _on_command_lines(text)
        found += _in_other_ways(text)
    return _apart(found)


def _apart(found: list[Spot]) -> list[Spot]:
    kept: list[Spot] = []
    for spot in sorted(found, key=lambda each: (each.start, not each.surely, -each.end)):
        if kept and spot.start < kept[-1].end:
            if spot.surely and not kept[-1].surely:
                kept[-1] = spot
            continue
        kept.append(spot)
    return kept


def _shapes(text: str) -> Iterator[Spot]:
    lowered = text.lower()
    for shape in _SHAPES_BY_BEGINNING.of(lowered) if len(lowered) <= _SHORT else SHAPES:
        if not any(word in lowered for word in shape.words):
            continue
        for found in shape.expression.finditer(text):
            value = found["secret"]
            if _is_real(shape, value):
                yield Spot(f"secret-{shape.id}", found.start("secret"), found.end("secret"), True, shape.test_only)


class _ShapesByBeginning:
    """Which shapes a short text may hold, by the first letters of their words: one look-up instead of hundreds of searches."""

    def __init__(self) -> None:
        self._places: dict[str, list[int]] = {}
        self._always: list[int] = []
        for place, shape in enumerate(SHAPES):
            if any(len(word) < _BEGINNING for word in shape.words):
                self._always.append(place)
                continue
            for word in shape.words:
                self._places.setdefault(word[:_BEGINNING], []).append(place)

    def of(self, lowered: str) -> list[Shape]:
        pieces = {lowered[place : place + _BEGINNING] for place in range(len(lowered))}
        places = {place for piece in self._places.keys() & pieces for place in self._places[piece]}
        if _LONG_RUN.search(lowered):
            places.update(self._always)
        return [SHAPES[place] for place in sorted(places)]


_SHORT = 1500
_BEGINNING = 3
_LONG_RUN = re.compile(r"[\w-]{16}")
"""What every token has that begins with no word of its own."""
_SHAPES_BY_BEGINNING = _ShapesByBeginning()


def _is_real(shape: Shape, value: str) -> bool:
    for pattern in shape.patterns:
        value = value.removeprefix(pattern.partition("{")[0])
    if placeholders.is_made_up(value):
        return False
    if shape.near and not placeholders.is_uuid(value) and not placeholders.looks_random(value):
        return False
    return re.search(r"\d", value) is not None


def _private_keys(text: str) -> Iterator[Spot]:
    """A header that is followed by a key: code that looks for headers has none."""
    for found in PRIVATE_KEY.finditer(text):
        after = text[found.end() : found.end() + 600]
        end = after.find("-----END")
        body = after if end < 0 else after[:end]
        plain = re.sub(r"\\n|\\r|[\s\"'+,\\]|^[\w-]+: .*$", "", body, flags=re.MULTILINE)
        if found.group().startswith("PuTTY") or (_KEY_BODY.search(plain) and not placeholders.is_made_up(plain[:120])):
            yield Spot("secret-private-key", found.start(), found.end(), True)


def _tokens(text: str) -> Iterator[Spot]:
    for found in _JWT.finditer(text):
        header, payload = _decoded(found[1]), _decoded(found[2])
        if (
            isinstance(header, dict)
            and ("alg" in header or "enc" in header)
            and "1234567890" not in json.dumps(payload)
        ):
            yield Spot("secret-json-web-token", found.start(), found.end(), True)


def _decoded(part: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def _addresses(text: str) -> Iterator[Spot]:
    if "://" in text:
        for found in _URL.finditer(text):
            value, user = found["secret"], found["user"].lower()
            host = found["host"].lower()
            local = (
                host in ("localhost", "127.0.0.1", "db", "postgres", "mysql", "redis", "mongo", "rabbitmq", "host")
                or "example" in host
                or host.endswith(".test")
            )
            if (
                "[" in user
                or (
                    not user
                    and not re.match(r"(?i)rediss?|amqps?|mongodb|https?|postgres|mysql|smtp|nats", found["scheme"])
                )
                or placeholders.is_example(value)
                or placeholders.is_reference(value)
                or value.startswith(("{", "[", "%", ":"))
            ):
                continue
            if (
                placeholders.is_common(value)
                or value.lower() == user
                or (local and not placeholders.looks_random(value))
            ):
                continue
            yield Spot("secret-password-in-address", found.start("secret"), found.end("secret"), True)
    for found in _PARAMETER.finditer(text):
        value = found["secret"]
        before = text[max(0, found.start() - 200) : found.start()].rpartition("\n")[2]
        if re.search(
            r"(?i)server\s?=|data source|host\s?=|jdbc:|user(?: id|name)?\s?=|uid\s?=|endpoint|accountname\s?=", before
        ) and not (placeholders.is_example(value) or placeholders.is_reference(value) or placeholders.is_common(value)):
            yield Spot("secret-password-in-address", found.start("secret"), found.end("secret"), True)


def _assignments(text: str, *, unquoted: bool) -> Iterator[Spot]:
    """password = "…", apiKey: '…', TOKEN=…"""
    end = 0
    for found in _NAME.finditer(text):
        if found.start() < end:
            continue
        assigned = _ASSIGNED.match(text, found.end())
        if assigned is None:
            continue
        name = _whole_name(text, found.start(), assigned.start("operator"))
        quote = assigned["quote"]
        start = assigned.end()
        if quote:
            stop = text.find(quote, start, start + LONGEST_VALUE)
            value = text[start:stop] if stop >= 0 else ""
        elif unquoted and assigned["operator"] in ("=", ":") and not _list_of_names(text, found.start(), start):
            whole = _UNQUOTED.match(text, start)
            value = whole.group() if whole else ""
        else:
            continue
        end = start + len(value)
        if assigned["operator"].startswith(",") and not placeholders.looks_random(value):
            continue
        if (
            value
            and "\n" not in value
            and not placeholders.names_no_secret(name)
            and _is_secret(name, value, quoted=bool(quote))
        ):
            yield Spot("secret-in-assignment", start, start + len(value), False)


def _list_of_names(text: str, name: int, value: int) -> bool:
    """host= user= password= more: nothing is assigned."""
    return text[value - 1].isspace() and "=" in text[max(0, name - 120) : name].rpartition("\n")[2]


def _whole_name(text: str, start: int, end: int) -> str:
    first = start
    while first > max(0, start - 60) and (text[first - 1].isalnum() or text[first - 1] in "_-."):
        first -= 1
    return text[first:end].strip().strip("\"'`]) ")


def _is_secret(name: str, value: str, *, quoted: bool) -> bool:  # noqa: PLR0911 - a table of cases
    if (
        placeholders.is_example(value)
        or placeholders.is_reference(value)
        or placeholders.is_common(value)
        or placeholders.is_repetitive(value)
    ):
        return False
    if value.lower() in name.lower() or name.lower() in value.lower() or placeholders.is_words(value):
        return False
    if (
        " " in value
        or "[" in value
        or re.match(r"(?:https?|file)://|[./~]|[A-Z]:\\|\w+\(|--?\w", value)
        or value.endswith(("(", "[", "{", ":"))
    ):
        return False
    if re.search(r"[\"'`]|\\[nrtdws]|\.(?:json|ya?ml|txt|pem|key|py|js|ts|html|com|org|io)$|\[\^|\)\?|\(\?", value):
        return False
    password = _PASSWORD_NAME.search(name.rsplit(".", maxsplit=1)[-1]) is not None
    if placeholders.is_uuid(value):
        return re.search(r"(?i)api_?key|secret", name) is not None
    if password:
        letters = re.search(r"[A-Za-z]", value) is not None
        return (
            len(value) >= (6 if quoted else 8)
            and letters
            and (re.search(r"[0-9]|[^A-Za-z0-9_.\-/]", value) is not None or placeholders.is_scrambled(value))
            and placeholders.entropy(value) >= 2.4
            and not re.fullmatch(r"[\w.]+\.[\w.]+|\w+_\w+", value)
        )
    if re.fullmatch(r"[A-Za-z_$][\w$]*(?:[.\-][A-Za-z_$][\w$]*)+", value) and not re.search(r"\d{2,}", value):
        return False
    return (
        len(value) >= 16
        and re.fullmatch(r"[A-Za-z0-9+/=_.~!@#$%^&*-]+", value) is not None
        and placeholders.looks_random(value)
    )


def _bearers(text: str) -> Iterator[Spot]:
    for found in _BEARER.finditer(text):
        value = found["secret"]
        if (
            not placeholders.is_example(value)
            and not placeholders.is_reference(value)
            and placeholders.looks_random(value)
        ):
            yield Spot("secret-in-assignment", found.start("secret"), found.end("secret"), False)


def _on_command_lines(text: str) -> Iterator[Spot]:
    """curl -u name:password, sshpass -p password."""
    if not any(word in text for word in _WORDS_OF_COMMANDS):
        return
    for found in _COMMAND_LINE.finditer(text):
        value = found["secret"]
        if not (
            placeholders.is_example(value) or placeholders.is_reference(value) or placeholders.is_common(value)
        ) and _mixed(value):
            yield Spot("secret-in-assignment", found.start("secret"), found.end("secret"), False)


def _in_other_ways(text: str) -> Iterator[Spot]:
    if not any(word in text for word in _WORDS_OF_OTHER_WAYS):
        return
    for found in _IN_OTHER_WAYS.finditer(text):
        kind = found.lastgroup or ""
        if _is_secret("password", found[kind], quoted=True):
            yield Spot("secret-in-assignment", found.start(kind), found.end(kind), False)


def _mixed(value: str) -> bool:
    return (
        re.search(r"\d", value) is not None
        and re.search(r"[A-Za-z]", value) is not None
        and placeholders.entropy(value) >= 2.4
    )
