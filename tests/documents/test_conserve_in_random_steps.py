"""Goods and money are conserved however many do whatever they like with the same documents and the same goods at once."""

from random import Random

import pytest

from tests.documents.checked import assert_sound
from tests.documents.office import MILK, PLAIN, Office
from tests.given.items import given_item
from tests.given.purchases import given_acme
from tests.given.tenants import GivenTenant
from tests.given.transfers import STORE
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.properties.settings import OPERATIONS, SECONDS_MAX, SEED

STEPS = OPERATIONS // 20
"""10,000, unless the environment says otherwise."""
ROUNDS = 8
"""After so many parts of them everything is checked."""
ALWAYS = (
    "receivePurchaseOrder", "reverseGoodsReceipt", "cancelPurchaseOrder", "closePurchaseOrder", "shipTransfer", "receiveTransfer",
    "cancelTransfer", "reserveStock", "commitReservation", "releaseReservation", "consumeStock", "reverseConsumption",
)  # fmt: skip


@pytest.mark.timeout(SECONDS_MAX)
async def test_ten_thousand_steps_conserve_goods_and_money(graph: GraphClient, tenant: GivenTenant) -> None:
    """Received twice at once, cancelled while it is received, shipped while it is reserved, lost, called back, sold, returned."""
    for sku in PLAIN:
        await given_item(tenant, sku=sku)
    await given_item(tenant, sku=MILK, tracking="LOT")
    await given_warehouse(tenant, code=STORE)
    await given_acme(graph)
    office = Office(graph, Random(SEED))
    for number in range(1, ROUNDS + 1):
        await office.work(STEPS * number // ROUNDS)
        await assert_sound(tenant)
    await office.end()
    await assert_sound(tenant)
    # None of it is there for show: each step was taken often, and each that can come too late did.
    assert {name for name in ALWAYS if office.done[name] < STEPS // 400} == set(), office.done
    late = {mutation for mutation, code in office.refused if code in ("INVALID_TRANSITION", "ALREADY_RESOLVED")}
    assert late >= {"receivePurchaseOrder", "reverseGoodsReceipt", "receiveTransfer"}, office.refused
    short = {mutation for mutation, code in office.refused if code == "INSUFFICIENT_STOCK"}
    assert short >= {"shipTransfer", "reserveStock", "reverseGoodsReceipt"}, office.refused
