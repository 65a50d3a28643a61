"""Switches and choices that weaken what would be safe: TLS, ciphers, XML, temporary files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, ModuleFacts, grade, whence
from shipui.gates.python.values import Origin
from shipui.model.findings import Severity

_PASSWORD = re.compile(r"(?:^|[_.\]?])(?:password|passwd|pwd|passphrase)s?(?:$|[_.(\[])", re.IGNORECASE)
_TOKEN_NAME = re.compile(
    r"(?:^|_)(?:token|secret|password|otp|session_?id|api_?key|nonce|salt|reset_?code|csrf\w*)$", re.IGNORECASE
)


def _tls(call: Call) -> Iterator[Hit]:
    """verify=False in any call of an HTTP library."""
    if (
        (
            call.constant(-1, "verify") is False
            and re.match(r"(?:requests|httpx|\?\w*(?:session|client|http|requests))\b", call.name, re.IGNORECASE)
        )
        or call.constant(-1, "verify_ssl") is False
        or (call.constant(-1, "ssl") is False and "aiohttp" in call.name)
    ):
        yield _tls_hit()


def _tls_hit(lines: tuple[int, int] = (0, 0)) -> Hit:
    return Hit("python-tls-verification-off", Severity.MEDIUM, lines, "The other side's certificate is not checked.")


def _unverified(_: Call) -> Iterator[Hit]:
    yield _tls_hit()


def _certificates(call: Call) -> Iterator[Hit]:
    for name in ("cert_reqs", "tls_verify"):
        value = call.keywords.get(name)
        if value is not None and (value.name == "ssl.CERT_NONE" or value.fixed_text == "CERT_NONE"):
            yield _tls_hit()
    for value in call.all_values():
        if re.fullmatch(
            r"ssl\.PROTOCOL_(?:SSLv\w+|TLSv1|TLSv1_1)|(?:OpenSSL\.)?SSL\.(?:SSLv\w+_METHOD|TLSv1_METHOD)", value.name
        ):
            yield Hit(
                "python-weak-cryptography", Severity.MEDIUM, (0, 0), "This version of the protocol can be broken."
            )
            return


def _assigned(target: str, value: ast.expr, lines: tuple[int, int], module: ModuleFacts) -> Iterator[Hit]:
    written = ast.unparse(value) if isinstance(value, ast.Attribute | ast.Name | ast.Constant) else ""
    if (
        (target.endswith(".verify_mode") and written.endswith("CERT_NONE"))
        or (target.endswith(".check_hostname") and written == "False" and not target.startswith("self."))
        or (target.endswith(("session.verify", "s.verify", "client.verify")) and written == "False")
        or (target == "ssl._create_default_https_context" and written.endswith("_create_unverified_context"))
    ):
        yield _tls_hit(lines)
    elif (
        _TOKEN_NAME.search(target)
        and isinstance(value, ast.Call | ast.BinOp | ast.JoinedStr)
        and module.uses("random")
        and _uses_random(value)
    ):
        yield Hit("python-weak-cryptography", Severity.MEDIUM, lines, "What random makes can be guessed.")


def _uses_random(node: ast.expr) -> bool:
    guessable = {
        f"random.{name}" for name in ("random", "randint", "choice", "choices", "randrange", "sample", "getrandbits")
    }
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(
        ast.unparse(each) in guessable
        for each in calls
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)
    )


def _digest(call: Call) -> Iterator[Hit]:
    """MD5 and SHA-1 are said to be harmful only where a password is hashed."""
    value = call.argument(1 if call.name == "hashlib.new" else 0, "data", "string")
    algorithm = call.argument(0, "name") if call.name == "hashlib.new" else None
    if algorithm is not None and (algorithm.fixed_text or "").lower() not in ("md5", "sha1", "md4"):
        return
    if value is not None and (_PASSWORD.search(value.name) or any(_PASSWORD.search(root) for root in value.roots)):
        yield Hit(
            "python-weak-cryptography",
            Severity.MEDIUM,
            (0, 0),
            "A password that is hashed this way can be found by trying.",
        )


def _cipher(_: Call) -> Iterator[Hit]:
    yield Hit("python-weak-cryptography", Severity.MEDIUM, (0, 0), "This cipher, or this way to use it, can be broken.")


def _mode(call: Call) -> Iterator[Hit]:
    if any(value.name.endswith("MODE_ECB") for value in call.all_values()):
        yield from _cipher(call)


def _token(call: Call) -> Iterator[Hit]:
    """A signed token of which the signature is not looked at."""
    options = next((each.value for each in call.node.keywords if each.arg == "options"), None)
    off = isinstance(options, ast.Dict) and any(
        isinstance(key, ast.Constant)
        and key.value == "verify_signature"
        and isinstance(value, ast.Constant)
        and value.value is False
        for key, value in zip(options.keys, options.values, strict=True)
    )
    algorithms = call.keywords.get("algorithms") or call.keywords.get("algorithm")
    none = algorithms is not None and any(
        (item.fixed_text or "").lower() == "none" for item in algorithms.items or (algorithms,)
    )
    if off or none or call.constant(-1, "verify") is False:
        yield Hit("python-unverified-token", Severity.MEDIUM, (0, 0), "Anybody can write such a token.")


def _host_keys(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "policy")
    if value is not None and re.search(r"(?:AutoAddPolicy|WarningPolicy)(?:\(\))?$", value.name):
        yield Hit("python-tls-verification-off", Severity.MEDIUM, (0, 0), "The other machine's key is not checked.")


def _xml_parser(call: Call) -> Iterator[Hit]:
    if (
        call.constant(-1, "resolve_entities") is True
        or call.constant(-1, "no_network") is False
        or call.constant(-1, "load_dtd") is True
    ):
        yield Hit(
            "python-xml-entities", Severity.MEDIUM, (0, 0), "A document can make the parser read files and addresses."
        )


def _xml_feature(call: Call) -> Iterator[Hit]:
    name = call.argument(0)
    if (
        name is not None
        and name.name.endswith(("feature_external_ges", "feature_external_pes"))
        and call.constant(1) in (True, 1)
    ):
        yield Hit(
            "python-xml-entities", Severity.MEDIUM, (0, 0), "A document can make the parser read files and addresses."
        )


def _xml(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "text", "source", "string")
    if value is not None and value.origin is Origin.REQUEST and call.argument(1, "parser") is None:
        yield Hit("python-xml-entities", grade(value), (0, 0), whence(value), value.lines)


def _temporary(_: Call) -> Iterator[Hit]:
    yield Hit(
        "python-insecure-temporary-file",
        Severity.MEDIUM,
        (0, 0),
        "Another user can put a file there between the name and its use.",
    )


def _open_to_all(call: Call) -> Iterator[Hit]:
    mode = call.constant(1, "mode")
    if isinstance(mode, int) and not isinstance(mode, bool) and mode & 0o002 and mode & 0o7000 != 0o1000:
        yield Hit("python-open-permissions", Severity.MEDIUM, (0, 0), "Every account of the machine may write there.")


def _path_mode(call: Call) -> Iterator[Hit]:
    mode = call.constant(0, "mode")
    if "Path()" in call.name and isinstance(mode, int) and mode & 0o002:
        yield Hit("python-open-permissions", Severity.MEDIUM, (0, 0), "Every account of the machine may write there.")


CALLS = {
    **dict.fromkeys(("ssl._create_unverified_context", "ssl._https_verify_certificates"), _unverified),
    **dict.fromkeys(
        (
            "ssl.wrap_socket",
            "ssl.SSLContext",
            "OpenSSL.SSL.Context",
            "urllib3.PoolManager",
            "ssl.SSLContext().wrap_socket",
            "ssl.get_server_certificate",
        ),
        _certificates,
    ),
    **dict.fromkeys(("hashlib.md5", "hashlib.sha1", "hashlib.new", "md5.new", "Crypto.Hash.MD5.new"), _digest),
    **dict.fromkeys(
        [
            "Crypto.Cipher.DES.new",
            "Crypto.Cipher.ARC4.new",
            "Crypto.Cipher.ARC2.new",
            "Crypto.Cipher.XOR.new",
            "Cryptodome.Cipher.DES.new",
            "Cryptodome.Cipher.ARC4.new",
            "Cryptodome.Cipher.ARC2.new",
            "cryptography.hazmat.primitives.ciphers.algorithms.ARC4",
            "cryptography.hazmat.primitives.ciphers.modes.ECB",
        ],
        _cipher,
    ),
    **dict.fromkeys(
        ("Crypto.Cipher.AES.new", "Cryptodome.Cipher.AES.new", "Crypto.Cipher.DES3.new", "Crypto.Cipher.Blowfish.new"),
        _mode,
    ),
    **dict.fromkeys(("jwt.decode", "jose.jwt.decode", "jwt.process_jwt", "jwt.encode"), _token),
    **dict.fromkeys(("lxml.etree.XMLParser", "lxml.etree.DTD_"), _xml_parser),
    **dict.fromkeys(
        [
            "lxml.etree.fromstring",
            "lxml.etree.parse",
            "lxml.etree.XML",
            "xml.dom.minidom.parseString",
            "xml.sax.parseString",
            "xml.dom.pulldom.parseString",
        ],
        _xml,
    ),
    "tempfile.mktemp": _temporary,
    "os.tempnam": _temporary,
    "os.tmpnam": _temporary,
    **dict.fromkeys(("os.chmod", "os.fchmod", "os.lchmod"), _open_to_all),
}
METHODS = {
    "set_missing_host_key_policy": _host_keys,
    "setFeature": _xml_feature,
    "chmod": _path_mode,
}
EVERY_CALL = (_tls,)
ASSIGNMENTS = (_assigned,)
