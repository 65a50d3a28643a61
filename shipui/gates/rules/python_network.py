"""Python: places that a program should not talk to, and switches that make talking unsafe."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity


def _examples(*texts: str) -> tuple[Example, ...]:
    return tuple(Example("app/service.py", text) for text in texts)


RULES = (
    Rule(
        "python-unexpected-network",
        "security",
        "A call to a place that programs do not usually talk to",
        "It may fetch something harmful, or carry data away.",
        "Name the service in the configuration, by its host name, and use a library for its protocol.",
        Severity.MEDIUM,
        "CWE-506",
        _examples(
            "import socket\ns = socket.socket()\ns.connect(('203.0.113.5', 4444))",
            "import requests\nrequests.get('http://203.0.113.9/x')",
        ),
        _examples(
            "import socket\ns = socket.socket()\ns.connect(('127.0.0.1', 5432))",
            "import requests\nrequests.get('https://api.github.com/meta')",
        ),
    ),
    Rule(
        "python-tls-verification-off",
        "security",
        "The other side is not checked",
        "Anybody on the way can read and change what is sent.",
        "Leave the check on; add the authority's certificate (verify=\"/path/ca.pem\"), or the host's key.",
        Severity.MEDIUM,
        "CWE-295",
        _examples("import requests\nrequests.get('https://example.com', verify=False)"),
        _examples("import requests\nrequests.get('https://example.com', verify='/etc/ca.pem')"),
    ),
    Rule(
        "python-weak-cryptography",
        "security",
        "Cryptography that can be broken",
        "What it should protect can be read or forged.",
        "Use AES-GCM, SHA-256, bcrypt or argon2 for passwords, and the module secrets for tokens.",
        Severity.MEDIUM,
        "CWE-327",
        _examples(
            "import hashlib\ndef keep(password):\n    return hashlib.md5(password.encode()).hexdigest()",
            "import random\ntoken = str(random.randint(0, 10**9))",
        ),
        _examples(
            "import hashlib\ndef etag(body):\n    return hashlib.md5(body).hexdigest()",
            "import secrets\ntoken = secrets.token_hex()",
        ),
    ),
    Rule(
        "python-unverified-token",
        "security",
        "A signed token is believed unread",
        "Anybody can write a token that says who they are.",
        'Give the key and the allowed algorithms: jwt.decode(token, key, algorithms=["RS256"]).',
        Severity.MEDIUM,
        "CWE-347",
        _examples("import jwt\ndef who(token):\n    return jwt.decode(token, options={'verify_signature': False})"),
        _examples("import jwt\ndef who(token, key):\n    return jwt.decode(token, key, algorithms=['RS256'])"),
    ),
    Rule(
        "python-debug-mode",
        "security",
        "Switches for developers are on",
        "Pages of errors show the program's insides, or let visitors run code.",
        "Take the switch from the environment, off by default.",
        Severity.MEDIUM,
        "CWE-489",
        _examples("from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)"),
        _examples("from flask import Flask\napp = Flask(__name__)\napp.run(debug=False)"),
    ),
    Rule(
        "python-open-bind",
        "security",
        "A server answers on every network",
        "It may be reached from where nobody thought of.",
        "Bind to 127.0.0.1 or to the address that is meant.",
        Severity.LOW,
        "CWE-605",
        _examples("import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 8080))"),
        _examples("import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 8080))"),
    ),
    Rule(
        "python-insecure-temporary-file",
        "security",
        "The name of a temporary file is used later",
        "Another account of the machine can put its own file there first.",
        "Use tempfile.NamedTemporaryFile, mkstemp or TemporaryDirectory.",
        Severity.MEDIUM,
        "CWE-377",
        _examples("import tempfile\nname = tempfile.mktemp()"),
        _examples("import tempfile\nfile = tempfile.NamedTemporaryFile()"),
    ),
    Rule(
        "python-open-permissions",
        "security",
        "A file that everybody may change",
        "Any account of the machine can put its own content there.",
        "Give rights to the owner alone: 0o600, 0o700.",
        Severity.MEDIUM,
        "CWE-732",
        _examples("import os\nos.chmod('/srv/app/run.sh', 0o777)"),
        _examples("import os\nos.chmod('/srv/app/run.sh', 0o750)"),
    ),
)
