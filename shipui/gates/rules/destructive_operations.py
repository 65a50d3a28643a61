"""What a migration loses: each of these is acknowledged by a person before it is deployed."""

from __future__ import annotations

from shipui.gates.base import Example, Rule
from shipui.model.findings import Severity

GATE = "destructive-operations"
_SQL = "db/migrations/0007_change.sql"
_ALEMBIC = "migrations/versions/4f2a_change.py"
_DJANGO = "shop/migrations/0007_change.py"
_KNEX = "migrations/20260101_change.js"


def _rule(
    rule: str,
    title: str,
    why: str,
    fix: str,
    flagged: tuple[str, ...],
    unflagged: tuple[str, ...],
    severity: Severity = Severity.HIGH,
) -> Rule:
    return Rule(
        rule, GATE, title, why, fix, severity, None, tuple(map(_example, flagged)), tuple(map(_example, unflagged))
    )


def _example(text: str) -> Example:
    """Its path by what it is written in."""
    if "alembic" in text:
        return Example(_ALEMBIC, text)
    if "django" in text:
        return Example(_DJANGO, text)
    return Example(_KNEX if "exports." in text else _SQL, text)


RULES = (
    _rule(
        "drop-table",
        "Drops a table",
        "All of its rows are lost, and whatever still reads it fails.",
        "Stop using the table first, keep a copy or rename it, and drop it in a later release.",
        (
            "DROP TABLE orders;",
            "DO $$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident('orders'); END $$;",
            "from alembic import op\n\ndef upgrade():\n    op.drop_table('orders')\n",
            "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.DeleteModel(name='Order')]\n",
            "exports.up = (knex) => knex.schema.dropTableIfExists('orders');\n",
        ),
        (
            "CREATE TEMP TABLE moved AS SELECT 1 AS id;\nDROP TABLE moved;",
            "-- DROP TABLE orders;\nCOMMENT ON TABLE orders IS 'never DROP TABLE this';",
            "CREATE TABLE new_orders (id int);\nINSERT INTO new_orders SELECT id FROM orders;\n"
            "DROP TABLE orders;\nALTER TABLE new_orders RENAME TO orders;",
            "from alembic import op\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    op.drop_table('orders')\n",
            "exports.up = (knex) => knex.schema.createTable('orders', () => {});\n"
            "exports.down = (knex) => knex.schema.dropTable('orders');\n",
        ),
    ),
    _rule(
        "drop-column",
        "Drops a column",
        "What it holds is lost in every row, and the version that is still running may fail.",
        "Release a version that no longer uses the column, and drop it in a later release.",
        ("ALTER TABLE orders DROP COLUMN note;", "ALTER TABLE orders ADD a int, DROP note CASCADE;"),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_total_check;",
            "ALTER TABLE orders ADD COLUMN a int;\nALTER TABLE orders DROP COLUMN a;",
        ),
    ),
    _rule(
        "drop-schema",
        "Drops a schema",
        "Every table in it is lost.",
        "Drop the tables one by one, each once nothing uses it.",
        ("DROP SCHEMA archive CASCADE;",),
        ("CREATE SCHEMA scratch;\nDROP SCHEMA scratch;",),
        Severity.CRITICAL,
    ),
    _rule(
        "drop-database",
        "Drops a database",
        "Everything in it is lost.",
        "A migration should never do this; remove a database by hand, after a backup.",
        ("DROP DATABASE shop;",),
        ("CREATE DATABASE shop;",),
        Severity.CRITICAL,
    ),
    _rule(
        "drop-owned",
        "Drops everything that a role owns",
        "Every table of that role is lost.",
        "Use REASSIGN OWNED to hand the objects over first.",
        ("DROP OWNED BY app;",),
        ("REASSIGN OWNED BY app TO admin;",),
        Severity.CRITICAL,
    ),
    _rule(
        "drop-type",
        "Drops a type",
        "Columns of this type, and their content, go with it when it cascades; code that names it fails.",
        "Change the columns to another type first, without CASCADE.",
        ("DROP TYPE order_status;", "DROP DOMAIN IF EXISTS email CASCADE;"),
        ("ALTER TYPE s RENAME TO s_old;\nALTER TYPE s_new RENAME TO s;\nDROP TYPE s_old;",),
    ),
    _rule(
        "drop-sequence",
        "Drops a sequence",
        "The last number that it gave is lost, so that numbers may be given twice.",
        "Keep the sequence, or note its last value first.",
        ("DROP SEQUENCE invoice_number;",),
        ("CREATE SEQUENCE s;\nDROP SEQUENCE s;",),
    ),
    _rule(
        "drop-materialized-view",
        "Drops a materialized view",
        "Its stored rows are lost, and whatever reads it fails.",
        "Make the new view under another name first, and switch to it.",
        ("DROP MATERIALIZED VIEW sales_by_day;",),
        ("DROP MATERIALIZED VIEW sales_by_day;\nCREATE MATERIALIZED VIEW sales_by_day AS SELECT 1;",),
    ),
    _rule(
        "drop-view",
        "Drops a view",
        "No data is lost, but whatever reads the view fails.",
        "Use CREATE OR REPLACE VIEW, or drop it once nothing reads it.",
        ("DROP VIEW active_users;",),
        ("DROP VIEW IF EXISTS active_users;\nCREATE VIEW active_users AS SELECT 1;",),
        Severity.MEDIUM,
    ),
    _rule(
        "drop-cascade",
        "Drops whatever depends on it, too",
        "CASCADE silently drops views, columns, constraints and triggers that nobody named here.",
        "Leave CASCADE away, and drop each dependent object by name.",
        ("DROP FUNCTION price(int) CASCADE;", "DROP EXTENSION postgis CASCADE;"),
        ("DROP FUNCTION price(int);", "DROP TRIGGER t ON orders CASCADE;"),
    ),
    _rule(
        "drop-by-function",
        "Calls a function that drops data",
        "What it drops is lost.",
        "Have a person check what the function removes, and keep a copy.",
        ("SELECT drop_chunks('readings', INTERVAL '1 year');",),
        ("SELECT show_chunks('readings');",),
    ),
    _rule(
        "drop-partition",
        "Drops a partition",
        "All rows of the partition are lost.",
        "Export the partition first, or detach it and keep it.",
        ("ALTER TABLE logs DROP PARTITION p2019;",),
        ("ALTER TABLE logs ADD PARTITION (PARTITION p2027 VALUES LESS THAN (2028));",),
    ),
    _rule(
        "detach-partition",
        "Detaches a partition",
        "Its rows vanish from the table for everybody who reads it.",
        "Make sure that nobody needs these rows, and use CONCURRENTLY.",
        ("ALTER TABLE logs DETACH PARTITION logs_2019;",),
        ("ALTER TABLE logs ATTACH PARTITION logs_2027 FOR VALUES FROM (1) TO (2);",),
        Severity.MEDIUM,
    ),
    _rule(
        "truncate",
        "Empties a table",
        "All of its rows are lost.",
        "Delete only what has to go, by a condition, and keep a copy.",
        ("TRUNCATE TABLE orders, lines RESTART IDENTITY CASCADE;",),
        ("CREATE TABLE t (id int);\nTRUNCATE t;", "SELECT trunc(1.5);"),
    ),
    _rule(
        "delete-all-rows",
        "Deletes every row",
        "No condition leaves a row out, so all of them are lost.",
        "Add a WHERE that names the rows that have to go.",
        (
            "DELETE FROM sessions;",
            "DELETE FROM sessions WHERE 1 = 1;",
            "from django.db import migrations\n\ndef forwards(apps, editor):\n"
            "    apps.get_model('shop', 'Order').objects.all().delete()\n",
            "exports.up = (knex) => knex('sessions').del();\n",
        ),
        (
            "DELETE FROM sessions WHERE expires < now();",
            "INSERT INTO notes (t) VALUES ('DELETE FROM sessions;');",
            "exports.up = (knex) => knex('sessions').where('old', true).del();\n",
        ),
    ),
    _rule(
        "update-all-rows",
        "Overwrites a column in every row",
        "No condition leaves a row out, so the former values are lost.",
        "Add a WHERE, or write into a new column and keep the old one until the change has proved itself.",
        ("UPDATE orders SET status = 'closed';", "UPDATE orders SET status = 'closed' WHERE true OR id = 1;"),
        (
            "UPDATE orders SET status = 'closed' WHERE paid;",
            "ALTER TABLE orders ADD COLUMN total int;\nUPDATE orders SET total = price * amount;",
            "UPDATE orders SET note = COALESCE(note, '');",
        ),
    ),
    _rule(
        "change-type",
        "Changes a column's type",
        "Values that do not fit the new type are cut, rounded or refused, and the table is locked while it is rewritten.",
        "Add a column of the new type, copy and check the values, and switch to it in a later release.",
        ("ALTER TABLE orders ALTER COLUMN total TYPE integer;", "ALTER TABLE orders MODIFY COLUMN note VARCHAR(20);"),
        ("ALTER TABLE orders ALTER COLUMN total SET DEFAULT 0;", "ALTER TABLE orders ADD COLUMN kind varchar(3);"),
    ),
    _rule(
        "alter-field",
        "Alters a field",
        "If this changes more than words or choices, values may no longer fit.",
        "Compare it with the field's former definition; if the type or the size shrinks, use a new field.",
        (
            "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    operations = [\n"
            "        migrations.AlterField('order', 'status', models.CharField(max_length=9, choices=[('a', 'A')])),\n    ]\n",
        ),
        (
            "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    operations = [\n"
            "        migrations.AlterField('order', 'note', models.TextField(null=True)),\n    ]\n",
        ),
        Severity.LOW,
    ),
    _rule(
        "rename-table",
        "Renames a table, view or type",
        "The version that is still running, and the one that a rollback brings back, look for the old name.",
        "Make the new name beside the old one (a view will do), switch over, and remove the old name later.",
        ("ALTER TABLE orders RENAME TO purchases;", "RENAME TABLE orders TO purchases;"),
        ("ALTER INDEX a RENAME TO b;", "CREATE TABLE a (id int);\nALTER TABLE a RENAME TO b;"),
    ),
    _rule(
        "rename-column",
        "Renames a column",
        "The version that is still running, and the one that a rollback brings back, look for the old name.",
        "Add the new column, write to both, copy the values, and drop the old one in a later release.",
        ("ALTER TABLE orders RENAME COLUMN note TO remark;", "ALTER TABLE orders CHANGE note remark text;"),
        ("ALTER TABLE orders RENAME CONSTRAINT a TO b;",),
    ),
    _rule(
        "rename-enum-value",
        "Renames a value of an enumeration",
        "The version that is still running writes and expects the old value.",
        "Add the new value, move the rows, and stop using the old one.",
        ("ALTER TYPE status RENAME VALUE 'open' TO 'new';",),
        ("ALTER TYPE status ADD VALUE 'new';",),
    ),
    _rule(
        "drop-enum-value",
        "Removes a value of an enumeration",
        "Rows that hold the value can no longer be read or written as they are.",
        "Move the rows to another value first, and leave the old value unused.",
        ("ALTER TYPE status DROP VALUE 'open';", "DELETE FROM pg_enum WHERE enumlabel = 'open';"),
        ("ALTER TYPE status ADD VALUE 'open';",),
    ),
    _rule(
        "set-not-null",
        "Forbids empty values in a column",
        "It fails if a row has none, refuses what the running version still writes, and reads the whole table under a lock.",
        "Fill the gaps, add CHECK (column IS NOT NULL) NOT VALID, validate it, and only then set NOT NULL.",
        ("ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",),
        (
            "ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;",
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (note IS NOT NULL) NOT VALID;\n"
            "ALTER TABLE orders VALIDATE CONSTRAINT c;\nALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
        ),
    ),
    _rule(
        "add-required-column",
        "Adds a column that must have a value, without a default",
        "It fails on a table that has rows, and what the running version inserts is refused.",
        "Give it a default, or add it as nullable and fill it first.",
        ("ALTER TABLE orders ADD COLUMN country text NOT NULL;",),
        ("ALTER TABLE orders ADD COLUMN country text NOT NULL DEFAULT 'DE';",),
        Severity.MEDIUM,
    ),
    _rule(
        "drop-constraint",
        "Drops a constraint",
        "From here on rows may break what it guaranteed, and cannot always be mended.",
        "Make sure that something else guards it, or add the new constraint before this one goes.",
        ("ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;", "ALTER TABLE orders DROP PRIMARY KEY;"),
        (
            "ALTER TABLE orders DROP CONSTRAINT c;\nALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID;",
            "ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;",
        ),
        Severity.MEDIUM,
    ),
    _rule(
        "drop-index",
        "Drops an index",
        "No data is lost, but what used it gets slower, a unique one no longer guards, and the table is locked for a moment.",
        "Use DROP INDEX CONCURRENTLY, once nothing uses the index.",
        ("DROP INDEX orders_note_idx;",),
        ("DROP INDEX CONCURRENTLY orders_note_idx;",),
        Severity.LOW,
    ),
    _rule(
        "set-unlogged",
        "Makes a table unlogged",
        "After a crash of the server the table is empty, and backups by replication do not hold it.",
        "Leave it logged.",
        ("ALTER TABLE orders SET UNLOGGED;",),
        ("CREATE UNLOGGED TABLE cache (k text);",),
    ),
)
