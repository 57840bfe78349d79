"""One reservation as a program without the book would write it: the same rows in the same tables, as text for pgbench.

What the service wrote for a reservation is read back and becomes the statement: every row it inserted, with new ids, times and
versions in their places and all else as it stands, so that both sides write rows of the same size under the same constraints,
triggers and indexes. Units, lots, other lines, refusals with reasons and a key that was used before are left out, to the
advantage of plain SQL.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from tests.bench.shop import Shop

PLACES: Final = "bench_places"
"""The balances to reserve from, by number from 1."""

Places = tuple[int, int]
"""The first and the last of the places that a script reserves from."""

_TABLES = """
SELECT oid::regclass::text AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id')
ORDER BY 1
"""
_COLUMNS = """
SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
ORDER BY attnum
"""
_TAKE = """
  UPDATE balances SET reserved = balances.reserved + 1, version = balances.version + 1, updated_at = made.at,
    holds_expire_at = least(balances.holds_expire_at, made.at + {hold})
  FROM {place}made
  WHERE balances.tenant_id = '{tenant}' AND balances.id = {balance}
    AND balances.on_hand - balances.reserved - balances.quarantined - balances.damaged >= 1
  RETURNING balances.*
), given AS (
  UPDATE quants SET quantity = quants.quantity - 1 FROM taken
  WHERE quants.tenant_id = '{tenant}' AND quants.balance_id = taken.id AND quants.state = 'AVAILABLE'
), received AS (
  INSERT INTO quants (tenant_id, id, balance_id, state, quantity, received_at)
  SELECT '{tenant}', gen_random_uuid(), taken.id, 'RESERVED', 1, made.at FROM taken, made
  ON CONFLICT (tenant_id, balance_id, location_id, lot_id, state) DO UPDATE SET quantity = quants.quantity + 1
)"""
_ONE_STATEMENT = r"""
\set number random({first}, {last})
WITH place AS MATERIALIZED (SELECT balance_id FROM {table} AS places WHERE number = :number),
made AS MATERIALIZED (SELECT {made}),
taken AS ({take}{inserts}
SELECT count(*) FROM taken;
"""
_FOUR_ROUND_TRIPS = r"""
\set number random({first}, {last})
BEGIN;
SELECT balances.id AS balance_id FROM {table} JOIN balances ON balances.tenant_id = '{tenant}' AND balances.id = {table}.balance_id
  WHERE number = :number FOR UPDATE OF balances \gset
WITH made AS MATERIALIZED (SELECT {made}),
taken AS ({take}{inserts}
SELECT count(*) FROM taken;
COMMIT;
"""
_OF_THE_BALANCE = {
    "balance_version": "taken.version",
    "on_hand_after": "taken.on_hand",
    "reserved_after": "taken.reserved",
    "quarantined_after": "taken.quarantined",
    "damaged_after": "taken.damaged",
}
_COUNTED: Final = frozenset({"balances", "quants"})
"""Rows that are there before and only change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that one reservation wrote, by column."""

    table: str
    types: dict[str, str]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReservation:
    """The reservation of one unit as pgbench scripts, and how many rows it leaves in which table."""

    rows: tuple[Row, ...]
    tenant_id: UUID

    def counts(self) -> dict[str, int]:
        """Rows written, by table."""
        tables = [row.table for row in self.rows]
        return {table: tables.count(table) for table in sorted(set(tables))}

    def one_statement(self, places: Places) -> str:
        """All in one statement: a single round trip."""
        return self._script(_ONE_STATEMENT, places, place="place, ", balance="place.balance_id")

    def four_round_trips(self, places: Places) -> str:
        """BEGIN, the balance under its lock, everything that is written, COMMIT."""
        return self._script(_FOUR_ROUND_TRIPS, places, place="", balance=":balance_id::uuid")

    @property
    def settings(self) -> dict[str, str]:
        """What the sessions need: the tenant once instead of in every transaction, to the advantage of plain SQL."""
        return {"app.tenant_id": str(self.tenant_id)}

    def _script(self, template: str, places: Places, *, place: str, balance: str) -> str:
        began = self._only("reservations")["created_at"]
        hold = _interval(self._only("holds")["expires_at"] - began)
        ids = list(dict.fromkeys(self._new_ids()))
        made = ["clock_timestamp() AS at", *(f"gen_random_uuid() AS id{number}" for number in range(len(ids)))]
        values = _Values(
            began=began,
            ids={id_: f"made.id{number}" for number, id_ in enumerate(ids)},
            balance=next(row.values for row in self.rows if row.table == "balances"),
        )
        inserts = [values.insert(row) for row in self.rows if row.table not in _COUNTED]
        return template.format(
            first=places[0],
            last=places[1],
            table=PLACES,
            tenant=self.tenant_id,
            made=", ".join(made),
            take=_TAKE.format(tenant=self.tenant_id, hold=hold, place=place, balance=balance),
            inserts="".join(f", written{number} AS ({text})" for number, text in enumerate(inserts)),
        )

    def _new_ids(self) -> list[UUID]:
        named = ("id", "event_id", "command_id")
        return [
            row.values[name]
            for row in self.rows
            for name in named
            if row.table not in _COUNTED and isinstance(row.values.get(name), UUID)
        ]

    def _only(self, table: str) -> dict[str, Any]:
        (found,) = (row.values for row in self.rows if row.table == table)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """How the values of the sample are written in the statement."""

    began: datetime
    ids: dict[UUID, str]
    balance: dict[str, Any]

    def insert(self, row: Row) -> str:
        columns = ", ".join(row.types)
        values = ", ".join(self._expression(row, name) for name in row.types)
        return f"INSERT INTO {row.table} ({columns}) SELECT {values} FROM taken, made"

    def _expression(self, row: Row, name: str) -> str:
        value, type_ = row.values[name], row.types[name]
        if value is None:
            return "NULL"
        if name in _OF_THE_BALANCE:
            return _OF_THE_BALANCE[name]
        if name == "aggregate_version" and row.values["aggregate_id"] == self.balance["id"]:
            return "taken.version"
        match value:
            case datetime():
                return f"made.at + {_interval(value - self.began)}"
            case UUID():
                return self._identity(value)
        return self._text(value) if type_ == "text" else f"{_quoted(value)}::{type_}"

    def _identity(self, value: UUID) -> str:
        if value == self.balance["id"]:
            return "taken.id"
        if value == self.balance["variant_id"]:
            return "taken.variant_id"
        return self.ids.get(value, f"'{value}'::uuid")

    def _text(self, value: str) -> str:
        """The text, with what is unique in it (an id, the idempotency key) made unique again."""
        for id_, expression in self.ids.items():
            before, found, after = value.partition(str(id_))
            if found:
                return f"{_quoted(before)} || {expression}::text || {_quoted(after)}"
        before, found, after = value.partition(SAMPLE_KEY)
        if found:
            return f"{_quoted(before)} || made.id0::text || {_quoted(after)}"
        return _quoted(value)


SAMPLE_KEY: Final = "00000000-0000-4000-8000-00005a3b1e01"
"""The idempotency key of the reservation that is read back: as long as the ids that take its place."""


async def snapshot_of(connection: "asyncpg.Connection[Any]") -> str:
    """What is committed now, for ``rows_since``."""
    return str(await connection.fetchval("SELECT pg_current_snapshot()::text"))


async def rows_since(connection: "asyncpg.Connection[Any]", snapshot: str, tenant_id: UUID) -> tuple[Row, ...]:
    """The rows of the tenant that were written since, in an order in which each comes after those it refers to."""
    found: list[Row] = []
    for table in [each["name"] for each in await connection.fetch(_TABLES)]:
        types = {each["name"]: each["type"] for each in await connection.fetch(_COLUMNS, table)}
        rows = await connection.fetch(
            f"SELECT {', '.join(_shown(name, type_) for name, type_ in types.items())} FROM {table}"
            " WHERE tenant_id = $1 AND NOT pg_visible_in_snapshot(xmin::text::xid8, $2::text::pg_snapshot)",
            tenant_id,
            snapshot,
        )
        found += [Row(table=table, types=types, values=dict(row)) for row in rows]
    # Foreign keys are checked when the statement ends, so that any order will do.
    return tuple(found)


async def create_places(connection: "asyncpg.Connection[Any]", shop: Shop) -> None:
    """Number the shop's balances from 1, in the order of their SKUs."""
    await connection.execute(f"CREATE TABLE {PLACES} (number integer PRIMARY KEY, balance_id uuid NOT NULL)")
    await connection.execute(
        f"INSERT INTO {PLACES} SELECT number, balances.id"
        " FROM unnest($1::uuid[]) WITH ORDINALITY AS v(variant_id, number)"
        " JOIN balances ON balances.tenant_id = $2 AND balances.variant_id = v.variant_id AND warehouse_id = $3",
        shop.variant_ids,
        shop.actor.tenant_id,
        shop.warehouse_id,
    )
    await connection.execute(f"GRANT SELECT ON {PLACES} TO inventory_app; ANALYZE {PLACES}")


def _shown(name: str, type_: str) -> str:
    """What is not looked at is read as it is written."""
    return name if type_ in ("uuid", "timestamp with time zone", "text") else f"{name}::text AS {name}"


def _interval(value: Any) -> str:
    return f"interval '{value.total_seconds():f} seconds'"


def _quoted(value: str) -> str:
    # To pgbench a colon before a letter or digit is a variable.
    return "E'" + value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a") + "'"
