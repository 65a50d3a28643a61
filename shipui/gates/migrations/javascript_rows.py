"""Rows that a JavaScript or TypeScript migration deletes or overwrites through a query builder or a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ast_grep_py import SgNode

from shipui.gates.migrations import javascript_calls as calls
from shipui.gates.migrations.javascript_syntax import Call, Strings, chain, is_text, member
from shipui.gates.migrations.operations import Made

Found = Iterator[tuple[str, str]]


class Rows:
    def __init__(self, strings: Strings, made: Made) -> None:
        self._strings = strings
        self._made = made
        self._readings: dict[str, Callable[[Call], Found]] = {
            "bulkDelete": self._bulk_delete,
            "bulkUpdate": self._bulk_update,
            "destroy": self._destroy,
            "deleteMany": self._delete_many,
            "updateMany": self._update_many,
            "clear": self._clear,
            "update": self._update,
            "updateTable": self._update,
        }

    def changed_by(self, call: Call) -> Found:
        return self._readings.get(call.method, self._delete)(call)

    def _clear(self, call: Call) -> Found:
        """TypeORM's manager.clear(User) and repository.clear(); Map and Set have a clear of their own."""
        owner = call.receiver.text()[-60:].lower() if call.receiver is not None else ""
        if owner.endswith(("manager", "repository", "repo")) or "getrepository(" in owner:
            yield "truncate", call.arguments[0].text()[:60] if call.arguments else owner

    def _delete(self, call: Call) -> Found:
        """Knex's knex("t").del(), Kysely's deleteFrom("t"), TypeORM's builders: flagged without a where in the chain."""
        if call.method == "delete" and len(call.arguments) == 2 and is_text(call.argument(1), "{}"):
            yield "delete-all-rows", call.arguments[0].text()[:60]
        if call.method in {"del", "delete"} and call.arguments and call.arguments[0].kind() not in {"object", "null"}:
            return
        if call.method == "delete" and call.arguments and call.arguments[0].text() != "{}":
            return
        yield from self._all_rows(call, "delete-all-rows")

    def _update(self, call: Call) -> Found:
        given = call.argument(0)
        built = any(each.method == "createQueryBuilder" for each in chain(call))
        if call.method == "update" and not built and (given is None or given.kind() not in {"object", "string"}):
            return
        columns = []
        if given is not None and given.kind() == "object":
            columns = [
                key.text().strip("'\"").lower() for pair in given.children() if (key := pair.field("key")) is not None
            ]
        target = self._rows_of(call)
        if target and columns and all(self._made.has_column(target, column) for column in columns):
            return
        yield from self._all_rows(call, "update-all-rows")

    def _rows_of(self, call: Call) -> str | None:
        """The table whose rows are meant: knex("t"), trx.from("t"), deleteFrom("t")."""
        every = (call, *chain(call))
        for each in every:
            if each.method in calls.ROWS_OF and (table := self._strings.argument(each, 0)):
                return table
        first = every[-1]
        return self._strings.argument(first, 0) if first.receiver is None else None

    def _all_rows(self, call: Call, rule: str) -> Found:
        table = self._rows_of(call)
        built = any(each.method == "createQueryBuilder" for each in chain(call))
        if table is None and not built and not (call.arguments and call.arguments[0].text() == "{}"):
            return
        methods = {each.method for each in chain(call)} | _following(call)
        if any(
            method.lower().startswith(("where", "andwhere", "orwhere", "having", "using", "join", "innerjoin"))
            for method in methods
        ):
            return
        if table is None or not self._made.has_table(table):
            yield rule, table or "a table"

    def _bulk_delete(self, call: Call) -> Found:
        if _nothing(call.argument(1)):
            yield from self._unless_made("delete-all-rows", self._strings.argument(call, 0))

    def _bulk_update(self, call: Call) -> Found:
        if _nothing(call.argument(2)):
            yield from self._unless_made("update-all-rows", self._strings.argument(call, 0))

    def _destroy(self, call: Call) -> Found:
        options = call.argument(0)
        where = member(options, "where")
        if is_text(member(options, "truncate"), "true") or (
            where is not None and where.text().replace(" ", "") == "{}"
        ):
            yield "delete-all-rows", call.receiver.text()[:60] if call.receiver is not None else "?"

    def _delete_many(self, call: Call) -> Found:
        where = call.argument(0)
        inner = member(where, "where")
        if _nothing(where) or (inner is not None and _nothing(inner)):
            yield "delete-all-rows", call.receiver.text()[:60] if call.receiver is not None else "?"

    def _update_many(self, call: Call) -> Found:
        given = call.argument(0)
        if _nothing(given) or (member(given, "data") is not None and _nothing(member(given, "where"))):
            yield "update-all-rows", call.receiver.text()[:60] if call.receiver is not None else "?"

    def _unless_made(self, rule: str, table: str | None) -> Found:
        if table is None or not self._made.has_table(table):
            yield rule, table or "?"


def _following(call: Call) -> set[str]:
    """The methods that are called on the result of this call."""
    methods = set()
    node = call.node.parent()
    while node is not None and node.kind() in {"member_expression", "call_expression", "parenthesized_expression"}:
        if node.kind() == "member_expression" and (name := node.field("property")) is not None:
            methods.add(name.text())
        node = node.parent()
    return methods


def _nothing(node: SgNode | None) -> bool:
    return node is None or node.text().replace(" ", "") in {"null", "undefined", "{}"}
