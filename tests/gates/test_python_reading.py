"""Python files: what is reported of a change, and what happens with what cannot be read."""

from __future__ import annotations

import ast
import time

import pytest

from shipui.gates.base import ChangedFile, Fragment, Status
from shipui.gates.python.analyser import PythonAnalyser
from shipui.model.findings import NEEDS_REVIEW, Finding, Severity
from tests.gates.changes import changed_file


def look(text: str, base: str | None = None, *, whole: bool = True, path: str = "app/views.py") -> list[Finding]:
    return PythonAnalyser().examine_file(changed_file(path, text, base, whole=whole))


def rules(findings: list[Finding]) -> set[str]:
    return {each.rule for each in findings}


OLD = "import os\n\n\ndef run(name):\n    os.system('ls ' + name)\n    print(name)\n"


def test_what_the_change_did_not_touch_is_not_reported() -> None:
    assert look(OLD + "\n\ndef more():\n    return 1\n", OLD) == []


def test_a_statement_of_several_lines_is_reported_when_one_of_them_changed() -> None:
    base = "import os\n\n\ndef run(name):\n    os.system(\n        'ls '\n        + str(1)\n    )\n"
    found = look(base.replace("str(1)", "name"), base)
    assert rules(found) == {"python-command-injection"}
    assert found[0].line == 7


def test_a_change_where_the_text_is_put_together_is_reported_though_the_call_stays() -> None:
    base = 'def find(cur, name):\n    q = "SELECT * FROM t"\n    cur.execute(q)\n'
    text = base.replace('"SELECT * FROM t"', '"SELECT * FROM t WHERE n = \'" + name + "\'"')
    assert rules(look(text, base)) == {"python-sql-injection"}


def test_a_value_from_a_request_blocks_and_one_that_is_not_known_warns() -> None:
    text = "import os\ndef view(request):\n    os.system('ls ' + request.GET['x'])\ndef other(x):\n    os.system('ls ' + x)\n"
    assert [(each.line, each.severity) for each in look(text)] == [(3, Severity.HIGH), (5, Severity.MEDIUM)]


def test_a_helper_is_judged_by_what_a_view_hands_to_it() -> None:
    text = "import os\ndef run(x):\n    os.system('ls ' + x)\ndef view(request):\n    run(request.GET['x'])\n"
    assert [(each.line, each.severity) for each in look(text)] == [(3, Severity.HIGH)]


@pytest.mark.parametrize(
    "guard",
    [
        "if name not in ALLOWED:\n        return None",
        "if not name.isalnum():\n        raise ValueError(name)",
        "assert name in ALLOWED",
        "if not re.fullmatch('[a-z]+', name):\n        abort(400)",
        "name = str(int(name))",
        "name = shlex.quote(name)",
    ],
)
def test_a_value_that_passed_a_check_is_harmless(guard: str) -> None:
    text = f"import os, re, shlex\ndef view(request):\n    name = request.GET['x']\n    {guard}\n    os.system('ls ' + name)\n"
    assert look(text) == []


def test_a_check_of_another_variable_changes_nothing() -> None:
    text = "import os\ndef view(request):\n    name = request.GET['x']\n    if other not in ALLOWED:\n        return\n    os.system('ls ' + name)\n"
    assert rules(look(text)) == {"python-command-injection"}


@pytest.mark.parametrize(
    "text",
    [
        "import os as o\ndef f(x):\n    o.system('ls ' + x)",
        "from os import system as run\ndef f(x):\n    run('ls ' + x)",
        "import os\nrun = os.system\ndef f(x):\n    run('ls ' + x)",
        "import os\ndef f(x):\n    getattr(os, 'system')('ls ' + x)",
        "def f(x):\n    __import__('os').system('ls ' + x)",
    ],
)
def test_a_function_is_known_by_what_it_is_and_not_by_how_it_is_written(text: str) -> None:
    assert rules(look(text)) == {"python-command-injection"}


def test_a_function_of_the_same_name_is_another_function() -> None:
    assert look("def system(line):\n    return line\n\n\ndef f(x):\n    system('ls ' + x)\n") == []


def test_comments_and_texts_never_match() -> None:
    assert look("# os.system('ls ' + x)\nNOTE = 'eval(x), pickle.loads(data), os.system(x)'\n") == []


def test_a_file_that_does_not_parse_needs_review_and_the_rest_of_it_is_read() -> None:
    found = look("import os\n\n\ndef broken(:\n    pass\n\n\ndef run(name):\n    os.system('ls ' + name)\n")
    assert rules(found) == {NEEDS_REVIEW, "python-command-injection"}
    assert {each.rule: each.line for each in found} == {NEEDS_REVIEW: 4, "python-command-injection": 9}


def test_with_a_diff_alone_a_fragment_from_the_middle_of_a_function_is_read() -> None:
    base = (
        "class View:\n"
        + "\n".join(f"    a{number} = {number}" for number in range(20))
        + "\n    def get(self, name):\n        x = 1\n        return x\n"
    )
    text = base.replace("        return x", "        os.system('ls ' + name)\n        return x")
    found = look(text, base, whole=False)
    assert rules(found) == {"python-command-injection"}
    assert found[0].line == 24


def test_with_a_diff_alone_what_is_no_python_needs_review() -> None:
    found = look("x = = 1\n", whole=False)
    assert rules(found) == {NEEDS_REVIEW}


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5000 + ")" * 5000,
        "x = " + "-" * 50_000 + "1",
        "x = " + "[" * 90 + "]" * 90,
        "x = " + ".a()".join(["y"] * 400),
        "\n".join(" " * depth + "if x:" for depth in range(95)) + "\n" + " " * 95 + "pass",
    ],
    ids=["brackets", "minus", "lists", "calls", "blocks"],
)
def test_deep_nesting_is_read_or_needs_review(text: str) -> None:
    assert rules(look(text)) <= {NEEDS_REVIEW}


def test_a_long_sum_and_a_long_line_are_read() -> None:
    long_sum = " + ".join(["'a'"] * 800)
    text = f"import os\ndef f(name):\n    x = {long_sum}\n    os.system(x + name)\ny = '{'a' * 1_000_000}'\n"
    started = time.process_time()
    assert rules(look(text)) == {"python-command-injection"}
    assert time.process_time() - started < 20


def test_the_time_grows_with_the_size_of_the_file() -> None:
    def seconds(copies: int) -> float:
        body = "".join(
            f"def f{number}(a, b):\n    if a in b:\n        q = f'x {{a}}'\n        for c in b:\n            q += c\n"
            f"    g{number}(q, f{number - 1})\n    return q\n"
            for number in range(copies)
        )
        ast.parse(body)
        started = time.process_time()
        look(body)
        return time.process_time() - started

    small, large = seconds(100), seconds(1000)
    assert large < max(small, 0.05) * 40


def test_the_program_itself_is_clean_of_its_own_rules() -> None:
    assert look("print('hello')\n") == []


def test_a_program_without_an_ending_is_known_by_its_first_line() -> None:
    file = changed_file("bin/tool", "#!/usr/bin/env python3\nimport os, sys\nos.system('ls ' + sys.argv[1])\n")
    assert PythonAnalyser().wants(file)
    assert not PythonAnalyser().wants(changed_file("bin/tool", "#!/bin/sh\nls\n"))


@pytest.mark.parametrize("line", ["print 'x'", "x = (", "if x:", "def f(:", "    return )"], ids=range(5))
def test_a_long_fragment_of_something_else_ends_soon(line: str) -> None:
    file = changed_file("a.py", "x")
    lines = (line,) * 20_000
    file = type(file)("a.py", file.status, added=dict(enumerate(lines, 1)), fragments=(Fragment(1, lines),))
    started = time.process_time()
    assert NEEDS_REVIEW in rules(PythonAnalyser().examine_file(file)) or line == "if x:"
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    "cut",
    [
        "        b=1,\n    )\n    os.system('ls ' + name)\n",
        '    what it does.\n    """\n    os.system("ls " + name)\n',
        "        else:\n            os.system('ls ' + name)\n    return name\n",
        "        or name\n    )\n    os.system('ls ' + name)\n",
        "    name: str,\n) -> None:\n    os.system('ls ' + name)\n",
        "        except ValueError:\n            pass\n        os.system('ls ' + name)\n    try:\n        pass\n",
        '    "a": {\n        "b": 1,\n    },\n}\nos.system("ls " + name)\ncall(\n    name,\n',
    ],
)
def test_a_piece_that_is_cut_out_of_a_file_is_read(cut: str) -> None:
    lines = tuple(cut.rstrip("\n").split("\n"))
    shown = ChangedFile(
        "app/a.py",
        Status.MODIFIED,
        mode=0o100644,
        added={40 + place: line for place, line in enumerate(lines)},
        fragments=(Fragment(40, lines),),
    )
    (found,) = PythonAnalyser().examine_file(shown)
    place = next(index for index, line in enumerate(lines) if "os.system" in line)
    assert (found.rule, found.line) == ("python-command-injection", 40 + place)
