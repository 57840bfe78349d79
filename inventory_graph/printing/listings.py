"""What a list shows and how it is read: the form that every list of this service has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

ListKind: TypeAlias = Literal[
    "purchase-orders", "goods-receipts", "transfers", "items", "supplier-items", "stock-balances", "movements"
]
FilterValue: TypeAlias = str | bool | Sequence[str] | Sequence[UUID]
"""What a condition compares with: a text, an id or an instant as text, several texts or ids, or whether it holds."""

ConditionType: TypeAlias = Literal["flag", "text", "text[]", "uuid", "uuid[]", "timestamptz"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKey:
    """One list of the transaction's tenant. ``filter`` has the conditions that are given, by their names; ``outlet_ids`` are the outlets
    that the caller is bound to, None for all."""

    kind: ListKind
    filter: Mapping[str, FilterValue]
    outlet_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as SQL, with ``{}`` where its value stands. A flag has none: it holds when it is given as true."""

    type: ConditionType
    sql: str

    def value_of(self, given: FilterValue) -> Any:
        """The value as the driver takes it. Raises ``ValueError`` for what is none."""
        if self.type == "uuid":
            return UUID(str(given))
        if self.type == "timestamptz":
            return datetime.fromisoformat(str(given))
        return list(given) if isinstance(given, Sequence) and not isinstance(given, str) else given


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list shows. ``columns`` are what heads each in the CSV and what it is as SQL; ``source`` is what follows FROM, with the
    tenant as $1. ``order`` is the keyset: SQL with its type, together unique, ``is_newest_first`` its direction. ``outlets`` is what has to
    be true of the outlets that a caller is bound to; None where the list is of no place. ``narrowing`` says how to get a shorter one."""

    columns: Mapping[str, str]
    source: str
    conditions: Mapping[str, Condition]
    order: Sequence[tuple[str, str]]
    narrowing: str
    is_newest_first: bool = False
    outlets: str | None = None

    def page(self, key: ListKey, *, after: Sequence[Any] | None, many: int) -> tuple[str, list[Any]]:
        """The statement of a page behind a position, and its arguments but the tenant. The position follows the columns of a row."""
        where, arguments = self._where(key)
        places = [expression for expression, _ in self.order]
        if after is not None:
            start = len(arguments) + 2
            behind = ", ".join(f"${start + index}::{kind}" for index, (_, kind) in enumerate(self.order))
            sign = "<" if self.is_newest_first else ">"
            # By the first of them an index finds where to go on, also where they are of several tables.
            where += (
                f" AND {places[0]} {sign}= ${start}::{self.order[0][1]} AND ({', '.join(places)}) {sign} ({behind})"
            )
            arguments += after
        direction = " DESC" if self.is_newest_first else ""
        statement = (
            f"SELECT {', '.join([*self.columns.values(), *places])} FROM {self.source} WHERE {where}"  # noqa: S608 - of constants
            f" ORDER BY {', '.join(place + direction for place in places)} LIMIT {many:d}"
        )
        return statement, arguments

    def count(self, key: ListKey, *, many: int) -> tuple[str, list[Any]]:
        """The statement that counts the rows up to so many, and its arguments but the tenant."""
        where, arguments = self._where(key)
        return (
            f"SELECT count(*) FROM (SELECT FROM {self.source} WHERE {where} LIMIT {many:d}) AS bounded",  # noqa: S608 - of constants
            arguments,
        )

    def _where(self, key: ListKey) -> tuple[str, list[Any]]:
        arguments: list[Any] = []
        clauses = []
        for name, given in key.filter.items():
            condition = self.conditions[name]
            if condition.type == "flag":
                clauses += [condition.sql] if given else []
                continue
            arguments.append(condition.value_of(given))
            clauses.append(condition.sql.format(f"${len(arguments) + 1}::{condition.type}"))
        if key.outlet_ids is not None and self.outlets is not None:
            arguments.append(list(key.outlet_ids))
            clauses.append(self.outlets.format(f"${len(arguments) + 1}::uuid[]"))
        return " AND ".join([self.tenant_clause, *clauses]), arguments

    @property
    def tenant_clause(self) -> str:
        """That the first table of the source is the tenant's."""
        return f"{self.source.split(maxsplit=1)[0]}.tenant_id = $1"


def instant_to_text(instant: datetime) -> str:
    """An instant as the API prints it: ISO 8601 in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
