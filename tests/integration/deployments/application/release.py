"""The release command: the migration, or whatever behaviour.json says."""

import json
import os
import pathlib
import time

import psycopg

behaviour = json.loads(pathlib.Path("behaviour.json").read_text())
if behaviour.get("release") == "hangs":
    time.sleep(600)
if behaviour.get("release") == "fails":
    raise SystemExit("the release command fails on purpose")
if statement := behaviour.get("release_sql"):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(statement)
if behaviour.get("release") == "fails after":
    raise SystemExit("the release command fails when it has migrated")
print("released")
