"""What looks like a secret and is none: examples, names of variables, references to where the secret is kept, digests."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

_EXAMPLE = re.compile(
    r"example|sample|dummy|fake|placeholder|changeme|change[_-]me|change[_-]this|replace[_-]?(?:me|with|this)|insert[_-]|your[_-]?|my[_-]?(?:secret|token|password|api|key)|"
    r"<[^>]*>|x{4,}|\*{3,}|\.{3,}|\u2022{3,}|redacted|masked|hidden|removed|not[_-]?a[_-]?real|not[_-]?(?:so[_-]?)?secret|todo|fixme|foobar|foo[_-]?bar|lorem|dont[_-]?use|"
    r"none|null|undefined|n/a|0{8,}|1{8,}|a{8,}|f{10,}|12345678|abcdefgh|qwerty|deadbeef|cafebabe|test[_-]?(?:secret|token|password|key|value)|"
    r"(?:secret|token|password|key)[_-]?(?:here|goes|value|name|id)\b|some[_-]?(?:secret|token|key|value)|the[_-]?(?:secret|token|key)",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    r"example|sample|dummy|fake|placeholder|changeme|replace|insert|your|redacted|x{6,}|\*{3,}|\.{3,}|0{10,}|<|foobar|notreal|not_real|thisis",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\$\{|\{\{|\}\}|%\(|%s|\$\(|<%|#\{|\$[A-Za-z_]|^%[A-Z_]+%$|^@[\w.]+|process\.env|os\.environ|getenv|import\.meta|System\.get|secrets\.|vault:|ssm:|arn:aws|"
    r"env\[|env\.|env\(|^env:|^file:|config\.|settings\.|secretKeyRef|valueFrom|op://|keyvault|ENC\[|^!\w|sops|\bref\+|secretmanager|^\{[^}]*\}$|\$\$|__\w+__",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_WORDS = re.compile(r"[A-Za-z]+(?:[ _.\-/:][A-Za-z]+)*[.!?:]?")
_COMMON_PASSWORDS = frozenset(
    [
        "password",
        "passw0rd",
        "passwd",
        "pass",
        "secret",
        "admin",
        "root",
        "user",
        "test",
        "postgres",
        "mysql",
        "guest",
        "default",
        "changeit",
        "changeme",
        "letmein",
        "welcome",
        "toor",
        "pwd",
        "sa",
        "app",
        "dev",
        "local",
        "db",
        "rabbitmq",
        "redis",
        "minio",
        "minioadmin",
        "foo",
        "bar",
        "baz",
        "pw",
        "password1",
        "password123",
        "hunter2x",
        "pass123",
        "test123",
        "admin123",
        "secret123",
        "1234",
        "12345",
        "123456",
    ]
)
_DIGEST_NAME = re.compile(
    r"sha\d*|hash|digest|integrity|checksum|commit|revision|\brev\b|etag|fingerprint|public|pub_?key|md5|crc|uuid|guid|version|signature|csrf_?token_?name|"
    r"token_?(?:type|url|uri|endpoint|name|id|field|count|limit|ids?)$|tokens$|(?:secret|password|token|key)_?(?:name|id|path|file|arn|ref|url|length|size|field|label|hint|prompt|"
    r"policy|regex|pattern|type|header|version|min|max|reset|input|error|message|text|placeholder|format|env|var|class|validator|hasher|store|manager|provider|alias|location|ttl|expiry|algorithm)s?$",
    re.IGNORECASE,
)


def is_example(value: str) -> bool:
    return _EXAMPLE.search(value) is not None


def is_made_up(token: str) -> bool:
    """Whether a text of a token's shape says itself that it is none. People do paste tokens that look odd, so little counts."""
    return _MADE_UP.search(token) is not None or entropy(token) < 2.0


def is_reference(value: str) -> bool:
    """Whether it says where the secret is kept instead of being it."""
    return _REFERENCE.search(value) is not None


def is_uuid(value: str) -> bool:
    return _UUID.fullmatch(value) is not None


def is_words(value: str) -> bool:
    """Plain language, an identifier, a path of names."""
    return _WORDS.fullmatch(value) is not None and not is_scrambled(value)


def is_scrambled(value: str) -> bool:
    """Letters alone, in a disorder of large and small and with few vowels: drawn by chance, no words."""
    if len(value) < 12 or not value.isascii() or not value.isalpha():
        return False
    rises = sum(1 for first, second in pairwise(value) if first.islower() and second.isupper())
    vowels = sum(1 for letter in value.lower() if letter in "aeiou")
    return rises >= 3 and vowels < 0.3 * len(value) and entropy(value) >= 3.3


def is_common(value: str) -> bool:
    """A password that stands in every handbook: used on a developer's own machine."""
    return value.lower() in _COMMON_PASSWORDS


def names_no_secret(name: str) -> bool:
    """Whether what is assigned to this name is public, or only says something about a secret."""
    return _DIGEST_NAME.search(name) is not None


def entropy(value: str) -> float:
    """Bits for each character (Shannon)."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def looks_random(value: str) -> bool:
    """Enough different characters of several kinds: no word, no number, no date."""
    kinds = sum(1 for pattern in ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9]") if re.search(pattern, value))
    least = 2.9 if re.fullmatch(r"[0-9a-fA-F]+", value) else 3.3
    return kinds >= 2 and entropy(value) >= least and (re.search(r"\d", value) is not None or is_scrambled(value))


def is_repetitive(value: str) -> bool:
    """xxxxxxxx, 0123456789abcdef: typed, not made."""
    if entropy(value) < 2.5 and len(value) >= 12:
        return True
    steps = [ord(second) - ord(first) for first, second in pairwise(value)]
    return len(steps) > 6 and max(steps.count(0), steps.count(1), steps.count(-1)) > len(steps) * 0.6
