"""A small application with a database, whose behaviour.json says what goes wrong with it."""

import http.server
import json
import os
import pathlib
import signal
import sys
import threading
import time

import psycopg

behaviour = json.loads(pathlib.Path("behaviour.json").read_text())
url = os.environ["DATABASE_URL"]

if statement := behaviour.get("start_sql"):
    with psycopg.connect(url) as connection:
        connection.execute(statement)
time.sleep(behaviour.get("start_seconds", 0))
if behaviour.get("start") == "exits":
    print("I cannot start: the answer is 41")
    sys.exit(3)
if behaviour.get("start") == "exits later":
    threading.Timer(0.5, lambda: os._exit(4)).start()
pool = psycopg.connect(url, autocommit=True)
lock = threading.Lock()
if behaviour.get("stop") == "ignores":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def write_for_ever():
    """With a new session for each row: closing the database to everyone is all that keeps it out."""
    while True:
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=1) as connection:
                connection.execute("INSERT INTO note (body) VALUES ('by itself')")
        except psycopg.Error:
            time.sleep(0.01)


if behaviour.get("writes") == "by itself":
    threading.Thread(target=write_for_ever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        match behaviour.get("health"):
            case "sick":
                self.answer(503, {"status": "sick"})
            case "silent":
                time.sleep(600)
            case "drips":
                self.send_response(200)
                self.end_headers()
                for _ in range(600):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.5)
            case "old":
                self.answer(200, {"build": "FB-00000000"})
            case _:
                self.answer(200, {"build": os.environ["SHIPUI_BUILD"], "word": behaviour.get("word")})

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with lock:
            row = pool.execute("INSERT INTO note (body) VALUES (%s) RETURNING id", (text,)).fetchone()
        self.answer(201, {"id": row[0]})

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


Server((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler).serve_forever()
