"""Where text comes in that others write: requests of every framework, messages, the address bar. Tables, and the questions to them."""

from __future__ import annotations

import re

REQUEST_NAMES = re.compile(
    r"_?(req|request|incoming|httpRequest|nextRequest|incomingMessage|apiRequest)", re.IGNORECASE
)
CONTEXT_NAMES = re.compile(r"ctx|context|c|koaCtx")
EVENT_NAMES = re.compile(r"event|evt")
REQUEST_TYPES = re.compile(
    r"\b(Request|NextApiRequest|NextRequest|IncomingMessage|FastifyRequest|ExpressRequest|HapiRequest|Koa\.Context"
    r"|ParameterizedContext|RouterContext|APIGatewayProxyEvent(V2)?|H3Event|HttpRequest|VercelRequest|Http2ServerRequest)\b"
)
REQUEST_PROPERTIES = frozenset(
    {
        "body", "query", "params", "headers", "cookies", "signedCookies", "url", "originalUrl", "path", "hostname", "host",
        "files", "file", "payload", "rawBody", "nextUrl", "querystring", "search", "searchParams", "queryStringParameters",
        "pathParameters", "multiValueQueryStringParameters", "rawPath", "rawQueryString", "href", "subdomains", "rawHeaders",
        "formData",
    }
)  # fmt: skip
REQUEST_METHODS = frozenset(
    {
        "get",
        "header",
        "param",
        "json",
        "text",
        "formData",
        "arrayBuffer",
        "query",
        "cookie",
        "parts",
        "blob",
        "queries",
        "parseBody",
        "saveRequestFiles",
        "valid",
    }
)
CONTEXT_PROPERTIES = frozenset(
    {
        "query",
        "params",
        "headers",
        "header",
        "url",
        "path",
        "cookies",
        "querystring",
        "hostname",
        "host",
        "href",
        "originalUrl",
        "search",
    }
)
EVENT_PROPERTIES = frozenset(
    {
        "body",
        "queryStringParameters",
        "pathParameters",
        "headers",
        "rawPath",
        "rawQueryString",
        "multiValueQueryStringParameters",
        "arguments",
        "Records",
        "detail",
    }
)
STRUCTURED = frozenset({"body", "query", "payload"})
"""May hold objects where text is expected: {"$gt": ""}."""
OWN_ADDRESS = frozenset({"url", "originalUrl", "path", "pathname", "baseUrl", "host", "hostname", "protocol"})
"""Of the request itself: it leads back to where it came from."""

ADDRESS_BAR = re.compile(
    r"((window|document|self|top|parent|globalThis)\.)?location(\.(search|hash|href|pathname))?|document\.(URL|documentURI|baseURI|referrer)"
    r"|window\.name|history\.state"
)
ROUTE_VALUES = re.compile(
    r"(.*\.)?(\$route|route|useRoute\(\)|useRouter\(\)|router|next/router\.useRouter\(\)|vue-router\.useRoute\(\))\.(query|params|hash|asPath|fullPath)"
    r"|(.*\.)?(useSearchParams|useParams|useLocation|useQuery)\(\)(\..*)?"
    r"|(.*\.)?(activatedRoute|route|ActivatedRoute\(\))\.(snapshot\.)?(queryParams|params|paramMap|queryParamMap|fragment)"
)
BODY_READERS = frozenset(
    {
        "readBody",
        "getQuery",
        "getRouterParam",
        "getRouterParams",
        "getHeader",
        "getCookie",
        "readRawBody",
        "getHeaders",
        "readFormData",
    }
)

HANDLER_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "del", "all", "use", "options", "head", "route", "param"}
)
SERVER_NAMES = re.compile(
    r"(express|express\.Router|koa-router|@koa/router|fastify|koa|Router|express-promise-router|restify\.createServer|polka|hono\.Hono|Hono)\(\)"
    r"|~?(.*\.)?(app|router|server|api|fastify|route|routes|\w*(Router|App))(\(\))?"
)
MESSAGE_RECEIVERS = re.compile(r".*(socket|ws|wss|io|conn|connection|client|channel|peer|server)(\(\))?", re.IGNORECASE)
MESSAGE_EVENTS = frozenset({"message", "data", "chat", "command", "msg", "exec", "run", "input"})
SERVER_FUNCTIONS = frozenset(
    {
        "getServerSideProps",
        "getStaticProps",
        "loader",
        "action",
        "handler",
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "middleware",
        "generateMetadata",
        "onRequest",
        "load",
        "fetch",
    }
)
DECORATORS = re.compile(
    r"@(Body|Query|Param|Params|Headers|Req|Request|UploadedFile|UploadedFiles|Cookies|QueryParam|PathParam|BodyParam|Arg|Args|MessageBody|HostParam)\b"
)
CHECKING_PIPES = re.compile(r"Parse(Int|UUID|Bool|Float|Enum)Pipe")
RESOLVER_PARENTS = re.compile(r"_+|parent|_parent|root|_root|obj|_obj|source|_source")

HINTED = re.compile(
    r"_?(user|untrusted|tainted|attacker|client|external|unsafe|unsanitized|remote|submitted|posted)_?"
    r"(input|supplied|provided|controlled|content|html|data|code|cmd|command|path|file|filename|url|uri|query|expr\w*|text|string|script|payload|value|template|search|arg|args|message|comment|bio|id|name|email)"
    r"|userinput|untrusted|tainted",
    re.IGNORECASE,
)
NUMBER_TYPES = re.compile(
    r"(number|bigint|boolean|Date|undefined|null|-?\d+|'[^']*'|\"[^\"]*\")(\s*\|\s*(number|bigint|boolean|Date|undefined|null|-?\d+|'[^']*'|\"[^\"]*\"))*"
)

SECRET_VARIABLES = re.compile(
    r"AWS_SECRET|AWS_SESSION|PRIVATE_KEY|NPM_TOKEN|NPM_AUTH|GITHUB_TOKEN|GH_TOKEN|DATABASE_URL|DB_PASS|SSH_|MASTER_KEY|MNEMONIC|SEED_PHRASE|ENCRYPTION_KEY|JWT_SECRET|VAULT_TOKEN|KUBE",
    re.IGNORECASE,
)
SECRET_FILES = re.compile(
    r"\.ssh\b|id_rsa|id_ed25519|\.aws/|\.aws\b|credentials|\.npmrc|\.netrc|\.git-credentials|/etc/(passwd|shadow)|\.env\b"
    r"|\.kube|\.docker/config|\.pgpass|\.gnupg|wallet\.dat|Login Data|keychain|\.bash_history|\.pypirc|\.bitcoin|\.electrum",
    re.IGNORECASE,
)
SECRET_STORAGE = re.compile(r"token|jwt|auth|session|password|secret|credential|key|wallet", re.IGNORECASE)
