"""What a migration locks for long: nothing is lost, but production may stand still while it runs."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

GATE = "destructive-operations"
_SQL = "db/migrations/0007_change.sql"


def _rule(rule: str, title: str, why: str, fix: str, flagged: tuple[str, ...], unflagged: tuple[str, ...]) -> Rule:
    def examples(texts: tuple[str, ...]) -> tuple[Example, ...]:
        return tuple(Example(_SQL, text) for text in texts)

    return Rule(rule, GATE, title, why, fix, Severity.MEDIUM, None, examples(flagged), examples(unflagged))


RULES = (
    _rule(
        "lock-create-index",
        "Builds an index under a lock",
        "Nobody can write to the table until the index is built.",
        "Use CREATE INDEX CONCURRENTLY, outside a transaction.",
        ("CREATE INDEX orders_note_idx ON orders (note);",),
        ("CREATE INDEX CONCURRENTLY i ON orders (note);", "CREATE TABLE t (id int);\nCREATE INDEX i ON t (id);"),
    ),
    _rule(
        "lock-add-foreign-key",
        "Adds a foreign key that is checked at once",
        "Both tables are locked against writing while every row is checked.",
        "Add it with NOT VALID, and VALIDATE CONSTRAINT in a later statement.",
        ("ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES b (id);",),
        ("ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES b (id) NOT VALID;",),
    ),
    _rule(
        "lock-add-constraint",
        "Adds a constraint that is checked at once",
        "The table is locked while every row is checked or an index is built.",
        "CHECK: add it with NOT VALID and validate later. UNIQUE and PRIMARY KEY: build the index CONCURRENTLY, then ADD … USING INDEX.",
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);", "ALTER TABLE a ADD UNIQUE (b);"),
        (
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID;",
            "ALTER TABLE a ADD CONSTRAINT u UNIQUE USING INDEX i;",
        ),
    ),
    _rule(
        "lock-add-column-default",
        "Adds a column whose value has to be worked out for every row",
        "The whole table is written anew, and nobody can use it meanwhile.",
        "Add the column without the default, set the default for new rows, and fill the old rows in batches.",
        (
            "ALTER TABLE a ADD COLUMN u uuid DEFAULT gen_random_uuid();",
            "ALTER TABLE a ADD COLUMN n bigserial;",
            "ALTER TABLE a ADD COLUMN g int GENERATED ALWAYS AS (b * 2) STORED;",
        ),
        ("ALTER TABLE a ADD COLUMN n int DEFAULT 0;",),
    ),
    _rule(
        "lock-change-type",
        "Changes a column's type to a wider one",
        "Most such changes write the whole table anew while nobody can use it.",
        "Add a column of the new type, fill it in batches, and switch to it in a later release.",
        ("ALTER TABLE a ALTER COLUMN id TYPE bigint;",),
        ("CREATE TABLE a (id int);\nALTER TABLE a ALTER COLUMN id TYPE bigint;",),
    ),
    _rule(
        "lock-rewrite",
        "Writes a whole table or index anew",
        "Nobody can use the table until that is done.",
        "Use the variant that does not lock (REINDEX CONCURRENTLY, pg_repack, an online change), or a quiet hour.",
        (
            "VACUUM FULL orders;",
            "REINDEX TABLE orders;",
            "CLUSTER orders USING i;",
            "ALTER TABLE orders ENGINE = InnoDB;",
        ),
        ("VACUUM orders;", "REINDEX TABLE CONCURRENTLY orders;", "VACUUM ANALYZE orders;"),
    ),
    _rule(
        "lock-refresh-view",
        "Refreshes a materialized view under a lock",
        "Nobody can read the view until it is filled.",
        "Use REFRESH MATERIALIZED VIEW CONCURRENTLY; it needs a unique index.",
        ("REFRESH MATERIALIZED VIEW sales;",),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY sales;",),
    ),
    _rule(
        "lock-table",
        "Locks a table by hand",
        "Others wait until the transaction ends.",
        "Lock rows instead, or keep the transaction to this one statement.",
        ("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE;", "LOCK TABLES orders WRITE;"),
        ("LOCK TABLE orders IN ACCESS SHARE MODE;",),
    ),
)
