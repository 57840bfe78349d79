"""Rows on their way into a statement: what comes out of the arrays is what went in, whatever the rows share."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from inventory_graph.arrays import shared, spreading
from inventory_graph.db import Database, Record
from tests.given.tenants import GivenTenant

SELECT = spreading("SELECT * FROM unnest($1::uuid[], $2::text[], $3::numeric[], $4::jsonb[])", range(1, 5), whole=1)
ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)

CASES: dict[str, list[tuple[Any, ...]]] = {
    "nothing": [],
    "one row": [(ONE, "a", Decimal(1), {"a": "1"})],
    "one row of nulls": [(ONE, None, None, None)],
    "all the same": [(ONE, "a", Decimal(1), {"a": "1"})] * 3,
    "all null but the id": [(ONE, None, None, None), (TWO, None, None, None)],
    "the first is null": [(ONE, None, None, None), (TWO, "a", Decimal(1), {})],
    "the last is null": [(ONE, "a", Decimal(1), {}), (TWO, None, None, None)],
    "one in the middle is null": [(ONE, "a", Decimal(1), {}), (TWO, None, None, None), (THREE, "a", Decimal(1), {})],
    "one in the middle differs": [
        (ONE, "a", Decimal(1), {}),
        (TWO, "b", Decimal(2), None),
        (THREE, "a", Decimal(1), {}),
    ],
    "the first and the last differ": [(ONE, "a", Decimal(1), {}), (TWO, "b", Decimal(0), {"a": "2"})],
}


@pytest.mark.parametrize("case", CASES)
async def test_rows_come_as_they_were_sent(tenant: GivenTenant, case: str) -> None:
    """Shared or not, null or not, alone or many."""
    assert await sent(tenant.database, tenant, CASES[case]) == CASES[case]


def test_what_all_rows_share_is_sent_once() -> None:
    """And what is null everywhere not at all; only the ids are always complete."""
    rows = [(ONE, "a", None, number) for number in (1, 2, 3)]
    assert [list(column) for column in shared(rows, 4, whole=0)] == [[ONE, ONE, ONE], ["a"], [], [1, 2, 3]]


async def sent(database: Database, tenant: GivenTenant, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    async with database.read(tenant.actor) as tx:
        found: list[Record] = await tx.raw.fetch(SELECT, *shared(rows, 4, whole=0))
    return [tuple(row) for row in found]
