"""Settings that switch protection off: certificates, cookies, other sites, isolation, tokens, weak algorithms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import is_false, is_true, of_call, option, pairs
from shipui.gates.javascript.script import Call, Script
from shipui.gates.javascript.shapes import Level, constant_of, level_of
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_trust import HARDCODED_KEY, TLS_OFF, TOKEN_CHECK, WEAK_CRYPTO, WEAK_RANDOM
from shipui.gates.rules.javascript_web import BROWSER_SHELL, COOKIE, CORS, POST_MESSAGE
from shipui.model.findings import Finding, Severity

_PASSWORDS = re.compile(r"passw|pwd|passphrase|credential|\bpin\b", re.IGNORECASE)
_SECRET_USES = re.compile(
    r"passw|pwd|secret|token|session|signature|sign(ed|ing)|hmac|auth|credential|otp|api_?key|reset|verif|nonce|csrf|salt|license",
    re.IGNORECASE,
)
_RANDOM_USES = re.compile(
    r"passw|secret|token|session_?id|sessionid|otp|api_?key|reset|nonce|csrf|salt|verification|invite_?code|auth|\bpin\b|recovery|credential|signature|licen[cs]e_?key|secure|crypt",
    re.IGNORECASE,
)
_WEAK_HASHES = re.compile(r"md4|md5|sha1|sha-1|ripemd160|rmd160", re.IGNORECASE)
_WEAK_CIPHERS = re.compile(
    r"(des|des3|des-.*|3des|rc4|rc2.*|bf.*|blowfish|idea.*|seed.*|.*-ecb|aes-?\d*-?ecb)", re.IGNORECASE
)
_WEAK_PROTOCOLS = re.compile(
    r"(SSLv2|SSLv3|SSLv23|TLSv1|TLSv1_1|TLSv1\.0|TLSv1\.1)(_(client|server))?(_method)?", re.IGNORECASE
)
_SESSION_COOKIES = re.compile(r"sess|auth|token|jwt|sid|login|remember|refresh|user|csrf", re.IGNORECASE)
_CRYPTO = frozenset(
    {
        "createHash", "createHmac", "hash", "hashSync", "createCipheriv", "createDecipheriv", "createCipher", "createDecipher", "generateKeyPair",
        "generateKeyPairSync", "pbkdf2", "pbkdf2Sync", "genSalt", "genSaltSync",
    }
)  # fmt: skip
_HASHING = re.compile(r"(md5|sha1|js-md5|js-sha1|blueimp-md5|spark-md5\.hash)")
_PLACEHOLDER = re.compile(r"^$|process\.env|^<.*>$|^\$\{")


def look(script: Script) -> Iterator[Finding]:
    yield from _tls(script)
    yield from _windows(script)
    for call in script.calls:
        if not call.arguments:
            continue
        yield from _cors(script, call)
        yield from _cookies(script, call)
        yield from _tokens(script, call)
        yield from _crypto(script, call)
        if (
            call.method == "postMessage"
            and len(call.arguments) > 1
            and call.arguments[1].text.strip("'\"`") == "*"
            and call.arguments[1].kind == "string"
        ):
            yield from script.found(POST_MESSAGE, call.node)
        if call.name == "Math.random":
            yield from _random(script, call)
    for call in script.calls:
        if call.name == "Math.random" and not call.arguments:
            yield from _random(script, call)


def _tls(script: Script) -> Iterator[Finding]:
    for pair, key, value in pairs(
        script,
        "rejectUnauthorized",
        "strictSSL",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "insecureSkipVerify",
        "checkServerIdentity",
        "verify_ssl",
        "secureProtocol",
        "minVersion",
        "ignoreHTTPSErrors",
        "insecure",
    ):
        if (
            (key in {"rejectUnauthorized", "strictSSL", "verify_ssl"} and is_false(value))
            or (key == "NODE_TLS_REJECT_UNAUTHORIZED" and value.text.strip("'\"") == "0")
            or (key in {"insecureSkipVerify"} and is_true(value))
            or (key == "checkServerIdentity" and _does_nothing(value))
        ):
            yield from script.found(TLS_OFF, pair)
        elif key in {"secureProtocol", "minVersion"} and _WEAK_PROTOCOLS.fullmatch(value.text.strip("'\"")):
            yield from script.found(WEAK_CRYPTO, pair)
    for node in script.tree.all("assignment_expression"):
        target, value = node.children[0].text, node.children[-1]
        if (
            re.search(r"process\.env(\.|\[['\"])NODE_TLS_REJECT_UNAUTHORIZED", target)
            and value.text.strip("'\"")
            in {
                "0",
                "false",
            }
        ) or (target.endswith((".rejectUnauthorized", ".strictSSL")) and is_false(value)):
            yield from script.found(TLS_OFF, node)


def _does_nothing(function: Node) -> bool:
    if function.kind not in {"arrow_function", "function_expression", "method_definition"}:
        return False
    body = function.children[-1]
    return body.text.replace(" ", "") in {
        "undefined",
        "null",
        "{}",
        "{returnundefined;}",
        "{returnnull;}",
        "true",
        "{returntrue;}",
        "{return;}",
    }


def _windows(script: Script) -> Iterator[Finding]:
    for pair, key, value in pairs(
        script,
        "nodeIntegration",
        "contextIsolation",
        "webSecurity",
        "allowRunningInsecureContent",
        "nodeIntegrationInWorker",
        "enableRemoteModule",
        "sandbox",
    ):
        on = key in {"nodeIntegration", "allowRunningInsecureContent", "nodeIntegrationInWorker", "enableRemoteModule"}
        inside = any(
            each.kind == "pair" and each.children[0].text == "webPreferences" for each in pair.ancestors()
        ) or key in {"nodeIntegration", "contextIsolation"}
        if inside and ((on and is_true(value)) or (not on and is_false(value))):
            yield from script.found(BROWSER_SHELL, pair)


def _cors(script: Script, call: Call) -> Iterator[Finding]:
    if (
        call.name.rpartition(".")[2] in {"cors", "enableCors", "cors()"}
        or call.name in {"cors", "@koa/cors", "@fastify/cors", "koa2-cors", "fastify-cors"}
        or (call.method == "register" and "cors" in call.arguments[0].text)
    ):
        origin, credentials = of_call(script, call, "origin"), of_call(script, call, "credentials")
        all_sites = origin is not None and (origin.text.strip("'\"`") == "*" or is_true(origin) or _allows_all(origin))
        with_credentials = credentials is not None and is_true(credentials)
        if all_sites and origin is not None and (origin.kind == "string" or with_credentials or origin.kind != "true"):
            yield from script.found(CORS, call.node, Severity.HIGH if with_credentials else Severity.MEDIUM)
    elif (
        call.method in {"setHeader", "header", "set", "append"}
        and len(call.arguments) > 1
        and call.arguments[0].text.strip("'\"`").lower() == "access-control-allow-origin"
    ):
        value = call.arguments[1]
        shape = script.shape(value)
        if constant_of(shape) == "*" or (level_of(shape, "cors") == Level.REQUEST):
            yield from script.found(CORS, call.node, Severity.MEDIUM if constant_of(shape) == "*" else Severity.HIGH)
    elif call.method in {"writeHead", "Response", "json"} or call.is_new:
        value = None
        for each in call.arguments:
            headers = option(script, each, "headers")
            value = value or option(
                script,
                headers if headers is not None else each,
                "Access-Control-Allow-Origin",
                "access-control-allow-origin",
            )
        if value is not None and value.text.strip("'\"`") == "*":
            yield from script.found(CORS, call.node)


def _allows_all(origin: Node) -> bool:
    """(origin, callback) => callback(null, true), whatever the origin."""
    if origin.kind not in {"arrow_function", "function_expression"}:
        return False
    text = origin.text
    return "null, true" in text and not re.search(r"\bif\b|\?|includes|test\(|indexOf|has\(|===|&&", text)


def _cookies(script: Script, call: Call) -> Iterator[Finding]:
    if call.method in {"cookie", "setCookie"} and len(call.arguments) > 2:
        name, given = call.arguments[0].text, call.arguments[-1]
    elif (
        call.name.rpartition(".")[2] in {"session", "express-session", "cookie-session", "koa-session", "iron-session"}
        or "express-session" in call.name
        or "cookie-session" in call.name
    ):
        name = "session"
        given = option(script, call.arguments[0], "cookie") or call.arguments[0]
    elif call.method in {"set"} and call.owner.endswith("cookies") and len(call.arguments) > 2:
        name, given = call.arguments[0].text, call.arguments[-1]
    else:
        return
    if not _SESSION_COOKIES.search(name):
        return
    for key in ("httpOnly", "secure"):
        value = option(script, given, key)
        if value is not None and is_false(value):
            yield from script.found(COOKIE, call.node)
            return


def _tokens(script: Script, call: Call) -> Iterator[Finding]:
    jwt = call.owner in {"jsonwebtoken", "jwt", "~jwt", "jose", "jwt-simple", "express-jwt"} or call.name in {
        "express-jwt",
        "express-jwt.expressjwt",
        "expressjwt",
        "expressJwt",
        "jsonwebtoken.verify",
        "fast-jwt.createVerifier",
        "koa-jwt",
    }
    if not jwt:
        return
    algorithms = of_call(script, call, "algorithms", "algorithm", "alg")
    expired = of_call(script, call, "ignoreExpiration")
    secret = of_call(script, call, "secret")
    if algorithms is not None and re.search(r"['\"]none['\"]", algorithms.text, re.IGNORECASE):
        yield from script.found(TOKEN_CHECK, call.node)
    elif expired is not None and is_true(expired):
        yield from script.found(TOKEN_CHECK, call.node, Severity.MEDIUM)
    elif (
        call.owner == "jwt-simple"
        and call.method == "decode"
        and len(call.arguments) > 2
        and is_true(call.arguments[2])
    ) or (
        call.method == "verify"
        and len(call.arguments) > 1
        and call.arguments[1].text in {"null", "undefined", "''", '""'}
    ):
        yield from script.found(TOKEN_CHECK, call.node)
    key = (
        secret
        if secret is not None
        else call.arguments[1]
        if len(call.arguments) > 1 and call.method in {"sign", "verify", "encode"}
        else None
    )
    if key is not None:
        text = constant_of(script.shape(key))
        if (
            text is not None
            and key.kind in {"string", "identifier", "template_string"}
            and len(text) > 2
            and not _PLACEHOLDER.search(text)
            and "BEGIN PUBLIC KEY" not in text
            and text not in {"undefined", "null"}
        ):
            yield from script.found(HARDCODED_KEY, call.node, until=key)


def _crypto(script: Script, call: Call) -> Iterator[Finding]:
    name, method = call.name, call.method
    if method not in _CRYPTO and not _HASHING.fullmatch(name) and not name.lower().startswith(("crypto", "cryptojs")):
        return
    first = constant_of(script.shape(call.arguments[0])) or ""
    if (
        method in {"createHash", "createHmac", "hash"}
        and call.owner in {"crypto", "~crypto", ""}
        and _WEAK_HASHES.fullmatch(first)
    ):
        yield from _weak_hash(script, call)
    elif re.fullmatch(
        r"crypto-js\.(MD5|SHA1)|CryptoJS\.(MD5|SHA1|HmacMD5|HmacSHA1)|(md5|sha1|js-md5|js-sha1|blueimp-md5|spark-md5\.hash)",
        name,
    ):
        if _SECRET_USES.search(call.arguments[0].text) or _PASSWORDS.search(script.enclosing_name(call.node)):
            yield from script.found(
                WEAK_CRYPTO, call.node, Severity.HIGH if _PASSWORDS.search(call.node.text) else Severity.MEDIUM
            )
    elif (
        (method in {"createCipheriv", "createDecipheriv"} and _WEAK_CIPHERS.fullmatch(first))
        or (
            method == "createCipheriv"
            and len(call.arguments) > 2
            and _is_fixed_vector(script, call.arguments[2])
            and not first.endswith("ecb")
        )
        or name in {"crypto.createCipher", "crypto.createDecipher"}
        or re.fullmatch(r"(crypto-js|CryptoJS)\.(DES|TripleDES|RC4|Rabbit)\.encrypt", name)
        or (
            method in {"generateKeyPair", "generateKeyPairSync"}
            and (bits := of_call(script, call, "modulusLength")) is not None
            and bits.text.isdigit()
            and int(bits.text) < 2048
        )
        or (
            method in {"pbkdf2", "pbkdf2Sync"}
            and len(call.arguments) > 2
            and call.arguments[2].text.replace("_", "").isdigit()
            and int(call.arguments[2].text.replace("_", "")) < 10_000
        )
        or (
            method in {"hash", "hashSync", "genSalt", "genSaltSync"}
            and "bcrypt" in call.owner
            and call.arguments[-1 if "Salt" in method else min(1, len(call.arguments) - 1)].text.isdigit()
            and int(call.arguments[0 if "Salt" in method else 1].text) < 8
        )
    ):
        yield from script.found(WEAK_CRYPTO, call.node)


def _weak_hash(script: Script, call: Call) -> Iterator[Finding]:
    """MD5 and SHA-1 are reported where they protect something: not for cache keys and checksums."""
    chain = call.node
    for each in call.node.ancestors():
        if each.kind not in {"member_expression", "call_expression"}:
            break
        chain = each
    hashed = chain.text[len(call.node.text) :]
    around = script.enclosing_name(call.node)
    if _PASSWORDS.search(hashed) or _PASSWORDS.search(around):
        yield from script.found(WEAK_CRYPTO, call.node, Severity.HIGH)
    elif _SECRET_USES.search(hashed) or _SECRET_USES.search(around) or call.method == "createHmac":
        yield from script.found(WEAK_CRYPTO, call.node)


def _is_fixed_vector(script: Script, vector: Node) -> bool:
    shape = script.shape(vector)
    if vector.text in {"null", "undefined"}:
        return False
    return (constant_of(shape) or "") != "" or bool(
        re.match(r"Buffer\.(alloc\(\s*\d+\s*[,)]|from\(\s*['\"`][^$]*['\"`])", vector.text)
    )


def _random(script: Script, call: Call) -> Iterator[Finding]:
    if _RANDOM_USES.search(script.enclosing_name(call.node)):
        yield from script.found(WEAK_RANDOM, call.node)
