"""JavaScript and TypeScript: text of others that becomes SQL, a command, code, a query or a template."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

SQL_INJECTION = Rule(
    id="js-sql-injection",
    gate="security",
    title="SQL put together from text",
    why="This SQL statement is put together from values, so whoever writes a value can change what the statement does.",
    fix="Give the values as parameters: db.query('… WHERE id = $1', [id]). Choose names of tables and columns from a fixed list.",
    severity=Severity.HIGH,
    cwe="CWE-89",
    flagged=(
        Example("a.js", "app.get('/u', (req, res) => { db.query(`SELECT * FROM u WHERE id = ${req.query.id}`) })\n"),
        Example("b.ts", "async function f(id: string) { return pool.query('SELECT * FROM u WHERE id = ' + id) }\n"),
    ),
    unflagged=(
        Example("a.js", "app.get('/u', (req, res) => { db.query('SELECT * FROM u WHERE id = $1', [req.query.id]) })\n"),
        Example("b.ts", "const T = 'u'; db.query(`SELECT * FROM ${T} WHERE id = ?`, [id])\n"),
    ),
)
NOSQL_INJECTION = Rule(
    id="js-nosql-injection",
    gate="security",
    title="A database filter that a request can shape",
    why='A request can send an object ({"$gt": ""}) where this filter expects text, and so change what it selects.',
    fix="Make it text first: String(req.body.name), or check its shape. Do not use $where.",
    severity=Severity.HIGH,
    cwe="CWE-943",
    flagged=(
        Example(
            "a.js",
            "app.post('/l', async (req, res) => { await users.findOne({ name: req.body.name, password: req.body.password }) })\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "app.post('/l', async (req, res) => { await users.findOne({ name: String(req.body.name), password: hash }) })\n",
        ),
    ),
)
COMMAND_INJECTION = Rule(
    id="js-command-injection",
    gate="security",
    title="A shell command put together from text",
    why="A shell reads this command, so whoever writes a value in it can run commands of their own.",
    fix="Use execFile or spawn with a list of arguments and no shell, and choose the program yourself.",
    severity=Severity.HIGH,
    cwe="CWE-78",
    flagged=(
        Example(
            "a.js",
            "const { exec } = require('child_process');\napp.get('/p', (req, res) => { exec('ping ' + req.query.host) })\n",
        ),
        Example(
            "b.ts",
            "import * as cp from 'node:child_process';\nexport function run(name: string) { cp.execSync(`ls ${name}`) }\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "const { execFile } = require('child_process');\napp.get('/p', (req, res) => { execFile('ping', ['-c', '1', req.query.host]) })\n",
        ),
        Example("b.js", "const m = /a(b)/.exec(req.query.x);\n"),
    ),
)
CODE_INJECTION = Rule(
    id="js-code-injection",
    gate="security",
    title="Text that is run as code",
    why="This text is run as code, so whoever writes it runs what they like with the rights of this program.",
    fix="Do without: JSON.parse for data, a table of functions for a choice, a function instead of text for a timer.",
    severity=Severity.HIGH,
    cwe="CWE-95",
    flagged=(
        Example("a.js", "app.post('/c', (req, res) => { res.json(eval(req.body.expression)) })\n"),
        Example("b.js", "export const run = (code) => new Function('x', code)(1);\n"),
    ),
    unflagged=(
        Example("a.js", "setTimeout(() => run(req.body.x), 100); page.evaluate(() => document.title);\n"),
        Example("b.js", "// eval(req.body.x) would be wrong\nconst text = 'eval(x)';\n"),
    ),
)
DYNAMIC_REQUIRE = Rule(
    id="js-dynamic-require",
    gate="security",
    title="A module chosen by a request",
    why="The module to load is chosen by a value from outside, so files that were never meant to run can be run.",
    fix="Choose the module from a fixed table.",
    severity=Severity.HIGH,
    cwe="CWE-98",
    flagged=(Example("a.js", "app.get('/m', (req, res) => { require('./plugins/' + req.query.name) })\n"),),
    unflagged=(Example("a.js", "const page = await import(`./pages/${name}.js`);\n"),),
)
TEMPLATE_INJECTION = Rule(
    id="js-template-injection",
    gate="security",
    title="A template written by a request",
    why="The template itself comes from outside, and templates can run code on the server.",
    fix="Keep templates in files of the program; give what comes from outside as data.",
    severity=Severity.HIGH,
    cwe="CWE-1336",
    flagged=(
        Example(
            "a.js",
            "const ejs = require('ejs');\napp.post('/t', (req, res) => { res.send(ejs.render(req.body.template, {})) })\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "const ejs = require('ejs');\napp.post('/t', (req, res) => { res.send(ejs.render('<%= name %>', { name: req.body.name })) })\n",
        ),
    ),
)
QUERY_LANGUAGE_INJECTION = Rule(
    id="js-filter-injection",
    gate="security",
    title="An LDAP or XPath filter put together from text",
    why="This filter is put together from values, so whoever writes a value can change what it selects.",
    fix="Escape the value for that language, or use variables of the library.",
    severity=Severity.HIGH,
    cwe="CWE-90",
    flagged=(
        Example(
            "a.js",
            "app.get('/l', (req, res) => { client.search(base, { filter: `(uid=${req.query.user})` }, done) })\n",
        ),
    ),
    unflagged=(
        Example("a.js", "app.get('/l', (req, res) => { client.search(base, { filter: '(uid=admin)' }, done) })\n"),
    ),
)
REGEX_INJECTION = Rule(
    id="js-regex-injection",
    gate="security",
    title="A regular expression written by a request",
    why="The pattern comes from outside: one that takes for ever to match stops the whole program.",
    fix="Escape the text (for instance with lodash's escapeRegExp), or search for plain text.",
    severity=Severity.MEDIUM,
    cwe="CWE-1333",
    flagged=(
        Example(
            "a.js",
            "app.get('/s', (req, res) => { const r = new RegExp(req.query.q); res.json(all.filter((x) => r.test(x))) })\n",
        ),
    ),
    unflagged=(Example("a.js", "app.get('/s', (req, res) => { const r = new RegExp(escapeRegExp(req.query.q)) })\n"),),
)
DESERIALIZATION = Rule(
    id="js-unsafe-deserialization",
    gate="security",
    title="Data that can bring code with it",
    why="This way of reading data can run code that is in the data.",
    fix="Use JSON.parse, or the safe loader of the library, and check the shape of what comes out.",
    severity=Severity.HIGH,
    cwe="CWE-502",
    flagged=(
        Example(
            "a.js",
            "const s = require('node-serialize');\napp.post('/x', (req, res) => { s.unserialize(req.cookies.profile) })\n",
        ),
    ),
    unflagged=(Example("a.js", "app.post('/x', (req, res) => { JSON.parse(req.cookies.profile) })\n"),),
)
XXE = Rule(
    id="js-xml-entities",
    gate="security",
    title="XML that may read files",
    why="External entities are resolved, so a document can read files of this machine and call addresses within its network.",
    fix="Leave noent and external entities off.",
    severity=Severity.HIGH,
    cwe="CWE-611",
    flagged=(Example("a.js", "const libxml = require('libxmljs');\nlibxml.parseXml(text, { noent: true });\n"),),
    unflagged=(Example("a.js", "const libxml = require('libxmljs');\nlibxml.parseXml(text, { noent: false });\n"),),
)
PROTOTYPE_POLLUTION = Rule(
    id="js-prototype-pollution",
    gate="security",
    title="A key from outside can reach the prototype of all objects",
    why="With the key __proto__ or constructor this changes every object of the program.",
    fix="Refuse the keys __proto__, constructor and prototype, or use a Map or Object.create(null).",
    severity=Severity.HIGH,
    cwe="CWE-1321",
    flagged=(
        Example(
            "a.js", "const _ = require('lodash');\napp.post('/s', (req, res) => { _.merge(settings, req.body) })\n"
        ),
        Example(
            "b.js",
            "function merge(a, b) { for (const k in b) { if (typeof b[k] === 'object') merge(a[k], b[k]); else a[k] = b[k]; } return a }\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "function merge(a, b) { for (const k in b) { if (k === '__proto__') continue; a[k] = typeof b[k] === 'object' ? merge(a[k], b[k]) : b[k]; } return a }\n",
        ),
    ),
)

RULES = (
    SQL_INJECTION,
    NOSQL_INJECTION,
    COMMAND_INJECTION,
    CODE_INJECTION,
    DYNAMIC_REQUIRE,
    TEMPLATE_INJECTION,
    QUERY_LANGUAGE_INJECTION,
    REGEX_INJECTION,
    DESERIALIZATION,
    XXE,
    PROTOTYPE_POLLUTION,
)
