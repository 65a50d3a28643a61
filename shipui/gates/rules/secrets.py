"""Secrets: a rule for each shape of token, and for keys, addresses and assignments."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.gates.secrets.shapes import SHAPES, Shape
from shipui.model.findings import Severity

_WHY = "Everybody who can read the repository, today or later, can use it."
_FIX = (
    "Revoke it where it was made, make a new one, and keep that in the environment or in a secrets store. "
    "Taking it out of the file is not enough: the history keeps it."
)


def _of_shape(shape: Shape) -> Rule:
    reference = (
        f'{shape.near[0]}_key = "${{KEPT_ELSEWHERE}}"'
        if shape.near
        else f"key = '{shape.patterns[0].partition('{')[0]}' + rest"
    )
    return Rule(
        f"secret-{shape.id}",
        "security",
        f"A key or token of {shape.provider}",
        _WHY
        if not shape.test_only
        else "It opens only the provider's trial system; others may still use it up or read what is in there.",
        _FIX,
        Severity.MEDIUM if shape.test_only else Severity.CRITICAL,
        "CWE-798",
        (Example("deploy/settings.py", f"value = '{shape.sample()}'" if not shape.near else shape.sample()),),
        (Example("deploy/settings.py", reference),),
    )


_BODY = "MIIEpAIBAAKCAQEA7bq2Jm0Zk3vQh8sXw1TfLr9uYcG5nDpKoVtEiHaSx4jNzWmR"
RULES = (
    *(_of_shape(shape) for shape in SHAPES),
    Rule(
        "secret-private-key",
        "security",
        "A private key",
        "Whoever reads it can pose as its owner, and read what was meant for them.",
        _FIX,
        Severity.CRITICAL,
        "CWE-321",
        (Example("deploy/server.pem", f"-----BEGIN {'RSA'} PRIVATE KEY-----\n{_BODY}\n-----END RSA PRIVATE KEY-----"),),
        (
            Example("app/keys.py", 'if text.startswith("-----BEGIN PRIVATE KEY-----"):\n    load(text)'),
            Example("deploy/server.pub", f"-----BEGIN PUBLIC KEY-----\n{_BODY}\n-----END PUBLIC KEY-----"),
        ),
    ),
    Rule(
        "secret-json-web-token",
        "security",
        "A signed token",
        "Until it runs out, whoever reads it can act as the person or program that it names.",
        _FIX,
        Severity.HIGH,
        "CWE-798",
        (
            Example(
                "app/client.py",
                "token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
                + "eyJpc3MiOiJhY2NvdW50cyIsInVpZCI6NDJ9.k9Yp2Jm0Zk3vQh8sXw1TfLr9uYcG5nDpKoVtEiHaSx4'",
            ),
        ),
        (Example("app/client.py", "parts = token.split('.')"),),
    ),
    Rule(
        "secret-password-in-address",
        "security",
        "An address with a password in it",
        _WHY,
        _FIX,
        Severity.HIGH,
        "CWE-798",
        (Example("app/settings.py", 'URL = "postgresql://app:' + 'f8Kq2-zLw9x@db.internal.acme.net/app"'),),
        (
            Example("app/settings.py", 'URL = f"postgresql://{user}:{password}@{host}/app"'),
            Example("README.md", "postgresql://user:password@localhost/app"),
        ),
    ),
    Rule(
        "secret-in-assignment",
        "security",
        "A password or key is written out",
        _WHY,
        _FIX,
        Severity.HIGH,
        "CWE-798",
        (
            Example("app/settings.py", 'DB_PASSWORD = "' + 'kT9#vLq2xZ"'),
            Example("deploy/app.yaml", "api_key: " + "9fK2mQx7LpT4vRz8WcY1"),
        ),
        (
            Example("app/settings.py", 'DB_PASSWORD = os.environ["DB_PASSWORD"]\npassword = getpass("Password: ")'),
            Example("app/form.ts", 'const passwordLabel = "Enter your password";\nconst token = "access_token";'),
            Example("deploy/app.yaml", "api_key: ${API_KEY}\npassword: changeme"),
        ),
    ),
)
BY_ID = {rule.id: rule for rule in RULES}
