"""How long `shipui gates --diff` takes and how much memory it needs, for 10, 50 and 200 thousand changed lines, a large lock file, and
hostile shapes. It fails when a bound is broken.

The peer is semgrep with fifteen patterns of the same subjects on the same files, side by side, where it is installed (`make
bench-peers`). Times of all processors are what is bounded beside wall time, since others may be using the machine: the bound of 4 s of wall
time on two processors is broken only if 8 s of processors are used as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.scanners import peer

LIMIT_SECONDS, LIMIT_MEGABYTES, PROCESSORS = 4.0, 400, 2
LIMIT_RATIO = 0.4
LIMIT_GROWTH = 1.3
"""How much more a line may cost in the largest diff than in the one of 50,000 lines."""
LIMIT_HOSTILE = 10.0
LOCKED_PACKAGES = 15_000
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


def lock_file(packages: int) -> str:
    """package-lock.json, some 440 bytes for each package."""
    found = {
        f"node_modules/@scope{each % 40}/package-{each}": {
            "version": f"{each % 9}.{each % 20}.0",
            "resolved": f"https://registry.npmjs.org/@scope{each % 40}/package-{each}/-/package-{each}-{each % 9}.{each % 20}.0.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(str(each).encode()).digest()).decode(),
            "license": "MIT",
            "dependencies": {f"other-{other}": "^1.0.0" for other in range(each % 5)},
        }
        for each in range(packages)
    }
    return json.dumps({"name": "shop", "lockfileVersion": 3, "packages": found}, indent=2)


def semgrep(folder: Path, texts: list[tuple[str, str]]) -> float | None:
    """Seconds of wall time."""
    program = peer("semgrep")
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
        [
            program,
            "scan",
            "--metrics=off",
            "--disable-version-check",
            "--config",
            str(folder / "rules.yml"),
            str(folder / "src"),
        ],
        capture_output=True,
        check=False,
    )
    return time.perf_counter() - begun


def main() -> int:
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="shipui-bench-") as name:
        folder = Path(name)
        broken += _sizes(folder)
        broken += _shapes(folder)
    for each in broken:
        print(f"BROKEN  {each}")
    return 1 if broken else 0


def _sizes(folder: Path) -> Iterator[str]:
    cost = {}
    for lines in (10_000, 50_000, 200_000):
        texts = files_of(lines)
        (folder / "change.diff").write_text(diff_of(texts))
        seconds, work, megabytes, _ = timed(folder / "change.diff")
        cost[lines] = work / lines
        print(
            f"{lines:8,} lines in {len(texts):5,} files: {seconds:6.2f} s ({work:.2f} s of processors) {megabytes:6.0f} MB",
            flush=True,
        )
        if lines == 50_000:
            if seconds > LIMIT_SECONDS and work > LIMIT_SECONDS * PROCESSORS:
                yield f"{lines:,} lines take {seconds:.1f} s, at most {LIMIT_SECONDS} s are wanted"
            if megabytes > LIMIT_MEGABYTES:
                yield f"{lines:,} lines take {megabytes:.0f} MB, at most {LIMIT_MEGABYTES} MB are wanted"
            yield from _beside_semgrep(folder, texts, seconds)
    if cost[200_000] > LIMIT_GROWTH * cost[50_000]:
        yield f"a line costs {cost[200_000] / cost[50_000]:.2f} times as much in 200,000 as in 50,000"


def _beside_semgrep(folder: Path, texts: list[tuple[str, str]], seconds: float) -> Iterator[str]:
    other = semgrep(folder, texts)
    if other is None:
        print("         semgrep is not installed: `make bench-peers`")
        return
    print(f"         semgrep: {other:.2f} s; ratio {seconds / other:.2f} (at most {LIMIT_RATIO})")
    if seconds > LIMIT_RATIO * other:
        yield f"the ratio to semgrep is {seconds / other:.2f}, at most {LIMIT_RATIO} is wanted"


def _shapes(folder: Path) -> Iterator[str]:
    for what, path, text in (
        ("a lock file", "package-lock.json", lock_file(LOCKED_PACKAGES)),
        *((name, "src/hostile.js", text) for name, text in hostile().items()),
    ):
        (folder / "change.diff").write_text(diff_of([(path, text)]))
        seconds, work, megabytes, code = timed(folder / "change.diff")
        print(
            f"{what:>20} ({len(text) / 1e6:.1f} MB): {seconds:6.2f} s ({work:.2f} s of processors) {megabytes:6.0f} MB, exit {code}",
            flush=True,
        )
        if work > LIMIT_HOSTILE:
            yield f"{what} takes {work:.1f} s of processors, at most {LIMIT_HOSTILE} s are wanted"


if __name__ == "__main__":
    sys.exit(main())
