"""What a balance was: read from what closed periods wrote down, it is what all movements add up to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from inventory_graph.quantities import ZERO
from inventory_graph.stock.as_of import SnapshotRecord, snapshots
from inventory_graph.stock.audit import drift
from inventory_graph.stock.commands import balance_id
from tests.given.items import given_item, variant_of_sku
from tests.given.periods import SEPTEMBER, given_closed, text_of
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.periods.stories import DAYS, FIRST_COST, SUM_OF_MOVEMENTS, given_step, steps
from tests.stock.requests import balance


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, min_size=1, max_size=14))
@example(story=FIRST_COST)
async def test_any_instant_reads_what_its_movements_add_up_to(
    tenant: GivenTenant, story: Sequence[Sequence[object]]
) -> None:
    """Whatever is recorded, closed and reopened in whatever order; and the audit agrees with every closed end."""
    own = await given_tenant(tenant.database)
    await given_item(own, sku="CORN", unit="KG")
    variant = await variant_of_sku(own, "CORN")
    for step in story:
        await given_step(own, variant.id, step)
    balance_key = balance_id(variant.id, own.warehouse_id)
    asked = [
        SEPTEMBER + timedelta(days=day, microseconds=part) for day in range(-1, DAYS + 1) for part in (-1, 0, 1, 2)
    ]
    async with own.database.read(own.actor) as tx:
        found = await snapshots(tx, [(balance_key, at) for at in asked])
        for at in asked:
            naive = await tx.raw.fetchrow(SUM_OF_MOVEMENTS, own.id, balance_key, at)
            assert naive is not None
            _assert_same(found, (balance_key, at), naive["on_hand"], naive["available"], naive["value"])
        report = await drift(tx)
    assert report.drift_count == 0, report.drifts


def _assert_same(
    found: Mapping[tuple[UUID, datetime], SnapshotRecord],
    key: tuple[UUID, datetime],
    on_hand: Decimal,
    available: Decimal,
    value: Decimal,
) -> None:
    if key not in found:
        assert not any((on_hand, available, value))
        return
    read = found[key]
    assert (read.on_hand, read.available, read.reserved) == (on_hand, available, ZERO), key[1]
    assert read.value is None or read.value == value, key[1]


@pytest.mark.usefixtures("corn")
async def test_an_instant_before_the_last_closed_end_reads_one_period_only(
    graph: GraphClient, tenant: GivenTenant
) -> None:
    """From what was written down, not from the ledger: were a row of it wrong, the answer would be, and only from there on."""
    ends = [SEPTEMBER + timedelta(days=days) for days in (0, 10, 20)]
    await given_closed(graph, *ends)
    await given_stock(tenant, "CORN", "1000")
    async with tenant.database.transaction(tenant.actor) as tx:
        # A later revision is what counts; the application may add one, not change one.
        written = await tx.raw.execute(
            "INSERT INTO period_balances SELECT tenant_id, balance_id, ends_at, 2, on_hand + 700, reserved, quarantined, damaged,"
            " value FROM period_balances WHERE tenant_id = $1 AND ends_at = $2",
            tenant.id, ends[0],
        )  # fmt: skip
    assert written == "INSERT 0 1"
    read = {}
    for day in (-1, 0, 5, 19, 20, 21):
        at = text_of(SEPTEMBER + timedelta(days=day))
        read[day] = (await balance(graph, "CORN", f'asOf(at: "{at}") {{ onHand }}'))["asOf"]["onHand"]
    # September's 20 kg came on the 21st: after the last end, so that days 20 and 21 are counted back from today.
    assert read == {-1: "10", 0: "710", 5: "710", 19: "710", 20: "30", 21: "30"}
