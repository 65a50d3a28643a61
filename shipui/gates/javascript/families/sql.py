"""SQL and the filters of other databases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipui.gates.javascript.families.options import literal, option, pairs
from shipui.gates.javascript.script import BY_LEVEL, ONLY_REQUESTS, Call, Script
from shipui.gates.javascript.shapes import Level, Shape, labels_of, level_of, skeleton
from shipui.gates.javascript.tree import Node
from shipui.gates.rules.javascript_injection import NOSQL_INJECTION, QUERY_LANGUAGE_INJECTION, SQL_INJECTION
from shipui.model.findings import Finding, Severity

_SQL = re.compile(
    r"\bselect\b[^;]*?\bfrom\b|\binsert\s+(ignore\s+)?into\b|\bupdate\s+[^;]{1,80}?\bset\b|\bdelete\s+from\b|\breplace\s+into\b|\bmerge\s+into\b"
    r"|\b(create|drop|alter|truncate)\s+(or\s+replace\s+)?(unique\s+|temp(orary)?\s+)?(table|database|schema|view|index|user|role|function|sequence|trigger)\b|\btruncate\s"
    r"|\bunion\s+(all\s+)?select\b|\bwhere\b[^;]*?(=|\blike\b|\bin\b|<|>|\bis\b)|\border\s+by\b|\bgroup\s+by\b|^\s*(exec(ute)?|call|grant|revoke|copy|set|explain|pragma|listen|notify)\s"
    r"|\bmatch\s*\([^)]*\).*\b(return|delete|set|detach)\b"
    r"|\bselect\b\s+\S|\bvalues\s*\(",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"[\w.\"`]+\s*(=|<>|!=|<|>|\blike\b|\bilike\b|\bin\b|\bbetween\b)", re.IGNORECASE)
_LARGEST = 20_000
_NAMED_SO = re.compile(
    r"(run|exec|execute|do|perform|raw|db|send|async|unsafe|native)\w*(query|sql|statement)|(query|sql)\w*",
    re.IGNORECASE,
)
_RUNS = frozenset(
    {
        "query", "execute", "exec", "run", "all", "get", "each", "prepare", "raw", "unsafe", "none", "any", "one", "many", "oneOrNone", "manyOrNone",
        "result", "batch", "executeSql", "queryAsync", "stream", "executeQuery", "runQuery", "queryRaw", "executeRaw", "simpleQuery", "sql", "multi",
        "queryStream", "iterate", "pluck", "createStatement", "executeMany", "selectRaw", "queryOne", "queryFirst", "fetchAll", "fetchOne", "select",
        "querySync", "executeSync", "literal", "send", "queryRows", "map", "task",
    }
)  # fmt: skip
_RAW = frozenset(
    {
        "raw", "whereRaw", "orWhereRaw", "andWhereRaw", "havingRaw", "orHavingRaw", "orderByRaw", "groupByRaw", "joinRaw", "selectRaw", "fromRaw",
        "columnRaw", "returningRaw", "literal", "unsafe",
    }
)  # fmt: skip
_UNSAFE = frozenset({"$queryRawUnsafe", "$executeRawUnsafe", "queryRawUnsafe", "executeRawUnsafe"})
_BUILDERS = frozenset(
    {
        "where",
        "andWhere",
        "orWhere",
        "having",
        "andHaving",
        "orHaving",
        "orderBy",
        "addOrderBy",
        "groupBy",
        "select",
        "addSelect",
        "leftJoin",
        "innerJoin",
        "from",
        "set",
    }
)
_OWNER = re.compile(
    r"(pg|mysql|mysql2|sqlite3|better-sqlite3|sequelize|knex|typeorm|mssql|oracledb|postgres|slonik|pg-promise|mariadb|tedious|sqlite|objection|drizzle-orm|"
    r"@prisma/client|@neondatabase/serverless|@vercel/postgres|@planetscale/database|snowflake-sdk|@databases/\w+|kysely|cassandra-driver|duckdb|pg-native)\b.*"
    r"|(.*[.~_$]|this\.)?_?(\w*(db|database|pool|conn|connection|knex|trx|tx|transaction|sequelize|prisma|mysql|pg|sql|sqlite|postgres|manager|queryRunner|datasource|dbClient|pgClient|Pool|DB|Prisma|Sequelize))(\(\))?"
    r"|.*\.(connect|getConnection|getRepository|createQueryRunner|promise|database|transaction)\(\)|(.*[.~])?client(\(\))?",
    re.IGNORECASE,
)
_FILTERS = frozenset(
    {
        "find", "findOne", "findOneAndUpdate", "findOneAndDelete", "findOneAndReplace", "updateOne", "updateMany", "deleteOne", "deleteMany",
        "countDocuments", "count", "distinct", "remove", "update", "replaceOne", "exists", "aggregate", "where", "findOneAndRemove",
    }
)  # fmt: skip
_MODELS = re.compile(
    r"(.*[.~])?(\w*collection(\(\))?|users?|accounts?|\w*Model(\(\))?|[A-Z]\w+|db\.\w+|~?db|\w*Repository|mongoose\.\w+\(\))",
    re.DOTALL,
)
_PASSWORDS = re.compile(r"pass|pwd|token|secret", re.IGNORECASE)
_DOCUMENTS = re.compile(r"mongo", re.IGNORECASE)


def look(script: Script) -> Iterator[Finding]:
    for call in script.calls:
        if not call.arguments or call.tagged:
            continue
        method = call.method
        if method in _RUNS or method in _RAW or method in _UNSAFE or method in _BUILDERS or _NAMED_SO.fullmatch(method):
            yield from _statement(script, call)
        if method in _FILTERS and call.owner:
            yield from _filter(script, call)
        if (
            method in {"search", "searchAsync", "bind"}
            or call.owner == "xpath"
            or method in {"evaluate", "selectNodes"}
        ):
            yield from _directory(script, call)
    for pair, _, value in pairs(script, "$where", "$function", "$accumulator", "$expr"):
        if pair.children[0].text.strip("'\"") != "$expr":
            yield from script.graded(NOSQL_INJECTION, pair, value, "nosql")


def is_statement(text: str) -> bool:
    return bool(_SQL.search(text[:_LARGEST]))


def _statement(script: Script, call: Call) -> Iterator[Finding]:
    value = call.arguments[0]
    inner = option(script, value, "text", "sql", "query", "statement")
    value = inner if inner is not None else value
    if value.kind in {"arrow_function", "function_expression", "object"}:
        return
    shape = script.shape(value)
    level = level_of(shape, "sql")
    if level < Level.DYNAMIC:
        return
    text = skeleton(shape, " ? ")
    method, owner = call.method, call.owner
    database = bool(_OWNER.fullmatch(owner))
    fragment = method in _RAW and (database or method != "raw") and (text.strip(" ?") != "" or level >= Level.HINTED)
    condition = (
        method in _BUILDERS and "?" in text.replace("\0", "?") and bool(_CONDITION.search(text)) and "." in call.name
    )
    asks = method in {
        "query",
        "execute",
        "exec",
        "run",
        "prepare",
        "raw",
        "unsafe",
        "batch",
        "executeSql",
        "none",
        "oneOrNone",
        "any",
    }
    if (
        method in _UNSAFE
        or fragment
        or (method not in _BUILDERS and is_statement(text) and _is_mixed(shape))
        or condition
    ):
        yield from script.graded(SQL_INJECTION, call.node, value, "sql", BY_LEVEL)
    elif database and asks and not owner.endswith(("RegExp()", "redis", "redis()")):
        yield from script.graded(
            SQL_INJECTION, call.node, value, "sql", {Level.REQUEST: Severity.HIGH, Level.HINTED: Severity.MEDIUM}
        )


def _is_mixed(shape: Shape) -> bool:
    return any(isinstance(each, str) and each.strip() for each in shape)


def _filter(script: Script, call: Call) -> Iterator[Finding]:
    if not _MODELS.fullmatch(call.owner):
        return
    given = call.arguments[0]
    shape = script.shape(given)
    labels = labels_of(shape)
    if level_of(shape, "nosql") < Level.REQUEST or "structured" not in labels:
        return
    written = literal(script, given)
    if written is None:
        yield from script.graded(NOSQL_INJECTION, call.node, given, "nosql", ONLY_REQUESTS)
        return
    whole = [each for each in written.children if _is_open(script, each)]
    if whole and (
        any(_PASSWORDS.search(each.text.split(":")[0]) for each in written.children)
        or "collection" in call.owner.lower()
        or script.imports(_DOCUMENTS)
    ):
        yield from script.graded(NOSQL_INJECTION, call.node, given, "nosql", ONLY_REQUESTS)


def _is_open(script: Script, pair: Node) -> bool:
    """Whether a request can put an object there: not into text that is made, nor behind $eq."""
    if pair.kind not in {"pair", "shorthand_property_identifier", "spread_element"} or "$eq" in pair.text:
        return False
    value = pair.children[-1] if pair.children else pair
    shape = script.shape(value)
    return len(shape) == 1 and level_of(shape, "nosql") >= Level.REQUEST and "structured" in labels_of(shape)


def _directory(script: Script, call: Call) -> Iterator[Finding]:
    for argument in call.arguments[:2]:
        value = option(script, argument, "filter") if argument.kind in {"object", "identifier"} else argument
        value = value if value is not None else argument
        shape = script.shape(value)
        text = skeleton(shape, "?")
        ldap = re.search(r"\([\w&|!]*\(?\w+[~<>]?=", text) and call.method in {"search", "searchAsync"}
        xpath = re.search(r"//\w+|\[@?\w+\s*=", text) and (
            call.owner in {"xpath", "document"} or call.method in {"evaluate", "selectNodes"}
        )
        if ldap or xpath:
            yield from script.graded(QUERY_LANGUAGE_INJECTION, call.node, value, "filter")
