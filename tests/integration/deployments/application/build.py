"""Builds the application: compiles it into `release/`. behaviour.json says how the build behaves."""

import json
import os
import pathlib
import shutil
import time

behaviour = json.loads(pathlib.Path("behaviour.json").read_text())
print(f"building {os.environ['SHIPUI_BUILD']} of {os.environ['SHIPUI_COMMIT']}")
match behaviour.get("build"):
    case "fails":
        raise SystemExit("the build fails on purpose")
    case "silent":
        time.sleep(600)
    case "chatty":
        for line in range(2000):
            print(f"line {line} \x1b]52;c;aGk=\x07 [/foo]")
    case "slow":
        time.sleep(behaviour["seconds"])
release = pathlib.Path("release")
release.mkdir()
for name in ("app.py", "release.py"):
    compile(pathlib.Path(name).read_text(), name, "exec")
    shutil.copy(name, release)
shutil.copy("behaviour.json", release)
