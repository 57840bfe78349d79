"""However stock leaves under FIFO, its layers go with it: picked, sent back, and back again."""

from typing import Any

import pytest

from tests.given.costs import cost_of, given_method
from tests.given.items import given_item
from tests.given.picking import given_wave
from tests.given.purchases import given_acme
from tests.given.reservations import given_reservation, wanted
from tests.given.returns import back, came, goods, return_step, sent_back
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE, audited, given_transfer, going, transfer_step
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient

TWO_LAYERS = ("20", "2300", [("10", "1000"), ("10", "1300")])


@pytest.fixture
async def deliveries(graph: GraphClient, tenant: GivenTenant) -> list[dict[str, Any]]:
    """The lines of two deliveries of ACME's, kept by FIFO: 10 teas at 100, then 10 at 130."""
    await given_method(graph, "FIFO")
    await given_item(tenant, sku="TEA")
    await given_acme(graph)
    lines = [line for price in (100, 130) for line in await came(graph, goods("TEA", 10, price))]
    assert await cost_of(graph, "TEA") == TWO_LAYERS
    return lines


@pytest.mark.usefixtures("deliveries")
async def test_what_a_wave_ships_takes_the_oldest(graph: GraphClient, tenant: GivenTenant) -> None:
    """7 that were held, at 100; then 5 of a transfer, 3 of them at 100 and 2 at 130, which is what they arrive at."""
    await given_warehouse(tenant, code=STORE)
    await given_reservation(graph, wanted("TEA", 7))
    await given_wave(graph, status="SHIPPED")
    assert await cost_of(graph, "TEA") == ("13", "1600", [("3", "300"), ("10", "1300")])
    transfer = await given_transfer(graph, going("TEA", 5), status="APPROVED")
    await given_wave(graph, status="SHIPPED")
    assert await cost_of(graph, "TEA") == ("8", "1040", [("8", "1040")])
    await transfer_step(graph, "receiveTransfer", transfer)
    assert await cost_of(graph, "TEA", STORE) == ("5", "560", [("3", "300"), ("2", "260")])
    assert await audited(tenant) == "nothing drifted"


async def test_what_goes_back_takes_what_its_receipt_brought(
    graph: GraphClient, tenant: GivenTenant, deliveries: list[dict[str, Any]]
) -> None:
    """4 of the second delivery leave at 130, though older ones are there; cancelled, they come back at 130."""
    returned = await sent_back(graph, back(deliveries[1], 4))
    assert [line["unitCost"]["amount"] for line in returned["lines"]["nodes"]] == ["130"]
    assert await cost_of(graph, "TEA") == ("16", "1780", [("10", "1000"), ("6", "780")])
    await graph.accepted("cancelSupplierReturn", return_step("cancel", returned))
    assert await cost_of(graph, "TEA") == ("20", "2300", [("10", "1000"), ("6", "780"), ("4", "520")])
    assert await audited(tenant) == "nothing drifted"
