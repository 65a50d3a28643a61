"""What a change does to the things that others wrote: new, changed and gone dependencies, and how they can be an attack."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

GATE = "dependencies"
_PACKAGE = '{"name": "shop", "dependencies": {%s}}'
_LOCK = '{"lockfileVersion": 3, "packages": {"": {}, %s}}'
_ENTRY = '"node_modules/%s": {"version": "%s", "resolved": "https://registry.npmjs.org/%s/-/x.tgz", "integrity": "sha512-%s"}'


def _npm(packages: str, base: str | None = None) -> Example:
    return Example("package.json", _PACKAGE % packages, None if base is None else _PACKAGE % base)


def _requirements(text: str, base: str | None = None) -> Example:
    return Example("requirements.txt", text, base)


def _lock(entries: str, base: str) -> Example:
    return Example("package-lock.json", _LOCK % entries, _LOCK % base)


RULES = (
    Rule(
        "dependency-new", GATE, "A new dependency",
        "Code that somebody else wrote, and may change, becomes part of the product.",
        "Make sure that it is needed, kept up, and licensed as the product allows.",
        Severity.LOW,
        flagged=(
            _npm('"left-pad": "1.3.0"', ""), _requirements("flask==3.0.0\n", "\n"),
            Example("go.mod", "module a\n\nrequire github.com/pkg/errors v0.9.1\n", "module a\n"),
            Example("Cargo.toml", '[dependencies]\nserde = "1"\n', "[dependencies]\n"),
            Example("Gemfile", "gem 'rails', '~> 7.1'\n", "\n"),
            Example("Dockerfile", "FROM python:3.12\n"),
            Example(".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n"),
        ),
        unflagged=(
            _npm('"left-pad": "1.3.0"', '"left-pad": "1.2.0"'), _requirements("Flask==3.0.0  # web\n", "flask==2.0.0\n"),
            Example("Dockerfile", "FROM a:1 AS b\nFROM b\n", "FROM a:1\n"),
        ),
    ),
    Rule(
        "dependency-locked", GATE, "A new package in the lock file",
        "It is installed because something else needs it.",
        "Look at what asks for it, if you do not expect it.",
        Severity.INFO,
        flagged=(
            Example("yarn.lock", 'a@^1.0.0:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/a/-/a-1.0.0.tgz"\n', "# yarn\n"),
        ),
        unflagged=(Example("yarn.lock", 'a@^1.0.0:\n  version "1.1.0"\n', 'a@^1.0.0:\n  version "1.0.0"\n'),),
    ),
    Rule(
        "dependency-bumped", GATE, "A dependency changes its version",
        "Other code than before is used.", "Read what changed in it.", Severity.INFO,
        flagged=(_requirements("flask==3.0.0\n", "flask==2.0.0\n"),),
        unflagged=(_requirements("flask==3.0.0\n", "flask==3.0.0 # same\n"),),
    ),
    Rule(
        "dependency-downgraded", GATE, "A dependency goes back to an older version",
        "Mistakes that were mended since, and their vulnerabilities, come back.",
        "Say why the newer version cannot be used.", Severity.LOW,
        flagged=(_requirements("flask==2.0.0\n", "flask==3.0.0\n"),),
        unflagged=(_requirements("flask==3.0.10\n", "flask==3.0.9\n"),),
    ),
    Rule(
        "dependency-moved", GATE, "A dependency moves to another group",
        "What was needed for building only may now be part of the product, or the other way round.",
        "Make sure that this is meant.", Severity.INFO,
        flagged=(Example("package.json", '{"dependencies": {"a": "1.0.0"}}', '{"devDependencies": {"a": "1.0.0"}}'),),
        unflagged=(Example("package.json", '{"devDependencies": {"a": "1.0.1"}}', '{"devDependencies": {"a": "1.0.0"}}'),),
    ),
    Rule(
        "dependency-gone", GATE, "A dependency goes",
        "It is no longer declared here.", "Make sure that nothing still uses it.", Severity.INFO,
        flagged=(_requirements("\n", "flask==2.0.0\n"),),
        unflagged=(_requirements("flask\n", "flask==2.0.0\n"),),
    ),
    Rule(
        "dependency-resourced", GATE, "A dependency now comes from somewhere else",
        "Instead of the registry, a repository or address decides what is installed: nobody else checks it, and it can change.",
        "Take it from the registry; if it has to be a copy of your own, publish it there, or pin the commit.",
        Severity.HIGH, "CWE-829",
        flagged=(
            _npm('"a": "git+https://github.com/x/a.git"', '"a": "1.0.0"'),
            Example("go.mod", "module a\n\nreplace a.b/c => github.com/x/c v1.0.0\n", "module a\n"),
            Example("Cargo.toml", '[patch.crates-io]\nserde = { git = "https://github.com/x/serde" }\n', "[package]\n"),
        ),
        unflagged=(_npm('"a": "1.0.1"', '"a": "1.0.0"'),),
    ),
    Rule(
        "dependency-from-elsewhere", GATE, "A dependency comes from outside the usual registry",
        "Its content is whatever that repository, host or address says at the moment of installation.",
        "Take it from the registry, or pin it by commit and digest.",
        Severity.MEDIUM, "CWE-829",
        flagged=(
            _requirements("git+https://github.com/x/a.git@main#egg=a\n", "\n"), _npm('"a": "https://example.com/a.tgz"', ""),
        ),
        unflagged=(_requirements("a==1.0\n", "\n"), _npm('"a": "workspace:*"', "")),
    ),
    Rule(
        "dependency-swapped", GATE, "A locked package has other content under the same version",
        "A published version never changes: either the lock file was tampered with, or the package was.",
        "Do not install it. Make the lock file anew on a clean machine and compare.",
        Severity.CRITICAL, "CWE-494",
        flagged=(_lock(_ENTRY % ("a", "1.0.0", "a", "bbb"), _ENTRY % ("a", "1.0.0", "a", "aaa")),
                 _lock(_ENTRY % ("a", "1.0.1", "evil", "b"), _ENTRY % ("a", "1.0.0", "a", "a"))),
        unflagged=(_lock(_ENTRY % ("a", "1.0.1", "a", "bbb"), _ENTRY % ("a", "1.0.0", "a", "aaa")),),
    ),
    Rule(
        "dependency-unpinned", GATE, "A dependency without a fixed version",
        "Whatever is published next is installed, without anybody having seen it.",
        "Name a version or a range; for actions, images and repositories a commit or digest.",
        Severity.MEDIUM, "CWE-1357",
        flagged=(
            _npm('"a": "*"', ""), _requirements("flask\n", "flask==2.0.0\n"), Example("Dockerfile", "FROM node:latest\n"),
            Example(".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - uses: x/y@main\n"),
        ),
        unflagged=(_npm('"a": "^1.2.0"', ""), Example("Dockerfile", "FROM node:22.1\n")),
    ),
    Rule(
        "dependency-look-alike", GATE, "A name that looks like a popular package's",
        "Such names are registered by people who wait for a slip of the finger.",
        "Compare the name letter by letter with the package that you mean.",
        Severity.HIGH, "CWE-1357",
        flagged=(_npm('"loadsh": "1.0.0"', ""), _requirements("reqeusts==2.0\n", "\n"), _npm('"crossenv": "1.0.0"', "")),
        unflagged=(_npm('"lodash": "4.17.21", "preact": "10.0.0"', ""), _requirements("python_dateutil==2.9\n", "\n")),
    ),
    Rule(
        "dependency-install-script", GATE, "Code that runs when it is installed",
        "Installing it, on a developer's machine or in the build, runs its commands at once.",
        "Install with scripts off, or read the script of exactly this version.",
        Severity.MEDIUM, "CWE-506",
        flagged=(
            Example("package.json", '{"scripts": {"postinstall": "node setup.js"}}', "{}"),
            _lock('"node_modules/a": {"version": "1.0.0", "hasInstallScript": true}', '"node_modules/b": {"version": "1.0.0"}'),
        ),
        unflagged=(
            Example("package.json", '{"scripts": {"prepare": "husky", "test": "jest"}}', "{}"),
            Example("package.json", '{"scripts": {"postinstall": "x"}, "version": "2"}', '{"scripts": {"postinstall": "x"}}'),
        ),
    ),
    Rule(
        "dependency-index", GATE, "Packages are taken from another index",
        "Whoever runs that index decides what is installed, also under the names of your own packages.",
        "Use one index that you trust, and pin by digest.",
        Severity.HIGH, "CWE-829",
        flagged=(_requirements("--extra-index-url https://pypi.example.com/simple\na==1\n", "a==1\n"),),
        unflagged=(_requirements("--index-url https://pypi.org/simple\na==1\n", "a==1\n"),),
    ),
    Rule(
        "dependency-vulnerable", GATE, "A version with known vulnerabilities",
        "How to attack it is published.", "Use a version in which it is mended.", Severity.HIGH, "CWE-1395",
    ),
)  # fmt: skip
