"""How long `shipui gates --diff` takes and how much memory it needs, for 10, 50 and 200 thousand changed lines, and for hostile shapes.

The peer is semgrep with fifteen patterns of the same subjects on the same files, side by side, where it is installed (`semgrep` on PATH).
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_SECONDS, LIMIT_MEGABYTES = 4.0, 400
LINES_OF_A_FILE = 62

JAVASCRIPT = """import express from 'express';
import {{ pool }} from './pool';
import {{ readFile }} from 'node:fs/promises';

export const router{n} = express.Router();

export interface Item{n} {{
  id: number;
  name: string;
  tags: string[];
}}

function label{n}(item: Item{n}): string {{
  const tags = item.tags.map((tag) => tag.trim().toLowerCase()).filter(Boolean);
  return `${{item.name}} (${{tags.join(', ')}})`;
}}

router{n}.get('/items/:id', async (req, res) => {{
  const id = Number(req.params.id);
  if (!Number.isInteger(id)) {{
    return res.status(400).json({{ error: 'id' }});
  }}
  const found = await pool.query('SELECT * FROM items_{n} WHERE id = $1', [id]);
  if (found.rows.length === 0) {{
    return res.status(404).json({{ error: 'not found' }});
  }}
  return res.json({{ ...found.rows[0], label: label{n}(found.rows[0]) }});
}});

export class Store{n} {{
  private readonly items = new Map<number, Item{n}>();

  constructor(private readonly folder: string) {{}}

  async load(name: 'a' | 'b'): Promise<number> {{
    const text = await readFile(`${{this.folder}}/${{name}}.json`, 'utf8');
    for (const item of JSON.parse(text) as Item{n}[]) {{
      this.items.set(item.id, item);
    }}
    return this.items.size;
  }}

  search(term: string, limit = 20): Item{n}[] {{
    const wanted = term.toLowerCase();
    const result = [];
    for (const item of this.items.values()) {{
      if (item.name.toLowerCase().includes(wanted)) {{
        result.push(item);
      }}
      if (result.length >= limit) {{
        break;
      }}
    }}
    return result.sort((a, b) => a.id - b.id);
  }}
}}

export default router{n};
// the end of part {n}
// of the whole
"""

PYTHON = '''"""Part {n}."""

import json
import subprocess
from pathlib import Path


class Store{n}:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.items = {{}}

    def load(self, name):
        for item in json.loads((self.folder / name).read_text()):
            self.items[item["id"]] = item
        return len(self.items)

    def search(self, term, limit=20):
        wanted = term.lower()
        found = [item for item in self.items.values() if wanted in item["name"].lower()]
        return sorted(found, key=lambda item: item["id"])[:limit]

    def by_id(self, connection, number):
        return connection.execute("SELECT * FROM items_{n} WHERE id = %s", (number,)).fetchone()

    def revision(self):
        return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, check=True).stdout
'''


def text_of(number: int) -> tuple[str, str]:
    """Three of four files are TypeScript."""
    if number % 4:
        return f"src/part{number}.ts", JAVASCRIPT.format(n=number)
    return f"src/part{number}.py", (PYTHON * 3).format(n=number)


def diff_of(texts: list[tuple[str, str]]) -> str:
    pieces = []
    for path, text in texts:
        lines = text.rstrip("\n").split("\n")
        pieces.append(
            f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n"
        )
        pieces += [f"+{line}\n" for line in lines]
    return "".join(pieces)


def files_of(lines: int) -> list[tuple[str, str]]:
    texts, total = [], 0
    while total < lines:
        texts.append(text_of(len(texts) + 1))
        total += texts[-1][1].count("\n")
    return texts


def timed(diff: Path) -> tuple[float, float, float, int]:
    """Seconds of wall time and of all processors, megabytes of the largest process, and the exit code."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "shipui", "gates", "--diff", str(diff), "--format", "json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    largest = max(usage.ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, largest, process.returncode


def hostile() -> dict[str, str]:
    return {
        "a line of 1 MB": "const data = '" + "a" * 1_000_000 + "';",
        "a bundle of 1 MB": "a(b);" * 200_000,
        "20,000 brackets": "[" * 20_000 + "]" * 20_000,
        "20,000 calls": "f(" * 20_000 + ")" * 20_000,
    }


def semgrep(folder: Path, texts: list[tuple[str, str]]) -> float | None:
    program = shutil.which("semgrep")
    if program is None:
        return None
    for path, text in texts:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    patterns = (
        "eval($X)",
        "exec($X)",
        "$X.query($Y + $Z)",
        "fetch($X)",
        "$X.innerHTML = $Y",
        "new Function($X)",
        "$X.redirect($Y)",
        "document.write($X)",
    )
    rules = [
        f"  - {{id: j{i}, languages: [ts], severity: ERROR, message: m, pattern: '{p}'}}"
        for i, p in enumerate(patterns)
    ]
    rules += [
        f"  - {{id: p{i}, languages: [python], severity: ERROR, message: m, pattern: '{p}'}}"
        for i, p in enumerate(
            (
                "eval($X)",
                "exec($X)",
                "os.system($X)",
                "pickle.loads($X)",
                "yaml.load($X)",
                "$X.execute($Y + $Z)",
                "subprocess.run($X, shell=True)",
            )
        )
    ]
    (folder / "rules.yml").write_text("rules:\n" + "\n".join(rules) + "\n")
    begun = time.perf_counter()
    subprocess.run(
        [program, "scan", "--metrics=off", "--config", str(folder / "rules.yml"), str(folder / "src")],
        capture_output=True,
        check=False,
    )
    return time.perf_counter() - begun


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="shipui-bench-") as name:
        folder = Path(name)
        for lines in (10_000, 50_000, 200_000):
            texts = files_of(lines)
            (folder / "change.diff").write_text(diff_of(texts))
            seconds, work, megabytes, _ = timed(folder / "change.diff")
            limit = f"  (at most {LIMIT_SECONDS} s, {LIMIT_MEGABYTES} MB)" if lines == 50_000 else ""
            print(
                f"{lines:8,} lines in {len(texts):5,} files: {seconds:6.2f} s ({work:.2f} s of processors) {megabytes:6.0f} MB{limit}",
                flush=True,
            )
            if lines == 50_000:
                peer = semgrep(folder, texts)
                print(
                    "         semgrep is not installed"
                    if peer is None
                    else f"         semgrep: {peer:.2f} s; ratio {seconds / peer:.2f} (at most 0.4)"
                )
        for what, text in hostile().items():
            (folder / "change.diff").write_text(diff_of([("src/hostile.js", text)]))
            seconds, _, megabytes, code = timed(folder / "change.diff")
            print(f"{what:>20}: {seconds:6.2f} s {megabytes:6.0f} MB, exit {code}", flush=True)


if __name__ == "__main__":
    main()
