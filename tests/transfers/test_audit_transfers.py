"""The live audit knows what is on its way: it follows from the ledger, and damage to either is named."""

from urllib.parse import urlsplit

import pytest

from inventory_graph.db import Database, Transaction
from inventory_graph.hooks import HOOKS
from inventory_graph.stock.audit import Drift, drift
from tests.given.tenants import GivenTenant
from tests.given.transfers import audited, given_transfer, going, of_line, transfer_step
from tests.graph import GraphClient

pytestmark = pytest.mark.usefixtures("store")


class Undone(Exception):
    """Ends the transaction in which the damage was made."""


async def drifts_after(owner_url: str, tenant: GivenTenant, damage: str) -> list[Drift]:
    """What the audit finds after the damage, which no guard prevents and which is undone."""
    unbound = await Database.connect(owner_url, role=urlsplit(owner_url).username or "postgres", hooks=HOOKS)
    found: list[Drift] = []

    async def work(tx: Transaction) -> None:
        await tx.raw.execute("SET LOCAL session_replication_role = replica")
        assert not (await tx.raw.execute(damage, tenant.id)).endswith(" 0"), f"no damage done: {damage}"
        found.extend((await drift(tx)).drifts)
        raise Undone

    try:
        with pytest.raises(Undone):
            await unbound.write(tenant.actor, work)
    finally:
        await unbound.close()
    return found


async def given_way_there(graph: GraphClient) -> None:
    """A transfer of ten: five arrived, two of them damaged, one was lost, and the rest is on its way. Another came with one too many,
    and one was called back."""
    transfer = await given_transfer(graph, going("TEA", 10), status="SHIPPED")
    for quantity, condition in ((3, "GOOD"), (2, "DAMAGED"), (1, "MISSING")):
        line = of_line(transfer, 0, quantity, condition=condition, reason="OTHER")
        transfer = await transfer_step(graph, "receiveTransfer", transfer, lines=[line])
    over = await given_transfer(graph, going("TEA", 4), status="SHIPPED")
    await transfer_step(graph, "receiveTransfer", over, lines=[of_line(over, 0, 5, reason="OTHER")])
    back = await given_transfer(graph, going("TEA", 7), status="SHIPPED")
    await transfer_step(graph, "cancelTransfer", back)


async def test_whatever_happens_on_the_way_agrees(graph: GraphClient, tenant: GivenTenant) -> None:
    """Arrived, damaged, lost, too many, called back."""
    await given_way_there(graph)
    assert await audited(tenant) == "nothing drifted"


@pytest.mark.parametrize(
    ("damage", "expected", "found"),
    [
        ("UPDATE transfer_parcels SET in_transit = 9 WHERE tenant_id = $1 AND in_transit > 0", "4", "9"),
        ("DELETE FROM movements WHERE tenant_id = $1 AND kind = 'TRANSFER_LOSS'", "5", "4"),
        ("UPDATE transfer_lines SET over = 2 WHERE tenant_id = $1 AND over = 1", "1", "2"),
    ],
)
async def test_damage_is_named(
    graph: GraphClient, tenant: GivenTenant, owner_url: str, damage: str, expected: str, found: str
) -> None:
    """By the transfer and the SKU at the source, with what the ledger says and what is kept."""
    await given_way_there(graph)
    off = [each for each in await drifts_after(owner_url, tenant, damage) if each.kind == "TRANSIT_OFF_LEDGER"]
    assert [(each.sku, each.warehouse_code, each.expected, each.found) for each in off] == [
        ("TEA", "MAIN", expected, found)
    ]
    assert off[0].subject.startswith("on its way by TR-00000")
    assert await audited(tenant) == "nothing drifted"
