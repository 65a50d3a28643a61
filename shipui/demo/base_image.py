"""A container image made of this machine's own programs, for engines that reach no registry: Python with psycopg, PostgreSQL, git, a shell."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PROGRAMS = (
    *(
        "sh",
        "bash",
        "env",
        "cat",
        "ls",
        "cp",
        "mv",
        "rm",
        "mkdir",
        "rmdir",
        "chmod",
        "chown",
        "ln",
        "touch",
        "stat",
        "df",
        "du",
    ),
    *(
        "sleep",
        "true",
        "false",
        "test",
        "id",
        "kill",
        "tr",
        "head",
        "tail",
        "sort",
        "sed",
        "grep",
        "find",
        "wc",
        "date",
        "tar",
        "gzip",
    ),
    *("sha256sum", "mktemp", "git"),
)
"""What a small application, and those who look at it, expect; one that this machine lacks is left out."""
PACKAGES = ("psycopg", "psycopg_binary", "psycopg_binary.libs", "psycopg_pool", "typing_extensions.py", "tzdata")
_LEFT_OUT = frozenset(
    {
        "test",
        "tests",
        "idlelib",
        "lib2to3",
        "tkinter",
        "turtledemo",
        "ensurepip",
        "site-packages",
        "bitcode",
        "pkgconfig",
        "include",
    }
)
_NEVER = re.compile(r"\.(a|bc|pyc)$|^(llvmjit.*|plpython.*|plperl.*|pltcl.*)\.so$|^_tkinter\.")
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")
_ACCOUNTS = """\
root:x:0:0:root:/root:/bin/sh
postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/sh
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
"""
_GROUPS = """\
root:x:0:
postgres:x:999:
app:x:1000:
nogroup:x:65534:
"""


def write_base_archive(path: Path, *, postgres: Path) -> None:
    """A tar that `docker import` takes. `postgres` is the prefix of an installed PostgreSQL: a folder with bin, lib and share.

    Everything lies where it lies here; `python3` is on the usual PATH, and the server's programs in `postgres`/bin.
    """
    with tarfile.open(path, "w") as archive:
        image = _Image(archive)
        image.skeleton()
        for program in PROGRAMS:
            if (found := shutil.which(program)) is not None:
                image.program(Path(found), as_name=f"/usr/bin/{program}")
        for each in _python_files():
            image.add(each)
        image.program(Path(sys.executable).resolve(), as_name="/usr/bin/python3")
        for each in _package_files():
            image.add(each, under=_site_packages())
        for each in _below(postgres):
            image.add(each)
        for share in _postgres_share(postgres):
            for each in _below(share):
                image.add(each)
        for folder in (
            "/usr/lib/git-core/mergetools",
            "/usr/share/git-core/templates",
            "/usr/share/zoneinfo",
            "/usr/lib/locale/C.utf8",
        ):
            for each in _below(Path(folder)):
                image.add(each)
        image.libraries()


class _Image:
    """The archive as it grows; a name is added once."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._names: set[str] = set()
        self._binaries: list[Path] = []
        self._moved: Path | None = None
        """What lies below here goes elsewhere, its libraries with it."""

    def skeleton(self) -> None:
        for name in (
            "usr",
            "usr/bin",
            "usr/lib",
            "usr/lib64",
            "usr/sbin",
            "etc",
            "root",
            "home",
            "home/app",
            "var",
            "var/lib",
            "proc",
            "sys",
            "dev",
        ):
            self._folder(name, 0o755)
        for name in ("tmp", "var/tmp", "run"):
            self._folder(name, 0o1777)
        for name in ("bin", "lib", "lib64", "sbin"):
            self._link(name, f"usr/{name}")
        self._link("usr/bin/python", "python3")
        self._text("etc/passwd", _ACCOUNTS)
        self._text("etc/group", _GROUPS)
        self._text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")

    def add(self, path: Path, *, under: tuple[Path, Path] | None = None) -> None:
        """The file, where it lies here, or moved from below `under[0]` to below `under[1]`."""
        if under is not None:
            self._moved = under[0].resolve()
        target = under[1] / path.relative_to(under[0]) if under else path.parent.resolve() / path.name
        self._file(path, str(target).lstrip("/"))

    def program(self, path: Path, *, as_name: str) -> None:
        self._file(path.resolve(), as_name.lstrip("/"))

    def libraries(self) -> None:
        """Whatever the programs and extensions that were added are linked with."""
        for start in range(0, len(self._binaries), 200):
            found = subprocess.run(
                ["ldd", *map(str, self._binaries[start : start + 200])], capture_output=True, text=True, check=False
            )
            for library in sorted(set(_LIBRARY.findall(found.stdout))):
                path = Path(library)
                if self._moved is not None and path.resolve().is_relative_to(self._moved):
                    continue
                self._file(path.resolve(), str(path.parent.resolve() / path.name).lstrip("/"))

    def _file(self, path: Path, name: str) -> None:
        if name in self._names:
            return
        if path.is_symlink() and not path.exists():
            return
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            return
        self._parents(name)
        self._names.add(name)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = info.st_size, stat.S_IMODE(info.st_mode) | 0o444, int(info.st_mtime)
        with path.open("rb") as file:
            if file.read(4) == b"\x7fELF":
                self._binaries.append(path)
            file.seek(0)
            self._archive.addfile(entry, file)

    def _parents(self, name: str) -> None:
        for parent in reversed(Path(name).parents):
            if str(parent) != "." and str(parent) not in self._names:
                self._folder(str(parent), 0o755)

    def _folder(self, name: str, mode: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        self._names.add(name)
        self._archive.addfile(entry)

    def _link(self, name: str, target: str) -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        self._names.add(name)
        self._archive.addfile(entry)

    def _text(self, name: str, text: str) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(text.encode()), 0o644
        self._names.add(name)
        self._archive.addfile(entry, io.BytesIO(text.encode()))


def _python_files() -> Iterator[Path]:
    """The standard library, less its tests; and the interpreter's own shared library."""
    library = Path(os.__file__).resolve().parent
    yield from _below(library)
    yield from sorted(Path(sys.base_prefix, "lib").glob("libpython3*.so*"))
    prefix = Path(sys.base_prefix).resolve()
    yield from sorted(
        each for each in (prefix / "bin").glob("python3*") if each.name.removeprefix("python3").lstrip(".").isdigit()
    )


def _site_packages() -> tuple[Path, Path]:
    """Where psycopg lies here, and where it goes."""
    spec = importlib.util.find_spec("psycopg")
    assert spec is not None
    assert spec.origin is not None
    here = Path(spec.origin).parent.parent
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    debian = Path("/usr/lib/python3")
    library = Path(os.__file__).resolve().parent
    return here, debian / "dist-packages" if library == Path("/usr/lib") / version else library / "site-packages"


def _package_files() -> Iterator[Path]:
    here, _ = _site_packages()
    for name in PACKAGES:
        path = here / name
        yield from [path] if path.is_file() else _below(path)
    for each in sorted(here.glob("psycopg*.dist-info")):
        yield from _below(each)


def _postgres_share(prefix: Path) -> Iterable[Path]:
    """Debian keeps the server's data files apart from its programs: /usr/lib/postgresql/15, /usr/share/postgresql/15."""
    return [Path("/usr/share/postgresql", prefix.name)] if prefix.parent == Path("/usr/lib/postgresql") else []


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            each for each in set(folders) - _LEFT_OUT - {"__pycache__"} if not each.startswith("config-")
        )
        for name in sorted(files):
            if not _NEVER.search(name):
                yield Path(parent, name)
