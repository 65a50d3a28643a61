"""The methods of JavaScript's migration tools: Knex, Sequelize, TypeORM, Kysely, node-pg-migrate, db-migrate, MikroORM."""

from __future__ import annotations

ON_TABLE = {
    "dropTable": "drop-table", "dropTableIfExists": "drop-table", "dropTables": "drop-table", "dropAllTables": "drop-table",
    "dropAllSchemas": "drop-schema",
    "dropSchema": "drop-schema", "dropSchemaIfExists": "drop-schema", "dropDatabase": "drop-database", "clearDatabase": "drop-database",
    "dropEnum": "drop-type", "dropAllEnums": "drop-type", "dropType": "drop-type", "dropDomain": "drop-type", "dropSequence": "drop-sequence",
    "dropView": "drop-view", "dropViewIfExists": "drop-view", "dropMaterializedView": "drop-materialized-view",
    "dropMaterializedViewIfExists": "drop-materialized-view", "dropCollection": "drop-table",
    "renameTable": "rename-table", "renameTo": "rename-table", "renameColumn": "rename-column", "renameType": "rename-table",
    "renameTypeValue": "rename-enum-value", "renameSchema": "rename-table",
    "clearTable": "truncate", "truncateTable": "truncate",
    "removeConstraint": "drop-constraint", "dropConstraint": "drop-constraint", "dropForeign": "drop-constraint", "dropPrimary": "drop-constraint",
    "dropUnique": "drop-constraint", "dropForeignKey": "drop-constraint", "dropForeignKeys": "drop-constraint", "dropPrimaryKey": "drop-constraint",
    "dropUniqueConstraint": "drop-constraint", "dropUniqueConstraints": "drop-constraint", "dropCheckConstraint": "drop-constraint",
    "dropExclusionConstraint": "drop-constraint", "dropChecks": "drop-constraint", "removeForeignKey": "drop-constraint",
    "dropIndex": "drop-index", "dropIndices": "drop-index", "removeIndex": "drop-index",
    "createIndex": "lock-create-index", "createIndices": "lock-create-index", "addIndex": "lock-create-index",
    "createForeignKey": "lock-add-foreign-key", "createForeignKeys": "lock-add-foreign-key", "addForeignKey": "lock-add-foreign-key",
    "addForeignKeyConstraint": "lock-add-foreign-key", "addConstraint": "lock-add-constraint", "createConstraint": "lock-add-constraint",
    "createUniqueConstraint": "lock-add-constraint", "createCheckConstraint": "lock-add-constraint", "createPrimaryKey": "lock-add-constraint",
    "addUniqueConstraint": "lock-add-constraint", "addCheckConstraint": "lock-add-constraint", "addPrimaryKeyConstraint": "lock-add-constraint",
}  # fmt: skip
CREATES_KEY = frozenset({"lock-create-index", "lock-add-foreign-key", "lock-add-constraint", "drop-index"})
NEEDS_TABLE = frozenset({"renameTo"})
DROPS_COLUMN = ("dropColumn", "dropColumns")
SETS_NOT_NULL = ("dropNullable", "setNotNull")
CREATES_TABLE = ("createTable", "createTableIfNotExists", "createTableLike")
PERHAPS = frozenset({"createTableIfNotExists"})
OPENS_TABLE = frozenset({"alterTable", "table", *CREATES_TABLE})
ON_ROWS = frozenset(
    (
        "del", "delete", "deleteFrom", "truncate", "clear", "update", "updateTable", "bulkDelete", "bulkUpdate", "destroy", "deleteMany",
        "updateMany",
    )
)  # fmt: skip
ROWS_OF = frozenset({"from", "into", "table", "deleteFrom", "updateTable", "knex", "trx"})
RAW = frozenset({"raw", "addSql", "runSql", "$executeRawUnsafe"})
"""Given to the database as it stands: what cannot be told is not read."""
EXECUTES = (
    "raw", "query", "addSql", "sql", "runSql", "execute", "$executeRaw", "$executeRawUnsafe", "$queryRawUnsafe", "exec", "unsafe", "statement",
    "none", "any",
)  # fmt: skip
BUILT = frozenset({"call_expression", "object", "member_expression"})
COLUMN_KINDS = frozenset(
    (
        "string", "text", "integer", "bigInteger", "boolean", "date", "datetime", "timestamp", "time", "float", "decimal", "json", "jsonb",
        "uuid", "enum", "enu", "binary", "specificType", "increments", "bigIncrements", "tinyint", "smallint", "mediumint", "bigint", "double",
        "geometry", "point",
    )
)  # fmt: skip
TYPES = {
    "string": "varchar", "char": "char", "text": "text", "citext": "citext", "integer": "integer", "bigint": "bigint", "biginteger": "bigint",
    "float": "double precision", "double": "double precision", "real": "real", "decimal": "numeric", "boolean": "boolean", "date": "timestamptz",
    "dateonly": "date", "datetime": "timestamptz", "uuid": "uuid", "jsonb": "jsonb", "json": "json", "enum": "enum", "enu": "enum",
    "smallint": "smallint", "tinyint": "tinyint", "timestamp": "timestamptz", "timestamptz": "timestamptz",
}  # fmt: skip
