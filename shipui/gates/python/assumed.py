"""Names that nothing in sight explains, and what they nearly always are: a diff may show a call without its import."""

from __future__ import annotations

MODULES = frozenset(
    """os sys subprocess socket ssl shutil pickle cPickle marshal shelve yaml dill jsonpickle joblib torch requests httpx urllib urllib2 urllib3 aiohttp
    sqlite3 psycopg2 psycopg pymysql MySQLdb asyncpg aiosqlite pandas numpy base64 binascii codecs zlib bz2 lzma gzip tarfile zipfile tempfile
    importlib commands pty pexpect paramiko flask django jinja2 markupsafe hashlib hmac random secrets json re shlex platform getpass ctypes ldap
    lxml asyncio smtplib ftplib telnetlib wget dns builtins runpy winreg pynput keyboard pyperclip jwt sqlalchemy cloudpickle keyring io pathlib
    linecache glob xmlrpc bleach nh3 timeit sympy numexpr threading datetime uuid math itertools functools logging aiofiles
    browser_cookie3 pyautogui starlette fastapi bottle cherrypy tornado mako ruamel cgi posixpath ntpath""".split()
)

AMBIGUOUS = {
    "html": ("escape", "unescape"),
    "code": ("InteractiveInterpreter", "InteractiveConsole"),
    "types": ("FunctionType", "CodeType"),
    "string": ("Template",),
    "time": ("time", "sleep", "monotonic"),
}
"""Modules whose names are also good names for variables: meant only where one of these is asked for."""

NAMES = {
    "np": "numpy",
    "pd": "pandas",
    "tf": "tensorflow",
    "etree": "lxml.etree",
    "minidom": "xml.dom.minidom",
    "Path": "pathlib.Path",
    "urlopen": "urllib.request.urlopen",
    "urlretrieve": "urllib.request.urlretrieve",
    "b64decode": "base64.b64decode",
    "Popen": "subprocess.Popen",
    "check_output": "subprocess.check_output",
    "check_call": "subprocess.check_call",
    "import_module": "importlib.import_module",
    "secure_filename": "werkzeug.utils.secure_filename",
    "send_file": "flask.send_file",
    "send_from_directory": "flask.send_from_directory",
    "render_template": "flask.render_template",
    "render_template_string": "flask.render_template_string",
    "make_response": "flask.make_response",
    "jsonify": "flask.jsonify",
    "redirect": "flask.redirect",
    "url_for": "flask.url_for",
    "Markup": "markupsafe.Markup",
    "escape": "markupsafe.escape",
    "mark_safe": "django.utils.safestring.mark_safe",
    "SafeString": "django.utils.safestring.SafeString",
    "format_html": "django.utils.html.format_html",
    "conditional_escape": "django.utils.html.conditional_escape",
    "HttpResponse": "django.http.HttpResponse",
    "HttpResponseBadRequest": "django.http.HttpResponseBadRequest",
    "HttpResponseRedirect": "django.http.HttpResponseRedirect",
    "FileResponse": "django.http.FileResponse",
    "JsonResponse": "django.http.JsonResponse",
    "HTMLResponse": "fastapi.responses.HTMLResponse",
    "RedirectResponse": "fastapi.responses.RedirectResponse",
    "RawSQL": "django.db.models.expressions.RawSQL",
    "text": "sqlalchemy.text",
    "create_engine": "sqlalchemy.create_engine",
    "quote_plus": "urllib.parse.quote_plus",
    "urlencode": "urllib.parse.urlencode",
    "urlparse": "urllib.parse.urlparse",
    "InteractiveInterpreter": "code.InteractiveInterpreter",
    "SSHClient": "paramiko.SSHClient",
    "ElementTree": "xml.etree.ElementTree",
    "literal_eval": "ast.literal_eval",
}


def function(name: str) -> str:
    """What a function is that is called by a name of which nothing is known; empty: no idea."""
    return NAMES.get(name, "")


def module(name: str, attribute: str) -> str:
    """What a name is of which an attribute is asked; empty: no idea."""
    if name in MODULES or attribute in AMBIGUOUS.get(name, ()):
        return name
    return NAMES.get(name, "") if name in ("np", "pd", "tf", "etree", "minidom", "ElementTree", "Path") else ""
