"""What a call gives back, by the name of what is called."""

from __future__ import annotations

from dataclasses import replace

from shipui.gates.python import formats
from shipui.gates.python.functions import CLEANERS, DECODERS, HARMLESS_RESULTS, PASSING, TEXT_METHODS, validates
from shipui.gates.python.scopes import Call
from shipui.gates.python.sources import LOOT, reads_credentials
from shipui.gates.python.values import (
    ALL_CONTEXTS,
    HARMLESS,
    HOLE,
    NOTHING,
    SAFE,
    Origin,
    Trait,
    Value,
    made_clean,
    mixed,
    part_of,
    unknown,
)

_KEEP_TEXT = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "encode", "decode", "expanduser", "resolve", "absolute", "as_posix"}
)
_LOOKUPS = frozenset({"get", "pop", "getlist", "getall", "getone", "getfirst", "setdefault"})
_WRAPPERS = frozenset(
    {
        "builtins.str",
        "builtins.bytes",
        "builtins.list",
        "builtins.tuple",
        "pathlib.Path",
        "pathlib.PurePath",
        "os.fspath",
        "os.path.expanduser",
        "os.path.abspath",
        "os.path.realpath",
        "os.path.normpath",
        "sqlalchemy.text",
        "typing.cast",
        "sqlalchemy.sql.text",
        "textwrap.dedent",
        "builtins.bytearray",
        "urllib.request.Request",
        "os.path.expandvars",
        "markupsafe.Markup",
        "flask.Markup",
        "sqlalchemy.sql.expression.text",
        "io.BytesIO",
        "io.StringIO",
    }
)


def result_of(call: Call) -> Value:  # noqa: PLR0911 - a table of cases
    """Its `name` is empty unless the result stands for a module or function that can be named."""
    name = call.name
    named = _reference(call)
    if named:
        return Value(Origin.FIXED, SAFE, named)
    if name in CLEANERS:
        given = mixed(call.all_values())
        kept = call.arguments[0] if len(call.arguments) == 1 and call.arguments[0].text is not None else given
        return made_clean(replace(kept, name=""), CLEANERS[name])
    if HARMLESS_RESULTS.fullmatch(name):
        return HARMLESS
    if LOOT.fullmatch(f"{name}()"):
        return Value(Origin.UNKNOWN, HOLE, traits=frozenset({Trait.CREDENTIAL}))
    if validates(name) and (call.arguments or call.receiver.dynamic):
        return made_clean(mixed([call.receiver, *call.all_values()]), ALL_CONTEXTS)
    if name == "builtins.chr" or (
        name == "builtins.map" and call.arguments and call.arguments[0].name == "builtins.chr"
    ):
        return replace(mixed(call.arguments), traits=frozenset({Trait.CHARACTERS}), items=None)
    if DECODERS.fullmatch(name):
        given = mixed([call.receiver, *call.all_values()])
        return replace(given, traits=given.traits | {Trait.DECODED}, items=None, text=HOLE if given.dynamic else SAFE)
    if name in (
        "builtins.open",
        "io.open",
        "codecs.open",
        "anyio.open_file",
        "aiofiles.open",
        "pathlib.Path().open",
    ) or (call.method in ("read_text", "read_bytes") and call.receiver.text is not None):
        return _file(call)
    if PASSING.fullmatch(name):
        return _passed_on(call)
    if "." in name:
        return _method_result(call)
    return unknown()


def _reference(call: Call) -> str:
    """getattr(os, "system"), __import__("os"): as if it had been written plainly."""
    first = call.argument(0, "name")
    if call.name in ("builtins.__import__", "importlib.import_module", "importlib.__import__") and first is not None:
        return first.fixed_text or ""
    if call.name == "builtins.getattr" and first is not None and len(call.arguments) > 1:
        attribute = call.arguments[1].fixed_text
        if attribute and first.name and attribute.isidentifier() and first.origin is Origin.FIXED:
            return f"{first.name}.{attribute}"
    return ""


def _file(call: Call) -> Value:
    """A file, or what it holds."""
    path = (
        call.receiver
        if call.method in ("read_text", "read_bytes") or call.name == "pathlib.Path().open"
        else call.argument(0, "file")
    )
    path = path or NOTHING
    if reads_credentials(path.text):
        return Value(Origin.UNKNOWN, HOLE, traits=frozenset({Trait.CREDENTIAL}))
    roots = path.roots | {f"={path.fixed_text}"} if path.fixed_text else path.roots
    traits = path.traits - {Trait.MEMBER}
    return replace(unknown(), traits=traits | {Trait.OWN_FILE} if not path.dynamic else traits, roots=roots)


def _passed_on(call: Call) -> Value:
    name = call.name
    line = call.node.lineno
    if name in _WRAPPERS and len(call.arguments) == 1:
        return replace(call.arguments[0], name="pathlib.Path()" if name.startswith("pathlib.") else "")
    if name in ("os.path.join", "pathlib.Path", "pathlib.PurePath"):
        found = formats.with_separator(
            Value(Origin.FIXED, "/"), replace(mixed(call.arguments), items=call.arguments), line
        )
        return replace(found, name="pathlib.Path()" if name.startswith("pathlib.") else "")
    if name == "re.sub" and len(call.arguments) > 2:
        return _substituted(call)
    if name == "builtins.dict" and not call.arguments:
        return replace(mixed(call.keywords.values()), items=tuple(call.keywords.values()))
    return mixed(call.all_values())


def _substituted(call: Call) -> Value:
    """Taking away everything but letters and digits makes a text harmless."""
    pattern = call.arguments[0].fixed_text or ""
    if pattern.startswith("[^") or pattern in (r"\W", r"\W+", r"\D", r"\D+"):
        return made_clean(call.arguments[2])
    return mixed(call.arguments[1:])


def _method_result(call: Call) -> Value:  # noqa: PLR0911 - a table of cases
    method, receiver, line = call.method, call.receiver, call.node.lineno
    if method == "format" and receiver.text is not None:
        return formats.braces(receiver, call.arguments, call.keywords, line)
    if method == "join" and receiver.fixed_text is not None and len(call.arguments) == 1:
        return replace(formats.with_separator(receiver, call.arguments[0], line), name="")
    if method in _KEEP_TEXT:
        return replace(receiver, name="pathlib.Path()" if "Path" in receiver.name else "")
    if method in _LOOKUPS:
        default = call.arguments[1:2]
        return mixed([part_of(receiver, ""), *default]) if default and default[0].dynamic else part_of(receiver, "")
    if method == "joinpath":
        pieces = (receiver, *call.arguments)
        return replace(
            formats.with_separator(Value(Origin.FIXED, "/"), replace(mixed(pieces), items=pieces), line),
            name="pathlib.Path()",
        )
    if method in TEXT_METHODS:
        parts = [receiver, *(each for each in call.all_values() if each.dynamic)]
        if method in ("replace", "format_map", "substitute", "safe_substitute") and receiver.text is not None:
            return replace(
                mixed(parts), text=parts[0].text if len(parts) == 1 else (receiver.text or "") + HOLE, lines=(line,)
            )
        return replace(mixed(parts), name="")
    if method in (
        "hexdigest",
        "digest",
        "count",
        "index",
        "find",
        "startswith",
        "endswith",
        "isdigit",
        "timestamp",
        "isoformat",
        "strftime",
    ):
        return HARMLESS
    if method in ("namelist", "getnames", "getmembers", "infolist", "getinfo") and (
        "arfile" in call.name or "ipfile" in call.name or "ZipFile" in call.name
    ):
        return replace(unknown(), traits=frozenset({Trait.MEMBER}))
    result = unknown()
    kept = receiver.traits & {Trait.CREDENTIAL, Trait.DOWNLOADED, Trait.ENVIRONMENT, Trait.DECODED}
    return replace(result, traits=kept) if kept else result
