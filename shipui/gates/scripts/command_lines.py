"""What a line for a shell does: the same questions for scripts, Dockerfiles, workflows, and commands inside programs."""

from __future__ import annotations

import re
from collections.abc import Iterator

REMOTE_SHELL = re.compile(
    r"/dev/(?:tcp|udp)/|\b(?:nc|ncat|netcat)\b[^|;&\n]{0,80}\s-\w{0,9}e\w{0,9}\s|\bbash\s+-i\b|mkfifo\s[^\n]{0,120}\b(?:nc|ncat|telnet)\b|socat\s[^\n]{0,120}exec:|"
    r"powershell[^\n]{0,80}\s-e(?:nc?|ncodedcommand)?\s|IEX\s*\(|Invoke-Expression|DownloadString\(|socket\.socket\([^\n]{0,300}(?:dup2|subprocess)",
    re.IGNORECASE,
)
_FETCH = r"(?:curl|wget|fetch)\b"
FETCH_AND_RUN = re.compile(
    rf"{_FETCH}[^|;&\n]{{0,300}}\|\s*(?:sudo\s+(?:-\w+\s+){{0,3}}|env\s+[\w=]+\s+)?(?:/\w+/(?:\w+/)?)?(?:ba|z|da|k)?sh\b|{_FETCH}[^|\n]{{0,300}}\|\s*(?:sudo\s+)?(?:python[\d.]*|perl|ruby|node|php)\b|"
    rf"(?:(?:ba|z)?sh|source|\.)\s+<\(\s*{_FETCH}|(?:ba|z)?sh\s+(?:-\w+\s+)?-c\s+[\"']?(?:\$\(|`)\s*{_FETCH}|eval\s+[\"']?(?:\$\(|`)\s*{_FETCH}|"
    rf"{_FETCH}[^\n]{{0,300}}(?:&&|;)\s*(?:sudo\s+)?(?:chmod\s+\S+\s+\S+\s*(?:&&|;)\s*)?(?:sudo\s+)?(?:\./\w|(?:ba)?sh\s+[\w./]|/tmp/\w)|"
    r"iwr[^|\n]{0,200}\|\s*iex\b|(?:python[\d.]*|perl|node)\s+-[ce]\s+[\"']?\$\(\s*(?:curl|wget)",
    re.IGNORECASE,
)
DECODE_AND_RUN = re.compile(
    r"(?:base64\s+(?:-d|--decode|-D)|xxd\s+-r|openssl\s+(?:enc|base64)\s[^|\n]{0,60}-d|gunzip\b|rev\b|tr\s+['\"][^|\n]{1,40})[^|\n]{0,120}\|\s*(?:sudo\s+)?(?:(?:ba|z|da)?sh|python[\d.]*|perl|node|php)\b|"
    r"eval\s+[\"']?(?:\$\(|`)[^)`\n]{0,300}(?:base64\s+(?:-d|--decode|-D)|xxd\s+-r)|(?:ba|z)?sh\s+-c\s+[\"']?(?:\$\(|`)[^)`\n]{0,300}base64\s+(?:-d|--decode|-D)",
    re.IGNORECASE,
)
STAYS = re.compile(
    r"\|\s*crontab\b|crontab\s+-\s*(?:$|[;&<])|>>?\s*[\"']?(?:/etc/cron|/var/spool/cron|[^\s;|&]{0,100}authorized_keys|/etc/sudoers|/etc/ld\.so\.preload|/etc/passwd|/etc/rc\.local|~/\.(?:bashrc|profile|bash_profile|zshrc)|\$HOME/\.(?:bashrc|profile|bash_profile|zshrc))|"
    r"tee\s+(?:-a\s+)?[\"']?(?:/etc/cron|[^\s;|&]{0,100}authorized_keys|/etc/sudoers|/etc/ld\.so\.preload)|chmod\s+(?:u\+s|0?[46][0-7]{3})\s|history\s+-c\b|setenforce\s+0|useradd\s[^\n]{0,80}-o\s|NOPASSWD|"
    r"echo\s+[\"']?\w{1,32}:[^$\s\"'`]{1,100}[\"']?\s*\|\s*(?:sudo\s+)?chpasswd\b",
)
_IN_STATEMENT = re.compile(
    r"\b(?:mysql|mariadb|psql|sqlite3|sqlcmd|clickhouse-client)\b[^\n]{0,200}\"[^\"\n]{0,400}(?:=|\blike\b|values\s*\()\s*'?%?\$\{?\w",
    re.IGNORECASE,
)
_LOOT = (
    r"(?:~|\$HOME|\$\{HOME\}|/root|/home/[^\s/]+)/\.(?:ssh|aws|netrc|npmrc|kube|docker|gnupg|pypirc|git-credentials)|/etc/(?:shadow|passwd)\b|\bid_(?:rsa|ed25519)\b|"
    r"/var/run/secrets|/proc/self/environ|\$\{?(?:AWS_SECRET_ACCESS_KEY|GITHUB_TOKEN|NPM_TOKEN|DATABASE_URL)\b"
)
_SEND = r"\b(?:curl|wget|nc|ncat|netcat|scp|ftp|http|xh|telnet|nslookup|dig|Invoke-WebRequest)\b"
SENDS_SECRETS = re.compile(
    rf"(?:^|[;&|(\s])(?:env|printenv|export\s+-p|set|history)\s*(?:\|[^|\n]{{0,80}}){{0,2}}\|\s*(?:\w+\s+)?{_SEND}|{_SEND}[^\n]{{0,300}}(?:\$\(|`)\s*(?:env|printenv)\b|"
    r"\b(?:curl|wget|nslookup|dig)\b[^\n]{0,300}(?:\$\(|`)\s*(?:whoami|hostname|id|uname)\b|"
    rf"(?:cat|base64|tar|gzip|zip|xxd)\s[^|;\n]{{0,120}}(?:{_LOOT})[^\n]{{0,120}}\|[^\n]{{0,80}}{_SEND}|{_SEND}[^\n]{{0,200}}(?:-d|--data(?:-binary|-raw)?|-F|--form|-T|--upload-file|--post-file|--post-data)[\s=]*[\"']?[^\s]{{0,40}}?@?(?:\$\((?:cat\s|<))?[^\s]{{0,40}}(?:{_LOOT})|"
    rf"{_SEND}[^\n]{{0,200}}[?&]\w{{1,20}}=\$\{{?(?:AWS_SECRET|GITHUB_TOKEN|NPM_TOKEN|\w*PASSWORD|\w*SECRET)\w*|\b(?:scp|rsync)\s[^\n]{{0,100}}(?:{_LOOT})[^\n]{{0,60}}\s\S{{1,60}}@\S|(?:{_LOOT})[^\n|]{{0,40}}>\s*/dev/tcp/|{_SEND}[^\n]{{0,100}}<\s*(?:{_LOOT})",
)
_UNCHECKED = re.compile(
    r"\bcurl\b[^|;&\n]{0,200}\s(?:--insecure|-\w{0,6}k\w{0,6})(?=\s|$)|\bwget\b[^|;&\n]{0,200}--no-check-certificate"
    r"|GIT_SSL_NO_VERIFY=(?:1|true)|NODE_TLS_REJECT_UNAUTHORIZED=['\"]?0|"
    r"http\.sslVerify[= ]+false|strict-ssl[= ]+false|--trusted-host\b|--allow-unauthenticated|--force-yes|--nogpgcheck|PYTHONHTTPSVERIFY=0"
    r"|StrictHostKeyChecking[= ]no\b|--no-gpg-check",
    re.IGNORECASE,
)
_OPEN_MODE = re.compile(
    r"\bchmod\s+(?:-\w+\s+|--\w+\s+){0,3}(?:0?[0-7]?[0-7][0-7][2367]|[augo]*o[augo]*\+\w*w\w*|a\+\w*w\w*|\+w)\s+(?!/tmp/?(?:\s|$))\S"
)
_STICKY = re.compile(r"chmod\s+(?:-\w+\s+){0,2}0?1[0-7]{3}\b")
_EVALUATED = re.compile(r"(?:^|[;&|({]|\bthen|\bdo|\belse)\s*eval\s+(?P<what>[^\n]{1,400})")
_SHELL_LINE = re.compile(
    r"\b(?:ba|z|da)?sh\s+-\w{0,4}c\s+(?P<what>\"[^\"\n]{0,200}\$\{?(?:\d|[@*]|\w*(?:input|arg|param|query|user|cmd|command)\w*)\}?[^\"\n]{0,100}\"|\$\w+)",
    re.IGNORECASE,
)
_ONLY_SAID = re.compile(r"\s*(?:echo|printf)\s+(?:-\w+\s+)?(?:\"[^\"`$\\]*\"|'[^']*')\s*(?:>&2|1>&2)?\s*$")
"""A text for whoever reads the output."""
_REMOVED = re.compile(r"\brm\s+(?:-\w+\s+|--\S+\s+){0,4}(?P<what>[^;&|\n]{1,300})")
_UNGUARDED = re.compile(r"(?:^|\s)[\"']?\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))[\"']?/(?:\*|\s|$|\"|'|\w|\$)")


def found_in(line: str, *, stops_at_unset: bool = False) -> Iterator[tuple[str, str]]:
    """Rule and detail for what one command line (continuations joined, comments taken away) does."""
    if _ONLY_SAID.match(line):
        return
    if REMOTE_SHELL.search(line):
        yield "shell-remote-shell", ""
    if DECODE_AND_RUN.search(line):
        yield "shell-decode-and-run", ""
    elif FETCH_AND_RUN.search(line):
        yield "shell-download-and-run", ""
    if SENDS_SECRETS.search(line):
        yield "shell-secrets-sent", ""
    if _IN_STATEMENT.search(line):
        yield "shell-sql-injection", ""
    if STAYS.search(line):
        yield "shell-persistence", ""
    if _UNCHECKED.search(line):
        yield "shell-verification-off", ""
    if _OPEN_MODE.search(line) and not _STICKY.search(line):
        yield "shell-open-permissions", ""
    evaluated = _EVALUATED.search(line)
    if (evaluated is not None and _is_open(evaluated["what"])) or _SHELL_LINE.search(line):
        yield "shell-eval", ""
    removed = _REMOVED.search(line)
    if (
        removed is not None
        and not stops_at_unset
        and re.search(r"\brm\s+(?:-\w*[rR]|--recursive)", line)
        and _UNGUARDED.search(removed["what"])
    ):
        yield "shell-unset-removal", ""


def _is_open(what: str) -> bool:
    """eval "$line" is; eval "$(ssh-agent -s)" runs what a fixed program prints; eval "$name=1" sets a variable."""
    what = what.strip()
    if what.startswith("set --"):
        return False
    inner = re.fullmatch(r"[\"']?(?:\$\(|`)(?P<command>.*?)(?:\)|`)[\"']?\s*(?:[;&|].*)?", what)
    if inner is not None:
        return (
            "$" in inner["command"]
            and re.search(
                r"\$\{?(?:\d|[@*]|\w*(?:input|arg|param|query|user|cmd|command|url))", inner["command"], re.IGNORECASE
            )
            is not None
        )
    if what.startswith("'") and "$" in what and what.count("'") == 2:
        return False
    return "$" in what and re.match(r"[\"']?\\?\w*\$?\{?\w*\}?=", what) is None


def logical_lines(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """First and last index, and the text, of each command line: continuations joined, comments and here-documents taken away."""
    place = 0
    ending: tuple[str, bool] | None = None
    while place < len(lines):
        first, text = place, lines[place]
        if ending is not None:
            if (text.strip() if ending[1] else text) == ending[0]:
                ending = None
            place += 1
            continue
        while text.endswith("\\") and place + 1 < len(lines) and place - first < 200:
            place += 1
            text = f"{text[:-1]} {lines[place].strip()}"
        text = without_comment(text)
        here = re.search(r"<<(?P<dash>-?)\s*[\"'\\]?(?P<word>[A-Za-z_]\w*)", text)
        if here is not None and not re.search(r"\b(?:ba|z)?sh\b[^|]{0,40}<<|\bssh\b", text):
            ending = (here["word"], bool(here["dash"]))
        if text.strip():
            yield first, place, text[:4000]
        place += 1


def without_comment(text: str) -> str:
    """The line up to a # that begins a comment: at its start or after a space, and not within quotes."""
    if "#" not in text:
        return text
    quote = ""
    for place, character in enumerate(text[:4000]):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and (place == 0 or text[place - 1] in " \t;("):
            return text[:place]
    return text
