"""Of requests that share a transaction each names its own operation; what follows from several of them names none."""

from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.outbox import made_by
from inventory_graph.reservations.requests import ConsumeStock, Release
from tests.alerts.asked import given_alerts, given_levels
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.reservations.requested import ask, ask_all, line, reserve, used
from tests.statements import CountingDatabase, statements

ONE, TWO = (f"00-{number:032x}-00f067aa0ba902b7-01" for number in (1, 2))


async def named(tenant: GivenTenant, *, after: int = 0) -> list[tuple[str, str | None]]:
    """The types of the tenant's events, each with the operation that it names."""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch(
            "SELECT type, traceparent FROM outbox WHERE tenant_id = $1 AND id > $2 ORDER BY id", tenant.id, after
        )
    return [(row["type"].removeprefix("inventory."), row["traceparent"]) for row in rows]


async def last(tenant: GivenTenant) -> int:
    """Where the outbox ends."""
    async with tenant.database.read(tenant.actor) as tx:
        return int(await tx.raw.fetchval("SELECT max(id) FROM outbox WHERE tenant_id = $1", tenant.id))


def consumption(tenant: GivenTenant, quantity: str, traceparent: str | None) -> ConsumeStock:
    """So much TEA that was used, as the operation reports it."""
    return ConsumeStock(
        actor=tenant.actor, idempotency_key=uuid4().hex, lines=(used("TEA", quantity),), traceparent=traceparent
    )


@pytest.mark.parametrize("asked", [(ONE, TWO), (None, TWO), (ONE, None)], ids=["both", "the second", "the first"])
async def test_each_request_names_its_own(tenant: GivenTenant, asked: tuple[str | None, ...]) -> None:
    """Whoever is traced beside whom: what was consumed, and the stock that changed by it."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "9")
    before = await last(tenant)
    await ask_all(tenant, *(consumption(tenant, "1", each) for each in asked))
    found = await named(tenant, after=before)
    assert [name for kind, name in found if kind == "stock.consumed"] == list(asked)
    assert [name for kind, name in found if kind == "stock.updated"] == list(asked)


async def test_a_request_names_the_operation_that_made_it(tenant: GivenTenant) -> None:
    """Also where another task, of no operation or of another one, does what it asks."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "9")
    before = await last(tenant)
    with made_by(ONE):
        request = ConsumeStock(actor=tenant.actor, idempotency_key="a", lines=(used("TEA", "1"),))
    with made_by(TWO):
        await ask(tenant, request)
    assert {name for _, name in await named(tenant, after=before)} == {ONE}


async def test_who_asks_again_may_be_another_operation(tenant: GivenTenant) -> None:
    """A client that tries again is traced anew: the key and what is asked are the same."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "9")
    first = ConsumeStock(actor=tenant.actor, idempotency_key="a", lines=(used("TEA", "1"),), traceparent=ONE)
    again = ConsumeStock(actor=tenant.actor, idempotency_key="a", lines=(used("TEA", "1"),), traceparent=TWO)
    await ask(tenant, first)
    assert (await ask(tenant, again)).replayed is True


async def test_an_alert_names_who_changed_the_balance_last(graph: GraphClient, tenant: GivenTenant) -> None:
    """It is told of the whole batch; the last is who made stock what the alert says."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "8")
    await given_levels(graph, "TEA", "5")
    await given_alerts(graph)
    before = await last(tenant)
    await ask_all(tenant, consumption(tenant, "2", ONE), consumption(tenant, "2", TWO))
    assert (await named(tenant, after=before))[-1] == ("stock.low", TWO)


@pytest.mark.parametrize(("asked", "named_by"), [((ONE, TWO), None), ((ONE, ONE), ONE)], ids=["of two", "of one"])
async def test_backorders_that_several_fill_name_none(
    tenant: GivenTenant, asked: tuple[str, str], named_by: str | None
) -> None:
    """Two give back what a third waits for: it is filled with both, by neither alone; where one operation gives back, by that."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "2")
    holds = [await reserve(tenant, line("TEA", "1")) for _ in asked]
    await reserve(tenant, line("TEA", "2"), on_shortage="BACKORDER")
    before = await last(tenant)
    await ask_all(
        tenant,
        *(
            Release(actor=tenant.actor, idempotency_key=uuid4().hex, reservation_id=hold.id, traceparent=name)
            for hold, name in zip(holds, asked, strict=True)
        ),
    )
    found = await named(tenant, after=before)
    assert [name for kind, name in found if kind == "reservation.released"] == list(asked)
    assert [name for kind, name in found if kind == "reservation.updated"] == [named_by]
    assert [name for kind, name in found if kind == "stock.updated"] == [*asked, named_by]


async def test_names_cost_no_statement(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Events are written by one statement, whether they are named, or not, or each otherwise."""
    await given_item(tenant, sku="TEA")
    await given_stock(tenant, "TEA", "9")
    counts: list[Any] = []
    for asked in ((None, None), (ONE, ONE), (ONE, TWO)):
        async with statements(database) as counted:
            await ask_all(tenant, *(consumption(tenant, "1", each) for each in asked))
        counts.append((len(counted), [text for text in counted.texts if "INTO outbox" in text]))
    assert counts[0] == counts[1] == counts[2]
    assert len(counts[0][1]) == 2
