"""What known functions make of their arguments: which pass a value on, which make it harmless, and for what."""

from __future__ import annotations

import re

from shipui.gates.python.values import ALL_CONTEXTS

_ALL = ALL_CONTEXTS
_HTML = frozenset({"html"})
_PATH = frozenset({"path"})
_SHELL = frozenset({"shell"})
_SQL = frozenset({"sql"})
_LDAP = frozenset({"ldap"})
_QUOTED_URL = frozenset({"url", "html", "path"})

CLEANERS: dict[str, frozenset[str]] = {
    "html.escape": _HTML,
    "cgi.escape": _HTML,
    "markupsafe.escape": _HTML,
    "flask.escape": _HTML,
    "jinja2.escape": _HTML,
    "bleach.clean": _HTML,
    "bleach.linkify": _HTML,
    "nh3.clean": _HTML,
    "lxml.html.clean.clean_html": _HTML,
    "xml.sax.saxutils.escape": _HTML,
    "xml.sax.saxutils.quoteattr": _HTML,
    "tornado.escape.xhtml_escape": _HTML,
    "webob.html_escape": _HTML,
    "django.utils.html.escape": _HTML,
    "django.utils.html.conditional_escape": _HTML,
    "django.utils.html.strip_tags": _HTML,
    "django.utils.html.escapejs": _HTML,
    "django.utils.html.format_html": _HTML,
    "django.utils.html.format_html_join": _HTML,
    "django.utils.html.json_script": _HTML,
    "django.template.loader.render_to_string": _HTML,
    "json.dumps": frozenset({"path", "code"}),
    "flask.render_template": _HTML,
    "shlex.quote": _SHELL,
    "pipes.quote": _SHELL,
    "shlex.join": _SHELL,
    "subprocess.list2cmdline": frozenset(),
    "werkzeug.utils.secure_filename": _PATH,
    "werkzeug.secure_filename": _PATH,
    "werkzeug.utils.safe_join": _PATH,
    "werkzeug.security.safe_join": _PATH,
    "flask.safe_join": _PATH,
    "django.utils._os.safe_join": _PATH,
    "django.utils.text.get_valid_filename": _PATH,
    "django.utils.text.slugify": _ALL,
    "slugify.slugify": _ALL,
    "pathvalidate.sanitize_filename": _PATH,
    "os.path.basename": _PATH,
    "ntpath.basename": _PATH,
    "posixpath.basename": _PATH,
    "urllib.parse.quote": _QUOTED_URL,
    "urllib.parse.quote_plus": _QUOTED_URL,
    "urllib.parse.urlencode": _QUOTED_URL,
    "urllib.quote": _QUOTED_URL,
    "urllib.quote_plus": _QUOTED_URL,
    "urllib.urlencode": _QUOTED_URL,
    "flask.url_for": _QUOTED_URL,
    "django.urls.reverse": _QUOTED_URL,
    "re.escape": frozenset(),
    "ldap.filter.escape_filter_chars": _LDAP,
    "ldap3.utils.conv.escape_filter_chars": _LDAP,
    "ldap.dn.escape_dn_chars": _LDAP,
    "ast.literal_eval": frozenset({"code"}),
    "psycopg2.extensions.quote_ident": _SQL,
    "asyncpg.utils._quote_ident": _SQL,
}
"""By full name: for which contexts the result is harmless. The result is made of the arguments."""

HARMLESS_RESULTS = re.compile(
    r"(?:builtins\.(?:int|float|bool|complex|len|ord|hash|abs|round|id|isinstance|issubclass|hasattr|callable|range|sum|any|all|type|divmod|pow)"
    r"|uuid\.\w+|ipaddress\.\w+|decimal\.Decimal|fractions\.Fraction|datetime\.\w+(?:\.\w+)?|time\.\w+|random\.\w+|secrets\.\w+"
    r"|hashlib\.\w+|hmac\.\w+|zlib\.(?:crc32|adler32)|math\.\w+|os\.path\.(?:exists|isfile|isdir|getsize|getmtime)|os\.(?:getpid|cpu_count|stat)"
    r"|(?:hashlib|hmac)\.\w+\(\)\.(?:hexdigest|digest)|tempfile\.\w+|logging\.\w+|re\.(?:match|fullmatch|search)|threading\.\w+|asyncio\.Queue"
    r"|django\.shortcuts\.get_object_or_404|django\.utils\.timezone\.\w+|psycopg2?\.sql\.\w+|bson\.ObjectId|bson\.objectid\.ObjectId"
    r"|enum\.\w+|string\.\w+|bcrypt\.\w+|importlib\.resources\.\w+)"
)
"""Functions of which the result is a number, a digest, a moment, a random value: nothing of an argument's text survives."""

PASSING = re.compile(
    r"(?:builtins\.(?:str|bytes|bytearray|repr|format|list|tuple|set|dict|frozenset|sorted|reversed|iter|next|enumerate|zip|map|filter|max|min|open"
    r"|input|print|ascii|vars|getattr)"
    r"|json\.(?:loads|load|dumps)|copy\.\w+|urllib\.parse\.\w+|urllib\.(?:unquote\w*|urlencode)|urlparse\.\w+|os\.path\.\w+|os\.(?:fspath|fsdecode|fsencode)"
    r"|posixpath\.\w+|ntpath\.\w+|pathlib\.\w+|base64\.\w+|binascii\.\w+|codecs\.\w+|zlib\.\w+|gzip\.\w+|bz2\.\w+|lzma\.\w+|html\.unescape|textwrap\.\w+"
    r"|itertools\.\w+|functools\.reduce|operator\.\w+|io\.(?:BytesIO|StringIO)|shlex\.split|re\.(?:sub|split|findall)|typing\.cast|string\.Template"
    r"|jinja2\.Template|collections\.\w+|ast\.parse|tarfile\.\w+|zipfile\.\w+|marshal\.\w+|pickle\.dumps?|markupsafe\.Markup|flask\.Markup"
    r"|sqlalchemy\.(?:text|sql\.text|sql\.expression\.text)|unicodedata\.normalize|django\.utils\.encoding\.\w+|urllib\.request\.Request|urllib2\.Request"
    r"|django\.utils\.safestring\.\w+|anyio\.Path|aiofiles\.open|yaml\.(?:safe_)?load|email\.\w+|asyncio\.(?:wait_for|to_thread)|contextlib\.\w+)"
)
"""Functions of which the result holds what their arguments held."""

TEXT_METHODS = frozenset(
    [
        "format",
        "join",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "casefold",
        "swapcase",
        "replace",
        "encode",
        "decode",
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "removeprefix",
        "removesuffix",
        "expandtabs",
        "zfill",
        "ljust",
        "rjust",
        "center",
        "translate",
        "format_map",
        "get",
        "pop",
        "popitem",
        "items",
        "values",
        "keys",
        "copy",
        "getlist",
        "get_list",
        "getall",
        "getone",
        "getfirst",
        "getvalue",
        "read",
        "readline",
        "readlines",
        "read_text",
        "read_bytes",
        "json",
        "text",
        "form",
        "group",
        "groups",
        "to_dict",
        "dict",
        "model_dump",
        "as_posix",
        "expanduser",
        "resolve",
        "absolute",
        "joinpath",
        "with_suffix",
        "with_name",
        "relative_to",
        "substitute",
        "safe_substitute",
        "hex",
        "fromhex",
        "setdefault",
        "tolist",
        "__str__",
        "__getitem__",
        "geturl",
        "_asdict",
        "getvalue",
        "iter_content",
        "iter_lines",
        "data",
        "json_body",
        "file",
        "filename",
        "tobytes",
        "open",
        "value",
    ]
)
"""Methods of which the result holds what the object held (and the arguments)."""

DECODERS = re.compile(
    r"(?:base64\.(?:b64decode|urlsafe_b64decode|standard_b64decode|b32decode|b16decode|b85decode|a85decode|decodebytes|decodestring)"
    r"|binascii\.(?:unhexlify|a2b_\w+)|codecs\.decode|zlib\.decompress|bz2\.decompress|lzma\.decompress|gzip\.decompress|marshal\.loads"
    r"|builtins\.bytes\.fromhex|builtins\.bytearray\.fromhex|cryptography\.fernet\.Fernet\(\)\.decrypt|Crypto\.Cipher\.AES\.new\(\)\.decrypt)"
)

VALIDATION_WORDS = re.compile(
    r"(?:^|[._])_?(?:is_|check_|assert_|ensure_|require_)?(?:sanit\w*|escape\w*|clean\w*|valid\w*|quote\w*|allow\w*|whitelist\w*|permitted|safe|secure|"
    r"verif\w*|within\w*|inside\w*|contained|normali[sz]e_(?:name|ident\w*)|slugify|strip_tags|bleach|trusted|authori[sz]ed)(?:_\w+)?(?:\(\))?$",
    re.IGNORECASE,
)
"""Names of functions that were written to make a value harmless, or to say whether it is."""

UNSAFE_WORDS = re.compile(
    r"mark_?safe|unsafe|insecure|filter_with_is_safe|SafeString|SafeText|unescape|unquote|allow_redirects",
    re.IGNORECASE,
)

GUARD_METHODS = frozenset(
    [
        "isdigit",
        "isalnum",
        "isalpha",
        "isdecimal",
        "isnumeric",
        "isidentifier",
        "startswith",
        "is_relative_to",
        "match",
        "fullmatch",
        "commonpath",
        "commonprefix",
        "url_has_allowed_host_and_scheme",
        "is_safe_url",
        "exists_in",
        "is_global",
        "is_private",
    ]
)
"""Functions that, in a condition, say whether a value may be used."""


def validates(name: str) -> bool:
    """Whether a function of this name was written to check or clean its argument."""
    return VALIDATION_WORDS.search(name) is not None and UNSAFE_WORDS.search(name) is None
