"""How the repository of an install is laid out: rules that the install's settings fill."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

GATE = "architecture"

RULES = (
    Rule(
        "architecture-top-directory", GATE, "A new folder at the top of the repository",
        "Only agreed folders belong there; elsewhere nobody builds, tests or owns what is in it.",
        "Move it below an agreed folder, or have the folder agreed on: gates.architecture.top_directories.",
        Severity.MEDIUM,
    ),
    Rule(
        "architecture-migration-place", GATE, "A migration outside its place",
        "What runs the migrations does not find it, or runs it in another order than is expected.",
        "Move it to where migrations live: gates.architecture.migrations.",
        Severity.MEDIUM,
        flagged=(Example("apps/web/src/components/0003_add.sql", "ALTER TABLE a ADD COLUMN b int;"),),
        unflagged=(
            Example("packages/core/migrations/0003_add.sql", "ALTER TABLE a ADD COLUMN b int;"),
            Example("deploy/0003_add.sql", "ALTER TABLE a ADD COLUMN b int;"),
        ),
    ),
    Rule(
        "architecture-test-place", GATE, "A test outside its place",
        "What runs the tests does not find it.",
        "Move it to where tests live: gates.architecture.tests.",
        Severity.LOW,
    ),
    Rule(
        "architecture-deep-import", GATE, "An import that climbs many folders up",
        "It ties this file to the layout of distant folders, and breaks when either moves.",
        "Import by the package's name or an alias.",
        Severity.LOW,
        flagged=(
            Example("src/a/b/c/d/e.ts", "import { x } from '../../../../lib/x';\n"),
            Example("src/a/b/c/d/e.py", "from .....lib import x\n"),
        ),
        unflagged=(
            Example("src/a/b/c/d/e.ts", "import { x } from '../../../lib/x';\n// from '../../../../x'\n"),
            Example("src/a/b/c/d/e.py", "from ..lib import x\n"),
        ),
    ),
    Rule(
        "architecture-forbidden-import", GATE, "An import against the direction of the layers",
        "The layers can no longer be built, tested or changed apart from one another.",
        "Move what both need into a layer below, or pass it in.",
        Severity.HIGH,
        flagged=(
            Example("packages/ui/src/a.ts", "import { x } from '../../../apps/web/src/x';\n"),
            Example("apps/web/src/a.ts", "const x = require('../../admin/src/x');\n"),
        ),
        unflagged=(
            Example("apps/web/src/a.ts", "import { x } from '../lib/x';\nimport { y } from '@shop/ui';\n"),
            Example("web/src/a.ts", "import { x } from '../../admin/src/x';\n"),
        ),
    ),
    Rule(
        "architecture-database-access", GATE, "The database is used from outside its package",
        "Access is no longer in one place, where it is checked, limited and changed together with the tables.",
        "Use the database package's own functions: gates.architecture.database_packages.",
        Severity.HIGH,
        flagged=(
            Example("apps/web/src/page.tsx", "import { PrismaClient } from '@prisma/client';\n"),
            Example("apps/api/handlers.py", "import psycopg\n"),
        ),
        unflagged=(
            Example("apps/web/src/page.tsx", "import type { User } from '@prisma/client';\nimport { db } from '@shop/db';\n"),
            Example("packages/db/src/client.ts", "import { Pool } from 'pg';\n"),
            Example("src/db.ts", "import { Pool } from 'pg';\n"),
        ),
    ),
    Rule(
        "architecture-outside-service", GATE, "An address outside is called directly",
        "Retries, limits, credentials and replacements in tests are then everybody's own.",
        "Call it through the package that is there for it: gates.architecture.service_packages.",
        Severity.MEDIUM,
        flagged=(Example("apps/web/src/components/a.tsx", "const r = await fetch('https://api.stripe.com/v1/x');\n"),),
        unflagged=(
            Example("apps/web/src/components/a.tsx", "const r = await fetch('/api/x'); const s = await fetch(url);\n"),
            Example("packages/stripe-client/src/a.ts", "export const r = fetch('https://api.stripe.com/v1/x');\n"),
            Example("src/a.ts", "export const r = fetch('https://api.stripe.com/v1/x');\n"),
        ),
    ),
    Rule(
        "architecture-never-matches", GATE, "A rule of the architecture that can never match",
        "It names a folder that no commit has ever had: what it should guard is not guarded.",
        "Correct the folder in the settings, or remove the rule.",
        Severity.LOW,
    ),
)  # fmt: skip
