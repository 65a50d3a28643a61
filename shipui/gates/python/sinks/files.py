"""Paths that somebody else chooses, and archives that choose theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.python.scopes import Call, Hit, grade, whence
from shipui.gates.python.values import HOLE, Origin, Trait, Value
from shipui.model.findings import Severity

_PUBLIC = re.compile(
    r"(?:^|[/\\\ue001])(?:uploads?|user_?files|files?|static|public|media|documents?|docs|downloads?|attachments?|avatars?|reports?|templates?|"
    r"images?|pages|www|html|share|storage|invoices?|exports?)[/\\]+\ue000",
    re.IGNORECASE,
)
_NAMED_BY_USERS = re.compile(
    r"^(?:user_?\w*|\w*file_?name|fname|requested_\w+|upload\w*|page|document|doc_?(?:name|id)?|template_?name|avatar|image_?name|attachment\w*)$",
    re.IGNORECASE,
)


def _opened(call: Call) -> Iterator[Hit]:
    value = call.argument(
        0, "file", "filename", "path", "path_or_file", "filename_or_fp", "src", "name", "fp", "top", "dir"
    )
    if value is not None:
        yield from _path(value)


def _both(call: Call) -> Iterator[Hit]:
    for value in (call.argument(0, "src"), call.argument(1, "dst")):
        if value is not None:
            found = list(_path(value))
            if found:
                yield found[0]
                return


def _path(value: Value) -> Iterator[Hit]:
    if not value.harmful_in("path"):
        return
    value = value.seen_in("path")
    if Trait.MEMBER in value.traits:
        yield Hit(
            "python-archive-extraction",
            Severity.MEDIUM,
            (0, 0),
            "The archive chooses where its members are written.",
            value.lines,
        )
    elif value.origin is Origin.REQUEST:
        yield Hit("python-path-traversal", grade(value), (0, 0), whence(value), value.lines)
    elif (value.built and "/" in (value.text or "")) or (value.built and "\\" in (value.text or "")):
        told = value.origin is Origin.OUTSIDE and not value.traits
        named = _PUBLIC.search(value.text or "") is not None and any(
            _NAMED_BY_USERS.match(root) for root in value.roots
        )
        if told or named:
            yield Hit(
                "python-path-traversal",
                Severity.MEDIUM,
                (0, 0),
                "A path is put together from a name that others may choose.",
                value.lines,
            )


def _receiver(call: Call) -> Iterator[Hit]:
    """Path(x).read_text(), (base / x).open()."""
    if call.receiver.name == "pathlib.Path()" or "Path()" in call.name:
        yield from _path(call.receiver)


def _saved(call: Call) -> Iterator[Hit]:
    """An uploaded file that is stored under the name that it came with."""
    value = call.argument(0, "dst", "path", "destination", "fp")
    if value is None or value.text is None or value.origin < Origin.OUTSIDE or value.traits:
        return
    if value.built or ".filename" in value.name:
        yield from _path(value)


def _extracted(call: Call) -> Iterator[Hit]:
    name = call.name.lower()
    if call.constant(-1, "filter") == "fully_trusted":
        yield Hit(
            "python-archive-extraction", Severity.MEDIUM, (0, 0), "The archive chooses where its members are written."
        )
    if "filter" in call.keywords or "members" in call.keywords or len(call.arguments) > 1 or "zip" in name:
        return
    if (
        "tarfile" in name
        or (call.module.uses("tarfile") and not call.module.uses("zipfile"))
        or re.search(r"\?\w*\btar\w*\.|\?t\.|\?tf\.", name)
    ):
        yield Hit(
            "python-archive-extraction", Severity.MEDIUM, (0, 0), "The archive chooses where its members are written."
        )


def _extracted_member(call: Call) -> Iterator[Hit]:
    name = call.name.lower()
    if "filter" not in call.keywords and "tarfile" in name and call.arguments and call.arguments[0].dynamic:
        yield Hit(
            "python-archive-extraction", Severity.MEDIUM, (0, 0), "The archive chooses where its members are written."
        )


def _unpacked(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "filename")
    if (
        value is not None
        and "filter" not in call.keywords
        and (
            value.origin is Origin.REQUEST
            or Trait.DOWNLOADED in value.traits
            or (value.origin is Origin.OUTSIDE and not value.traits)
        )
    ):
        yield Hit(
            "python-archive-extraction",
            grade(value),
            (0, 0),
            "The archive chooses where its members are written.",
            value.lines,
        )


def _included(call: Call) -> Iterator[Hit]:
    value = call.argument(0, "template_name_or_list", "template_name")
    if (
        value is not None
        and value.origin is Origin.REQUEST
        and value.harmful_in("path")
        and (value.text == HOLE or value.built)
    ):
        yield Hit(
            "python-path-traversal", Severity.HIGH, (0, 0), "A request chooses which template is read.", value.lines
        )


CALLS = {
    **dict.fromkeys(
        [
            "builtins.open",
            "io.open",
            "codecs.open",
            "os.open",
            "os.remove",
            "os.unlink",
            "os.rmdir",
            "os.removedirs",
            "os.listdir",
            "os.scandir",
            "os.makedirs",
            "os.mkdir",
            "os.stat",
            "os.chmod",
            "os.truncate",
            "os.walk",
            "os.readlink",
            "os.startfile",
            "shutil.rmtree",
            "flask.send_file",
            "quart.send_file",
            "aiofiles.open",
            "anyio.open_file",
            "starlette.responses.FileResponse",
            "fastapi.responses.FileResponse",
            "fastapi.FileResponse",
            "django.http.FileResponse",
            "linecache.getlines",
            "tarfile.open",
            "zipfile.ZipFile",
            "gzip.open",
            "bz2.open",
            "lzma.open",
            "pandas.read_csv",
            "pandas.read_excel",
            "pandas.read_json",
            "numpy.load",
            "numpy.loadtxt",
            "PIL.Image.open",
            "cv2.imread",
            "sqlite3.connect",
            "mmap.mmap",
            "fileinput.input",
            "aiohttp.web.FileResponse",
            "?web.FileResponse",
            "sanic.response.file",
            "wave.open",
            "configparser.ConfigParser().read",
            "logging.FileHandler",
            "glob.glob",
            "xml.etree.ElementTree.parse",
            "lxml.etree.parse",
        ],
        _opened,
    ),
    **dict.fromkeys(
        [
            "shutil.copy",
            "shutil.copyfile",
            "shutil.copy2",
            "shutil.copytree",
            "shutil.move",
            "os.rename",
            "os.replace",
            "os.link",
            "os.symlink",
        ],
        _both,
    ),
    **dict.fromkeys(("shutil.unpack_archive",), _unpacked),
    **dict.fromkeys(("flask.render_template", "django.shortcuts.render_to_response"), _included),
}
METHODS = {
    **dict.fromkeys(
        [
            "read_text",
            "read_bytes",
            "write_text",
            "write_bytes",
            "open",
            "unlink",
            "rmdir",
            "touch",
            "mkdir",
            "iterdir",
            "rename",
        ],
        _receiver,
    ),
    "extractall": _extracted,
    "extract": _extracted_member,
    "save": _saved,
}
