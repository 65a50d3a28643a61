"""Where values come from: which names stand for a request, the command line, the network, credentials."""

from __future__ import annotations

import ast
import re

from shipui.gates.python.values import HOLE, Origin, Trait, Value

_REQUEST_OBJECT = re.compile(
    r"(?:(?:flask|quart|bottle|cherrypy|falcon|sanic|starlette|django|web|werkzeug)(?:\.\w+)*\.[rR]equest"
    r"|\?(?:self\.|cls\.|info\.context\.|context\.)?(?:_?request|req|http_request|flask_request))(?:\.current_request)?"
)
_REQUEST_DATA = frozenset(
    [
        "args",
        "form",
        "values",
        "json",
        "data",
        "files",
        "headers",
        "cookies",
        "GET",
        "POST",
        "META",
        "COOKIES",
        "FILES",
        "body",
        "query_params",
        "path_params",
        "query",
        "params",
        "match_info",
        "rel_url",
        "query_string",
        "get_json",
        "get_data",
        "url",
        "full_path",
        "path",
        "referrer",
        "referer",
        "user_agent",
        "view_args",
        "host",
        "host_url",
        "base_url",
        "text",
        "read",
        "post",
        "stream",
        "forms",
        "matchdict",
        "matchdict_",
        "arguments",
        "body_arguments",
        "query_arguments",
        "raw_post_data",
        "json_body",
        "build_absolute_uri",
        "get_host",
        "get_param",
        "get_media",
        "media",
        "uri",
        "url_args",
        "raw_path",
        "QUERY_STRING",
        "REQUEST",
        "PUT",
        "DELETE",
        "media_type",
        "vars",
        "authorization",
        "content",
        "raw_body",
        "environ",
    ]
)
_REQUEST_CALL = re.compile(
    r"\?(?:self|cls|handler)\.(?:get_(?:query_|body_)?arguments?|get_(?:secure_|signed_)?cookie|rfile\.read(?:line)?|headers(?:\.get)?)\(\)"
    r"|web\.(?:input|data|cookies)\(\)|cgi\.FieldStorage\(\)|\?(?:websocket|ws)\.(?:receive\w*|recv)\(\)"
    r"|streamlit\.(?:text_input|text_area|chat_input|file_uploader)\(\)"
)
_COMMAND_LINE = re.compile(
    r"(?:sys\.argv|builtins\.input\(\)|builtins\.raw_input\(\)|sys\.stdin(?:\.\w+)*\(\)|fileinput\.input\(\)|getpass\.getpass\(\)"
    r"|argparse\.ArgumentParser\(\)\.parse_(?:known_)?args\(\)|optparse\.OptionParser\(\)\.parse_args\(\)|docopt\.docopt\(\))"
)
_REPLY = re.compile(
    r"(?:requests|httpx|(?:requests|httpx)\.\w+\(\))\.(?:get|post|put|request|patch|stream|send|options|head)\(\)"
    r"|urllib\.request\.(?:urlopen|urlretrieve)\(\)|urllib2?\.(?:urlopen|urlretrieve)\(\)|urllib3\.\w+\(\)(?:\.\w+)?\(\)"
    r"|urllib\.request\.build_opener\(\)\.open\(\)|aiohttp\.ClientSession\(\)\.\w+\(\)"
    r"|http\.client\.HTTPS?Connection\(\)\.getresponse\(\)|socket\.(?:socket|create_connection)\(\)\.(?:recv|recvfrom|makefile)\(\)"
    r"|dns\.resolver\.(?:query|resolve)\(\)|ftplib\.FTP(?:_TLS)?\(\)\.\w+\(\)|wget\.download\(\)|imaplib\.\w+\(\)\.fetch\(\)"
)
_SOCKET_REPLY = re.compile(r"\?(?:self\.)?_?(?:s|sock|socket|conn|connection|client|client_socket|c)\.recv\(\)")
_UPLOADED = re.compile(r"\?(?:\w*(?:file|upload|image|photo|picture|avatar|attachment|document)|f)\.filename")
_CHAT = re.compile(
    r"\?(?:update|message|msg|ctx|event)(?:\.(?:message|effective_message|callback_query))?\.(?:text|content|clean_content|data)"
)
_HOST = re.compile(
    r"(?:socket\.(?:gethostname|getfqdn|gethostbyname)\(\)|platform\.(?:node|platform|uname|system|machine|version|release)\(\)"
    r"|getpass\.getuser\(\)|os\.(?:getlogin|uname|getcwd)\(\)|uuid\.getnode\(\))"
)
_SAYS_SO = re.compile(
    r"(?:^|_)(?:user_?(?:input|inp|data|supplied|provided|controlled|query|cmd|command|code|url|uri|file|file_?name|path|html|content|"
    r"template|expression|expr|text|comment|string|agent|value|bio|payload)|untrusted\w*|tainted\w*|attacker\w*|unsafe_\w+|external_input|form_data|"
    r"query_params?|post_data|(?:req|request|http)_(?:data|body|args|params|json|payload|url|path))$",
    re.IGNORECASE,
)
CREDENTIAL_FILE = re.compile(
    r"(?:\.ssh[/\\]|id_(?:rsa|ed25519|ecdsa|dsa)\b|\.aws[/\\]?(?:credentials|config)?|\.gnupg|\.netrc|\.pgpass|\.npmrc|\.pypirc|"
    r"\.docker[/\\]config\.json|\.kube[/\\]config|/etc/(?:passwd|shadow)|\.git-credentials|\.config[/\\](?:gcloud|gh|git)|\.azure[/\\]|"
    r"Login Data|cookies\.sqlite|logins\.json|key4\.db|Local State|User Data[/\\]Default|Local Storage[/\\]leveldb|wallet\.dat|keychain|"
    r"\.electrum|\.bitcoin|\.ethereum|exodus|metamask|\.bash_history|\.zsh_history|/proc/(?:self|\d+)/environ|"
    r"serviceaccount/token|(?:^|[/\\\ue000\ue001])\.env\b|discord[/\\]\w)",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(
    r"AWS_(?:SECRET|ACCESS|SESSION)\w*|GITHUB_TOKEN|GH_TOKEN|NPM_TOKEN|\w*PRIVATE_KEY\w*|\w*(?:PASSWORD|PASSWD|SECRET_KEY|SECRET)\b|"
    r"DATABASE_URL|PYPI_TOKEN|TWINE_PASSWORD|SSH_AUTH_SOCK|VAULT_TOKEN|KUBECONFIG|DOCKER_AUTH\w*|STRIPE_\w*KEY|OPENAI_API_KEY|ANTHROPIC_API_KEY"
)
_ROUTE = re.compile(
    r"\.(?:route|get|post|put|delete|patch|head|options|api_route|websocket|websocket_route|view|view_config|add_url_rule|endpoint)$"
)
_ROUTE_NAMES = frozenset(
    {"route", "api_view", "require_http_methods", "require_GET", "require_POST", "view_config", "expose"}
)
_HANDLER_PARAMETERS = frozenset({"event"})
_HARMLESS_TYPES = frozenset(
    [
        "int",
        "float",
        "bool",
        "UUID",
        "uuid.UUID",
        "date",
        "datetime",
        "datetime.datetime",
        "datetime.date",
        "Decimal",
        "Enum",
        "Request",
        "Response",
        "Session",
        "AsyncSession",
        "BackgroundTasks",
        "WebSocket",
        "Connection",
        "AsyncConnection",
        "Engine",
        "Settings",
        "Logger",
        "HttpRequest",
        "HTTPConnection",
        "Depends",
    ]
)
NOT_DATA = frozenset(
    {
        "self",
        "cls",
        "db",
        "session",
        "request",
        "req",
        "conn",
        "connection",
        "cursor",
        "response",
        "context",
        "ctx",
        "settings",
    }
)


LOOT = re.compile(
    r"pyperclip\.paste\(\)|(?:PIL\.)?ImageGrab\.grab(?:clipboard)?\(\)|pyautogui\.screenshot\(\)|keyring\.get_password\(\)"
    r"|win32clipboard\.GetClipboardData\(\)|browser_cookie3\.\w+\(\)"
)
"""Calls that read what belongs to the person at the machine."""


def known_source(name: str) -> tuple[Origin, frozenset[str]] | None:  # noqa: PLR0911 - a table of cases
    """What is known of a value that is reached by this name; None: nothing."""
    if name.startswith("?") and "." not in name and "(" not in name:
        return (Origin.OUTSIDE, frozenset()) if _SAYS_SO.search(name[1:]) else None
    if "equest" in name or "req." in name:
        base, _, attribute = name.rpartition(".")
        if attribute.removesuffix("()") in _REQUEST_DATA and _REQUEST_OBJECT.fullmatch(base):
            return Origin.REQUEST, frozenset()
    if _HOST.fullmatch(name):
        return Origin.CLEAN, frozenset({Trait.HOST})
    if _REQUEST_CALL.fullmatch(name):
        return Origin.REQUEST, frozenset()
    if _COMMAND_LINE.fullmatch(name):
        return Origin.OUTSIDE, frozenset({Trait.COMMAND_LINE})
    if name.endswith(")") and (_REPLY.fullmatch(name) or _SOCKET_REPLY.fullmatch(name)):
        return Origin.OUTSIDE, frozenset({Trait.DOWNLOADED})
    if _CHAT.fullmatch(name) or _UPLOADED.fullmatch(name):
        return Origin.OUTSIDE, frozenset()
    if name in ("os.environ", "os.environb", "os.environ.copy()"):
        return Origin.UNKNOWN, frozenset({Trait.ENVIRONMENT})
    return None


def is_request_object(name: str) -> bool:
    return _REQUEST_OBJECT.fullmatch(name) is not None


def environment_variable(variable: str | None) -> Value:
    """The value of one variable; `variable` is its name, if that is known."""
    traits = {Trait.VARIABLE}
    if variable is not None and _SECRET_VARIABLE.fullmatch(variable):
        traits.add(Trait.CREDENTIAL)
    return Value(Origin.UNKNOWN, HOLE, traits=frozenset(traits))


def reads_credentials(path: str | None) -> bool:
    return path is not None and CREDENTIAL_FILE.search(path) is not None


def answers_requests(decorator: str) -> bool:
    """Whether a function with this decorator (by its resolved name) is called by a web framework."""
    name = decorator.removesuffix("()")
    return _ROUTE.search(name) is not None or name in _ROUTE_NAMES or name.rpartition(".")[2] == "api_view"


def parameter_origin(argument: ast.arg, siblings: list[str], *, routed: bool, in_handler: bool) -> Origin:
    """Of a function's parameter. `siblings` are all parameters' names; `in_handler`: a method that answers requests."""
    name = argument.arg
    if name in ("event", "environ") and ({"context", "_context", "ctx", "start_response", "_"} & set(siblings)):
        return Origin.REQUEST
    if name in NOT_DATA:
        return Origin.UNKNOWN
    if argument.annotation is not None:
        annotation = ast.unparse(argument.annotation) if _small(argument.annotation) else ""
        words = set(re.findall(r"[\w.]+", annotation))
        if words & _HARMLESS_TYPES and not words & {"str", "bytes"}:
            return (
                Origin.CLEAN
                if words & {"int", "float", "bool", "UUID", "uuid.UUID", "Decimal", "date", "datetime"}
                else Origin.UNKNOWN
            )
    if routed or in_handler:
        return Origin.REQUEST
    return Origin.OUTSIDE if _SAYS_SO.search(name) else Origin.UNKNOWN


def _small(node: ast.expr) -> bool:
    return sum(1 for _, _ in zip(ast.walk(node), range(60), strict=False)) < 60
