"""JavaScript and TypeScript: pages, files, addresses and settings of web applications."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

XSS = Rule(
    id="js-xss",
    gate="security",
    title="Text that becomes part of a page as it is",
    why="This text becomes HTML as it is, so whoever writes it can run scripts in the browsers of others.",
    fix="Use textContent or the framework's own escaping; where HTML must be, clean it with DOMPurify first.",
    severity=Severity.HIGH,
    cwe="CWE-79",
    flagged=(
        Example("a.js", "element.innerHTML = '<b>' + location.hash + '</b>';\n"),
        Example(
            "b.jsx", "export const Post = ({ post }) => <div dangerouslySetInnerHTML={{ __html: post.body }} />;\n"
        ),
        Example("c.js", "app.get('/', (req, res) => res.send('<h1>' + req.query.name + '</h1>'));\n"),
    ),
    unflagged=(
        Example("a.js", "element.textContent = location.hash; element.innerHTML = '<b>fixed</b>';\n"),
        Example(
            "b.jsx",
            "import DOMPurify from 'dompurify';\nexport const Post = ({ post }) => <div dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(post.body) }} />;\n",
        ),
        Example("c.js", "app.get('/', (req, res) => res.json({ name: req.query.name }));\n"),
    ),
)
PATH_TRAVERSAL = Rule(
    id="js-path-traversal",
    gate="security",
    title="A file chosen by a request",
    why="The path comes from outside: with ../ in it, files can be reached that were never meant to be.",
    fix="Take path.basename of it, or resolve it and check that it is still below the folder; or look it up by an ID.",
    severity=Severity.HIGH,
    cwe="CWE-22",
    flagged=(
        Example(
            "a.js",
            "const fs = require('fs');\napp.get('/f', (req, res) => { fs.readFile('./files/' + req.query.name, done) })\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "const fs = require('fs');\nconst path = require('path');\napp.get('/f', (req, res) => { fs.readFile(path.join(root, path.basename(req.query.name)), done) })\n",
        ),
    ),
)
SSRF = Rule(
    id="js-ssrf",
    gate="security",
    title="The server calls an address that a request names",
    why="The address comes from outside, so the server can be made to call machines that only it can reach.",
    fix="Choose the host yourself, or check it against a list of allowed hosts.",
    severity=Severity.HIGH,
    cwe="CWE-918",
    flagged=(
        Example(
            "a.js",
            "app.get('/p', async (req, res) => { const r = await fetch(req.query.url); res.send(await r.text()) })\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "app.get('/p', async (req, res) => { const r = await fetch(`https://api.example.com/items/${req.query.id}`) })\n",
        ),
    ),
)
OPEN_REDIRECT = Rule(
    id="js-open-redirect",
    gate="security",
    title="A redirect to wherever a request says",
    why="The address comes from outside, so a link to this site can lead to another one that looks like it.",
    fix="Redirect to paths of this site only, chosen from a list.",
    severity=Severity.HIGH,
    cwe="CWE-601",
    flagged=(Example("a.js", "app.get('/r', (req, res) => res.redirect(req.query.next));\n"),),
    unflagged=(Example("a.js", "app.get('/r', (req, res) => res.redirect('/users/' + req.params.id));\n"),),
)
CORS = Rule(
    id="js-cors",
    gate="security",
    title="Every site may call this one",
    why="Scripts of any other site may call this server and read what it answers.",
    fix="Name the sites that may, and never together with credentials: true for all.",
    severity=Severity.MEDIUM,
    cwe="CWE-942",
    flagged=(
        Example("a.js", "app.use(cors({ origin: '*' }));\n"),
        Example(
            "b.js", "app.use((req, res) => { res.setHeader('Access-Control-Allow-Origin', req.headers.origin) });\n"
        ),
    ),
    unflagged=(Example("a.js", "app.use(cors({ origin: 'https://app.example.com', credentials: true }));\n"),),
)
COOKIE = Rule(
    id="js-insecure-cookie",
    gate="security",
    title="A cookie without protection",
    why="This cookie can be read by scripts, or goes over connections that are not encrypted.",
    fix="Set httpOnly: true, secure: true and sameSite.",
    severity=Severity.MEDIUM,
    cwe="CWE-614",
    flagged=(Example("a.js", "res.cookie('session', token, { httpOnly: false, secure: true });\n"),),
    unflagged=(Example("a.js", "res.cookie('session', token, { httpOnly: true, secure: true, sameSite: 'lax' });\n"),),
)
POST_MESSAGE = Rule(
    id="js-post-message",
    gate="security",
    title="A message that any window may receive",
    why="With the target “*” the message reaches whatever page is in that window at the time.",
    fix="Name the origin that may receive it.",
    severity=Severity.MEDIUM,
    cwe="CWE-346",
    flagged=(Example("a.js", "window.parent.postMessage({ token }, '*');\n"),),
    unflagged=(Example("a.js", "window.parent.postMessage({ token }, 'https://app.example.com');\n"),),
)
BROWSER_SHELL = Rule(
    id="js-electron-isolation",
    gate="security",
    title="A window without isolation",
    why="Pages in this window can reach Node, so a script in one of them can do whatever this program can.",
    fix="Leave contextIsolation, sandbox and webSecurity on, and nodeIntegration off.",
    severity=Severity.HIGH,
    cwe="CWE-1188",
    flagged=(
        Example("a.js", "new BrowserWindow({ webPreferences: { nodeIntegration: true, contextIsolation: false } });\n"),
    ),
    unflagged=(
        Example("a.js", "new BrowserWindow({ webPreferences: { nodeIntegration: false, contextIsolation: true } });\n"),
    ),
)

RULES = (XSS, PATH_TRAVERSAL, SSRF, OPEN_REDIRECT, CORS, COOKIE, POST_MESSAGE, BROWSER_SHELL)
