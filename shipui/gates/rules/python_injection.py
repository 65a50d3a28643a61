"""Python: a value that nobody checked becomes part of a statement, a page, a command or a path."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity


def _examples(*texts: str) -> tuple[Example, ...]:
    return tuple(Example("app/views.py", text) for text in texts)


_FLASK = "from flask import request\n"

RULES = (
    Rule(
        "python-sql-injection",
        "security",
        "SQL is put together from text",
        "Whoever controls the value can read, change or delete anything in the database.",
        'Keep the statement constant and hand the values over as parameters: execute("… WHERE id = %s", (id,)). '
        "For names of tables use psycopg.sql.Identifier, or a list of allowed names.",
        Severity.HIGH,
        "CWE-89",
        _examples(
            "def find(cursor, name):\n    cursor.execute(f\"SELECT * FROM people WHERE name = '{name}'\")",
            _FLASK + 'def view(db):\n    q = "SELECT * FROM t WHERE id = " + request.args["id"]\n    db.execute(q)',
        ),
        _examples(
            'def find(cursor, name):\n    cursor.execute("SELECT * FROM people WHERE name = %s", (name,))',
            'def find(cursor, ids):\n    marks = ",".join("?" for _ in ids)\n    cursor.execute(f"SELECT * FROM t WHERE id IN ({marks})", ids)',
            '# cursor.execute("SELECT " + name)\nTEXT = "cursor.execute(\'SELECT \' + name)"',
        ),
    ),
    Rule(
        "python-nosql-injection",
        "security",
        "A query of a document database is made by a request",
        "Operators in the value ($ne, $where) change what is asked, or run code in the database.",
        "Take single fields out of the request and turn them into text or numbers before they become part of a query.",
        Severity.HIGH,
        "CWE-943",
        _examples(
            _FLASK
            + "import pymongo\nusers = pymongo.MongoClient().app.users\ndef view():\n    return users.find_one(request.json)"
        ),
        _examples(
            _FLASK
            + "import pymongo\nusers = pymongo.MongoClient().app.users\ndef view():\n    return users.find_one({'name': str(request.json['name'])})"
        ),
    ),
    Rule(
        "python-ldap-injection",
        "security",
        "A directory search is put together from text",
        "Brackets and stars in the value change who is found, and so who is let in.",
        "Escape the value with ldap.filter.escape_filter_chars.",
        Severity.HIGH,
        "CWE-90",
        _examples(
            "import ldap\ndef find(connection, name):\n    return connection.search_s('dc=example', 2, f'(uid={name})')"
        ),
        _examples(
            "import ldap.filter\ndef find(connection, name):\n    return connection.search_s('dc=example', 2, '(uid=%s)' % ldap.filter.escape_filter_chars(name))"
        ),
    ),
    Rule(
        "python-xpath-injection",
        "security",
        "A search in an XML document is put together from a request",
        "Quotes in the value change what is found.",
        "Hand the value over as a variable: tree.xpath('//user[@name=$name]', name=name).",
        Severity.HIGH,
        "CWE-643",
        _examples(_FLASK + "def view(tree):\n    return tree.xpath(f\"//user[@name='{request.args['name']}']\")"),
        _examples(_FLASK + "def view(tree):\n    return tree.xpath('//user[@name=$name]', name=request.args['name'])"),
    ),
    Rule(
        "python-xss",
        "security",
        "Text goes into a page unescaped",
        "A visitor can put scripts into the page that others see, and act in their name.",
        "Let the template escape it, or call html.escape / markupsafe.escape first; do not mark it as safe.",
        Severity.HIGH,
        "CWE-79",
        _examples(
            "from django.utils.safestring import mark_safe\ndef badge(name):\n    return mark_safe('<b>' + name + '</b>')",
            _FLASK
            + "from flask import Flask\napp = Flask(__name__)\n@app.route('/hello')\ndef hello():\n    return f\"<h1>{request.args['name']}</h1>\"",
        ),
        _examples(
            "from django.utils.html import format_html\ndef badge(name):\n    return format_html('<b>{}</b>', name)",
            _FLASK
            + "from markupsafe import escape\nfrom flask import Flask\napp = Flask(__name__)\n@app.route('/hello')\ndef hello():\n    return f\"<h1>{escape(request.args['name'])}</h1>\"",
        ),
    ),
    Rule(
        "python-autoescape-off",
        "security",
        "Templates do not escape",
        "Every text that the templates print can carry scripts of a visitor into the page.",
        "Make the environment with autoescape=jinja2.select_autoescape().",
        Severity.MEDIUM,
        "CWE-79",
        _examples("import jinja2\nenvironment = jinja2.Environment(autoescape=False)"),
        _examples("import jinja2\nenvironment = jinja2.Environment(autoescape=jinja2.select_autoescape())"),
    ),
    Rule(
        "python-open-redirect",
        "security",
        "A request says where the browser is sent",
        "A link to this site can lead to one that looks the same and asks for the password.",
        "Redirect to fixed paths, or check the address (url_has_allowed_host_and_scheme).",
        Severity.HIGH,
        "CWE-601",
        _examples("from flask import redirect, request\ndef after():\n    return redirect(request.args['next'])"),
        _examples("from flask import redirect, url_for\ndef after():\n    return redirect(url_for('home'))"),
    ),
    Rule(
        "python-command-injection",
        "security",
        "A command line is put together from text",
        "Whoever controls the value can run any command on this machine.",
        'Start the program without a shell, from a list: subprocess.run(["convert", name]).',
        Severity.HIGH,
        "CWE-78",
        _examples(
            "import subprocess\ndef shrink(name):\n    subprocess.run(f'convert {name} out.png', shell=True)",
            _FLASK + "import os as system\ndef ping():\n    system.system('ping ' + request.args['host'])",
        ),
        _examples(
            "import subprocess\ndef shrink(name):\n    subprocess.run(['convert', name, 'out.png'])",
            "import subprocess\nsubprocess.run('make all', shell=True)",
            "import shlex, subprocess\ndef shrink(name):\n    subprocess.run('convert ' + shlex.quote(name), shell=True)",
        ),
    ),
    Rule(
        "python-path-traversal",
        "security",
        "A request chooses which file is used",
        "With ../ in the value any file that the program can reach is read or written.",
        "Take only the last part of the name (secure_filename), or resolve the path and check that it is below the folder.",
        Severity.HIGH,
        "CWE-22",
        _examples(
            _FLASK + "import os\ndef view():\n    return open(os.path.join('/srv/files', request.args['name'])).read()",
        ),
        _examples(
            _FLASK
            + "import os\nfrom werkzeug.utils import secure_filename\ndef view():\n    return open(os.path.join('/srv/files', secure_filename(request.args['name']))).read()",
            "def load(path):\n    return open(path).read()",
        ),
    ),
    Rule(
        "python-archive-extraction",
        "security",
        "An archive chooses where its members go",
        "A member named ../../etc/cron.d/x is written there.",
        'Use extractall(path, filter="data"), or check that each member\'s path stays below the folder.',
        Severity.MEDIUM,
        "CWE-22",
        _examples(
            "import tarfile\ndef unpack(file):\n    with tarfile.open(file) as archive:\n        archive.extractall('out')"
        ),
        _examples(
            "import tarfile\ndef unpack(file):\n    with tarfile.open(file) as archive:\n        archive.extractall('out', filter='data')"
        ),
    ),
    Rule(
        "python-server-side-request-forgery",
        "security",
        "A request chooses whom this server calls",
        "The server can be made to read addresses that only it can reach: other services, the cloud's metadata.",
        "Call fixed hosts, or check the host against a list of allowed ones.",
        Severity.HIGH,
        "CWE-918",
        _examples(_FLASK + "import requests as r\ndef fetch():\n    return r.get(request.args['url']).text"),
        _examples(
            _FLASK
            + "import requests\ndef fetch():\n    return requests.get('https://api.example.com/items', params={'q': request.args['q']}).text",
            "import requests\ndef fetch(url):\n    return requests.get(url).text",
        ),
    ),
    Rule(
        "python-xml-entities",
        "security",
        "An XML parser follows what a document names",
        "A document can make the server read its own files, call other servers, or use up all memory.",
        "Use defusedxml, or XMLParser(resolve_entities=False, no_network=True).",
        Severity.MEDIUM,
        "CWE-611",
        _examples("from lxml import etree\nparser = etree.XMLParser(resolve_entities=True)"),
        _examples("from lxml import etree\nparser = etree.XMLParser(resolve_entities=False)"),
    ),
)
