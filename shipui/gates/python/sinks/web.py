"""What is sent to a browser: pages, redirects, switches for developers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, ModuleFacts, grade, whence
from shipui.gates.python.values import HOLE, Origin, Value
from shipui.model.findings import Severity

_TAG = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]{0,400}>?|&lt;|href=|<\w+")
_ELEMENT = re.compile(
    r"<(?:html|body|div|p|h[1-6]|b|i|a|span|li|td|script|img|title|input)\b[^>]{0,200}[>\ue000]", re.IGNORECASE
)
_PAGE_FRAMEWORKS = ("flask", "quart", "bottle", "cherrypy", "sanic", "web", "pyramid")
_FIXED_TYPE = re.compile(r"(?i)text/html|html")
_OTHER_HOST = re.compile(r"^(?:\ue000|(?:[a-z]+:)?//\ue000|(?:https?://)?\ue001?\ue000)")


def _xss(value: Value, detail: str = "") -> Hit:
    value = value.seen_in("html")
    return Hit("python-xss", grade(value), (0, 0), detail or whence(value), value.lines)


def _marked(call: Call) -> Iterator[Hit]:
    """Text that a template will no longer escape."""
    value = call.argument(0, "s", "base", "object")
    if value is not None and value.harmful_in("html") and value.text is not None:
        yield _xss(value)


def _unescaped(call: Call) -> Iterator[Hit]:
    """Streamlit's markdown(text, unsafe_allow_html=True)."""
    value = call.argument(0, "body")
    if call.constant(-1, "unsafe_allow_html") is True and value is not None and value.harmful_in("html"):
        yield _xss(value)


def _formatted(call: Call) -> Iterator[Hit]:
    """format_html(f"<b>{x}</b>"): the value stands in the format, so nothing escapes it."""
    value = call.argument(0, "format_string")
    if value is not None and value.built and value.harmful_in("html"):
        yield _xss(value)


def _page(call: Call) -> Iterator[Hit]:
    """A response, which browsers take for HTML unless it says otherwise."""
    value = call.argument(0, "content", "response", "text", "body", "string", "reason")
    if call.name.startswith("aiohttp."):
        value = call.keywords.get("text") or call.keywords.get("body")
    if value is None or not value.harmful_in("html"):
        return
    kind = next(
        (call.keywords[name] for name in ("content_type", "mimetype", "media_type") if name in call.keywords), None
    )
    if call.name.startswith(("aiohttp.", "starlette.", "fastapi.")) and kind is None and "HTML" not in call.name:
        return
    value = value.seen_in("html")
    if kind is not None and (kind.fixed_text is None or not _FIXED_TYPE.search(kind.fixed_text)):
        return
    if call.name == "assumed.Response" and not value.built:
        return
    html = value.built and _TAG.search(value.text or "") is not None
    if html or (value.origin is Origin.REQUEST and (value.text == HOLE or value.built)):
        yield _xss(value)


def _written(call: Call) -> Iterator[Hit]:
    """self.write(…) of Tornado, response.write(…), wfile.write(…)."""
    value = call.argument(0)
    if value is None or not value.harmful_in("html") or value.text is None or value.items is not None:
        return
    value = value.seen_in("html")
    if not re.search(r"(?:\?self|\?response|\?resp|wfile|\?out|HttpResponse\(\))\.(?:write|finish)$", call.name):
        return
    html = value.built and _TAG.search(value.text or "") is not None
    if (
        html
        and (
            value.origin >= Origin.OUTSIDE
            or "wfile" in call.name
            or "esponse" in call.name
            or call.module.uses("tornado")
        )
    ) or (value.origin is Origin.REQUEST and (value.text == HOLE or value.built)):
        yield _xss(value)


def _returned(node: ast.Return, value: Value, routed: bool, module: ModuleFacts) -> Iterator[Hit]:
    """A view of which the result is the page."""
    if isinstance(node.value, ast.Tuple) and node.value.elts and value.items:
        value = value.items[0]
    if not value.harmful_in("html") or value.text is None or not isinstance(value.text, str):
        return
    value = value.seen_in("html")
    html = value.built and _TAG.search(value.text or "") is not None
    pages = any(module.uses(each) for each in _PAGE_FRAMEWORKS)
    if (
        (routed and html)
        or (
            routed
            and pages
            and value.origin is Origin.REQUEST
            and (value.built or value.text == HOLE)
            and _is_text(node.value)
        )
        or (html and value.origin is Origin.REQUEST)
    ):
        yield _xss(value)


def _assigned(value: Value) -> Iterator[Hit]:
    """HTML made of what a request holds, wherever it goes from here."""
    if (
        value.origin is Origin.REQUEST
        and value.built
        and value.seen_in("html").origin is Origin.REQUEST
        and _ELEMENT.search(value.text or "")
    ):
        yield _xss(value)


def _is_text(node: ast.expr | None) -> bool:
    """Whether what is returned is plainly a text: an object of a framework escapes, or turns into JSON."""
    if isinstance(node, ast.Tuple) and node.elts:
        node = node.elts[0]
    return isinstance(node, ast.JoinedStr | ast.BinOp | ast.Name | ast.Subscript) or (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("format", "get", "join", "decode", "strip", "getvalue")
    )


def _environment(call: Call) -> Iterator[Hit]:
    automatic = call.keywords.get("autoescape")
    if call.name.startswith("mako."):
        if "default_filters" not in call.keywords and "**" not in call.keywords and not call.module.is_test:
            yield Hit(
                "python-autoescape-off",
                Severity.MEDIUM,
                (0, 0),
                "Mako does not escape what it prints unless it is told to.",
            )
        return
    if (automatic is None and "**" not in call.keywords) or (
        automatic is not None and automatic.fixed_text in ("False", "None", "0")
    ):
        yield Hit(
            "python-autoescape-off",
            Severity.MEDIUM,
            (0, 0),
            "Templates of this environment do not escape what they print.",
        )


def _context(call: Call) -> Iterator[Hit]:
    if call.constant(-1, "autoescape") is False:
        yield Hit("python-autoescape-off", Severity.MEDIUM, (0, 0), "This context does not escape what it prints.")


def _redirected(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "location", "redirect_to", "url", "to")
    if value is None or value.seen_in("url").origin is not Origin.REQUEST or value.text is None:
        return
    if _OTHER_HOST.match(value.text) or re.match(r"https?://[^/]*\ue000", value.text):
        yield Hit("python-open-redirect", grade(value), (0, 0), whence(value), value.lines)


def _debugging(call: Call) -> Iterator[Hit]:
    if not re.search(
        r"(?:[Ff]lask\(\)|create_app\(\)|(?:^|[?.])(?:app|application|server|dash_app))\.(?:run|run_server|run_simple)$",
        call.name,
    ):
        return
    if call.constant(-1, "debug") is True or call.constant(-1, "use_debugger") is True:
        yield Hit("python-debug-mode", Severity.MEDIUM, (0, 0), "Whoever reaches the page of an error can run code.")
    if call.constant(0, "host") in ("0.0.0.0", "::") and call.module.uses("flask"):  # noqa: S104 - looked for, not used
        yield Hit("python-open-bind", Severity.LOW, (0, 0), "The server answers on every network of the machine.")


def _setting(target: str, value: ast.expr, lines: tuple[int, int], module: ModuleFacts) -> Iterator[Hit]:
    """DEBUG = True in Django's settings; app.debug = True."""
    if not (isinstance(value, ast.Constant) and value.value is True):
        return
    in_settings = "settings" in module.path.rpartition("/")[2] and not re.search(
        r"dev|local|test|debug", module.path.rpartition("/")[2]
    )
    if (target == "DEBUG" and in_settings) or target in ("app.debug", "application.debug"):
        yield Hit(
            "python-debug-mode", Severity.MEDIUM, lines, "Pages of errors show the program's insides to everybody."
        )


CALLS = {
    **dict.fromkeys(
        [
            "django.utils.safestring.mark_safe",
            "django.utils.safestring.SafeString",
            "django.utils.safestring.SafeText",
            "markupsafe.Markup",
            "flask.Markup",
            "django.utils.html.mark_safe",
            "jinja2.Markup",
            "jinja2.utils.markupsafe.Markup",
            "wtforms.widgets.html_params_",
            "flask.helpers.Markup",
            "webhelpers.html.literal",
            "wtforms.widgets.core.Markup",
            "admin.mark_safe",
        ],
        _marked,
    ),
    "django.utils.html.format_html": _formatted,
    **dict.fromkeys(
        [
            "assumed.Response",
            "django.http.HttpResponse",
            "django.http.HttpResponseBadRequest",
            "django.http.HttpResponseNotFound",
            "django.http.HttpResponseForbidden",
            "django.http.HttpResponseServerError",
            "django.http.response.HttpResponse",
            "django.shortcuts.HttpResponse",
            "flask.make_response",
            "flask.Response",
            "django.http.HttpResponseNotAllowed_",
            "django.http.StreamingHttpResponse",
            "quart.Response",
            "werkzeug.wrappers.Response",
            "werkzeug.Response",
            "pyramid.response.Response",
            "starlette.responses.HTMLResponse",
            "fastapi.responses.HTMLResponse",
            "fastapi.HTMLResponse",
            "sanic.response.html",
            "aiohttp.web.Response",
            "webob.Response",
            "starlette.responses.Response",
            "fastapi.Response",
            "fastapi.responses.Response",
            "bottle.HTTPResponse",
            "falcon.Response",
            "klein.Response",
        ],
        _page,
    ),
    **dict.fromkeys(
        (
            "jinja2.Environment",
            "jinja2.environment.Environment",
            "mako.lookup.TemplateLookup",
            "mako.template.Template",
        ),
        _environment,
    ),
    **dict.fromkeys(("django.template.Context", "django.template.context.Context"), _context),
    **dict.fromkeys(
        [
            "flask.redirect",
            "werkzeug.utils.redirect",
            "django.shortcuts.redirect",
            "django.http.HttpResponseRedirect",
            "django.http.HttpResponsePermanentRedirect",
            "starlette.responses.RedirectResponse",
            "fastapi.responses.RedirectResponse",
            "bottle.redirect",
            "aiohttp.web.HTTPFound",
            "quart.redirect",
            "sanic.response.redirect",
            "pyramid.httpexceptions.HTTPFound",
            "aiohttp.web.HTTPSeeOther",
            "fastapi.RedirectResponse",
        ],
        _redirected,
    ),
    "?self.redirect": _redirected,
    "werkzeug.serving.run_simple": _debugging,
}
METHODS = {
    **dict.fromkeys(("markdown", "caption"), _unescaped),
    "write": _written,
    "finish": _written,
    "run": _debugging,
    "run_server": _debugging,
}
RETURNS = (_returned,)
ASSIGNMENTS = (_setting,)
VALUES = (_assigned,)
