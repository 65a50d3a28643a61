"""Calls that make text harmless, and for what; and calls that only pass it on."""

from __future__ import annotations

import re

EVERYTHING = frozenset({"*"})

_BY_NAME: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(
            r"(.*\.)?(parseInt|parseFloat|Number|BigInt|Boolean|Date|isNaN|isFinite|isInteger|toFixed|getTime|now|indexOf|lastIndexOf|charCodeAt"
            r"|codePointAt|ObjectId|ObjectID|randomUUID|randomBytes|randomInt|uuid|uuidv4|v4|nanoid|cuid|digest|createHash|hash|hashSync|test"
            r"|includes|startsWith|endsWith|has|every|some|toISOString|valueOf|size|count|byteLength|compare|compareSync|isArray"
            r"|toLocaleDateString|toLocaleTimeString|hrtime|memoryUsage|uptime|cwd|tmpdir|homedir|hostname|mkdtempSync|mkdtemp)"
        ),
        EVERYTHING,
    ),
    (
        re.compile(
            r"Math\..*|(mongoose\.)?(Types\.)?ObjectId|performance\..*|crypto\.(randomUUID|randomBytes).*|os\..*|ulid.*"
        ),
        EVERYTHING,
    ),
    (re.compile(r"(.*\.)?(encodeURIComponent)"), frozenset({"url", "html", "path", "redirect", "command-url"})),
    (re.compile(r"(.*\.)?(encodeURI)"), frozenset({"html"})),
    (
        re.compile(
            r"(.*\.)?((mysql2?|sqlstring|conn\w*|connection|pool|db|client|~\w+)(\.\w+\(\))*\.(escape|escapeId|format)|escapeIdentifier|escapeLiteral|escapeSql|quoteIdent|quote_ident|quoteLiteral|quoteIdentifier|pgFormat|pg-format(\.\w+)?|sqlstring\.\w+|pgp\.as\.\w+|as\.format|ident|wrapId)"
        ),
        frozenset({"sql"}),
    ),
    (
        re.compile(
            r"(.*\.)?(shell-?[eE]scape|shellescape|shell-quote\.quote|quoteShell|escapeShell\w*|escapeShellArg|shellQuote|shq)"
        ),
        frozenset({"command"}),
    ),
    (re.compile(r"(.*\.)?(basename|path\.basename)"), frozenset({"path"})),
    (
        re.compile(
            r"(.*\.)?(DOMPurify(\(\))?\.sanitize|isomorphic-dompurify(\.\w+)?|dompurify.*|sanitize-html|xss|filterXSS|escapeHtml|escapeHTML|htmlEscape|encodeHTML|escape-html"
            r"|lodash\.escape|_\.escape|he\.(encode|escape)|validator\.escape|escapeExpression|Utils\.escapeExpression|stripTags|striptags|html-entities\.encode|encode|setHTML|entities\.\w+|renderToStaticMarkup|renderToString)"
        ),
        frozenset({"html"}),
    ),
)
_BY_VERB = re.compile(
    r"(.*[.~_])?_?(sanitiz|sanitis|clean|purif|escap|slugif|whitelist|allowlist|allowed|safe(?!ty)|ensureSafe|assertSafe|assertValid|validat|is(Valid|Safe|Allowed)|strip|redact|resolveSafe|secure)\w*",
    re.IGNORECASE,
)
_NOT_CLEANING = re.compile(
    r"(.*\.)?(trim|unescape|validateSync|stripIndent|stripAnsi|stripBom|strip|safeDump|safeLoad|safeParse|cleanup|unsafe\w*)",
    re.IGNORECASE,
)

TRANSLATIONS = re.compile(r"(.*\.)?(t|\$t|__|gettext|translate|i18n\.t|formatMessage|instant)")

PASSING_FUNCTIONS = re.compile(
    r"(.*\.)?(decodeURIComponent|decodeURI|unescape|String|Object\.(values|keys|entries|assign|freeze|fromEntries)|structuredClone|JSON\.(parse|stringify)"
    r"|Array\.(from|of)|Promise\.(all|resolve|allSettled)|util\.format|path\.(join|resolve|normalize|relative|dirname|extname|posix\.join|format)"
    r"|querystring\.(parse|unescape|stringify)|qs\.(parse|stringify)|url\.(parse|format|resolve|fileURLToPath)|atob|btoa|Buffer\.(from|concat)|Buffer|lodash\.\w+|_\.\w+|cloneDeep"
    r"|String\.raw|decode|toString|fileURLToPath|URL|URLSearchParams|Blob|FormData|TextDecoder\(\)\.decode|jwt\.decode|jsonwebtoken\.decode|dedent|html|css|concat|of|marked|marked\.parse|marked\.\w+|markdown-it\(\)\.render|useMemo|useState|ref|reactive|computed)"
)
OF_MODULES = re.compile(
    r"(path|path\.posix|util|querystring|qs|url|Object|JSON|Array|Promise|String|lodash|_|marked|Buffer)\.(?!from$|fromCharCode$|join$|resolve$)\w+"
    r"|Promise\.resolve|url\.resolve|Array\.from"
)
"""Functions of modules that put their arguments together: what the module itself is does not matter."""
PASSING_METHODS = frozenset(
    {
        "trim", "trimStart", "trimEnd", "toLowerCase", "toUpperCase", "replace", "replaceAll", "slice", "substring", "substr", "split", "join",
        "concat", "toString", "padStart", "padEnd", "repeat", "normalize", "at", "charAt", "map", "filter", "flat", "flatMap", "reverse", "sort",
        "pop", "shift", "find", "get", "getAll", "entries", "values", "keys", "reduce", "then", "catch", "finally", "json", "text", "valueOf",
        "toLocaleLowerCase",
        "match", "matchAll", "exec", "append", "toJSON", "forEach", "toObject", "unwrap", "read", "from", "fill", "getHeader", "header", "param",
        "formData", "toLocaleUpperCase", "trimLeft", "trimRight", "fromEntries", "getOrElse", "splice", "next", "pick", "query",
    }
)  # fmt: skip


def cleans(name: str) -> frozenset[str]:
    """The subjects for which the call makes its argument (or its owner) harmless; "*": for all."""
    for pattern, subjects in _BY_NAME:
        if pattern.fullmatch(name):
            return subjects
    if _BY_VERB.fullmatch(name) and not _NOT_CLEANING.fullmatch(name):
        return EVERYTHING
    return frozenset()


def replacing_cleans(pattern: str) -> frozenset[str]:
    """For text.replace(PATTERN, ...): a regular expression that keeps only named characters, or takes out those of HTML."""
    body = pattern.rpartition("/")[0][1:]
    flags = pattern.rpartition("/")[2]
    if not pattern.startswith("/") or "g" not in flags:
        return frozenset()
    if body.startswith("[^") and not any(each in body for each in "<'\"`;$|"):
        return EVERYTHING if not ("/" in body or ".." in body) else EVERYTHING - {"path"}
    if "<" in body:
        return frozenset({"html"})
    if body in {r"\W", r"\W+", r"\D", r"\D+", r"[\W]", r"[\W_]+"}:
        return EVERYTHING
    return frozenset()
