"""The words of SQL that the reading of statements goes by."""

from __future__ import annotations

QUIET = frozenset(
    (
        "SELECT", "SET", "RESET", "SHOW", "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE",
        "ABORT", "COMMENT", "GRANT", "REVOKE", "ANALYZE", "ANALYSE", "COPY", "LISTEN", "NOTIFY", "UNLISTEN",
        "DISCARD", "CHECKPOINT", "LOAD", "IMPORT", "SECURITY", "VALUES", "TABLE", "USE", "PRAGMA", "ATTACH",
        "DETACH", "DECLARE", "FETCH", "MOVE", "CLOSE", "OPEN", "DEALLOCATE", "REASSIGN", "UNLOCK", "REPLACE",
        "FLUSH", "CHECK", "DESCRIBE", "DESC", "HANDLER", "PRINT", "DENY", "BACKUP", "DBCC", "WAITFOR", "RAISERROR",
        "THROW", "RAISE", "RETURN", "NULL", "EXIT", "CONTINUE", "GET", "ASSERT", "XA", "SIGNAL", "RESIGNAL", "LEAVE",
        "ITERATE", "EXCEPTION", "INSERT", "PERFORM", "CALL", "PREPARE", "EXECUTE", "EXEC", "IF", "ELSE", "ELSIF",
        "ELSEIF", "LOOP", "WHILE", "FOR", "FOREACH", "CASE", "WHEN", "THEN", "DO", "UNTIL", "REPEAT", "REINDEX",
        "VACUUM", "CLUSTER", "LOCK", "REFRESH", "OPTIMIZE", "MERGE", "CREATE", "WITH", "EXPLAIN", "BATCH", "INSTALL",
        "UNINSTALL", "KILL", "CHANGE", "PURGE", "STOP", "ENABLE", "DISABLE", "RECONFIGURE", "SP_RENAME", "REPACK", "WAIT",
    )
)  # fmt: skip
"""First words of statements that, without anything embedded in them, neither lose data nor lock for long."""
CONTROL = ("THEN", "ELSE", "LOOP", "BEGIN", "DO", "AS", "IMMEDIATE", "ANALYZE", "VERBOSE")
"""A statement may stand behind these."""
EMBEDDED = ("DROP", "TRUNCATE", "DELETE", "ALTER", "UPDATE", "CREATE", "WITH")
STARTS_ANEW = {
    "DROP": ("TABLE", "SCHEMA", "DATABASE", "VIEW", "TYPE", "SEQUENCE"),
    "TRUNCATE": ("TABLE",),
    "DELETE": ("FROM",),
    "ALTER": ("TABLE",),
    "CREATE": ("TABLE",),
}
"""Two words that at the beginning of a line are a statement of their own."""
STRONG_LOCKS = ("EXCLUSIVE", "SHARE")
DESTROYING_FUNCTIONS = ("LO_UNLINK", "DROP_CHUNKS", "ADD_RETENTION_POLICY", "DROPGEOMETRYCOLUMN", "DROPGEOMETRYTABLE")
BEFORE_KIND = (
    "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN", "UNIQUE", "FULLTEXT", "SPATIAL", "VIRTUAL", "MATERIALIZED",
    "EXTERNAL", "TRANSIENT",
)  # fmt: skip
"""Between CREATE and what is made."""
KINDS = ("TABLE", "INDEX", "VIEW", "TYPE", "SCHEMA", "SEQUENCE", "DATABASE", "DOMAIN", "EXTENSION")
