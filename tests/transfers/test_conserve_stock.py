"""Nothing appears and nothing vanishes: what lay in the source lies there, is on its way, lies at the destination or is lost."""

import asyncio
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant
from tests.given.transfers import TRANSFER, audited, given_transfer, going, step_input, transfer_step, where_it_is
from tests.graph import GraphClient

pytestmark = pytest.mark.usefixtures("store")

STEPS = 300
SKUS = ("TEA", "MILK", "TILL")
STARTED_WITH = 100

# One statement, so one instant.
_WHERE_ALL_IS = """
SELECT variants.sku, on_hand, in_transit, lost, over FROM variants
CROSS JOIN LATERAL (
  SELECT coalesce(sum(on_hand), 0) AS on_hand FROM balances WHERE tenant_id = $1 AND variant_id = variants.id
) AS lying
CROSS JOIN LATERAL (
  SELECT coalesce(sum(in_transit), 0) AS in_transit FROM transfer_parcels WHERE tenant_id = $1 AND variant_id = variants.id
) AS going
CROSS JOIN LATERAL (
  SELECT coalesce(sum(lost), 0) AS lost, coalesce(sum(over), 0) AS over FROM transfer_lines
  WHERE tenant_id = $1 AND variant_id = variants.id
) AS told
WHERE variants.tenant_id = $1
"""
_OFF = """
SELECT line.id FROM transfer_lines AS line
JOIN transfer_parcels AS parcel ON parcel.tenant_id = $1 AND parcel.line_id = line.id
WHERE line.tenant_id = $1 GROUP BY line.tenant_id, line.id
HAVING sum(parcel.quantity) <> line.shipped
  OR sum(parcel.in_transit) <> line.shipped - line.received - line.lost - line.returned
"""


async def assert_conserved(tenant: GivenTenant, started_with: int = STARTED_WITH) -> None:
    """Of every SKU there is as much as at the beginning and as came too many."""
    async with tenant.database.read(tenant.actor) as tx:
        for row in await tx.raw.fetch(_WHERE_ALL_IS, tenant.id):
            total = row["on_hand"] + row["in_transit"] + row["lost"] - row["over"]
            assert total == started_with, dict(row)
        assert await tx.raw.fetch(_OFF, tenant.id) == []


async def kinds_of_outcomes(tenant: GivenTenant) -> list[str]:
    """Everything that became of something: what the random steps really did."""
    async with tenant.database.read(tenant.actor) as tx:
        rows = await tx.raw.fetch("SELECT DISTINCT kind FROM transfer_outcomes WHERE tenant_id = $1", tenant.id)
    return sorted(row["kind"] for row in rows)


async def given_lots_and_pieces(tenant: GivenTenant) -> None:
    """MILK of two lots and TILL by the piece, as many as there are of TEA."""
    await given_item(tenant, sku="MILK", tracking="LOT")
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    for lot in ("A", "B"):
        await given_stock(tenant, "MILK", str(STARTED_WITH // 2), lot=lot, unit_cost="3")
    pieces = tuple(f"P{number}" for number in range(STARTED_WITH))
    await given_stock(tenant, "TILL", str(STARTED_WITH), serials=pieces, unit_cost="7.1")


def arriving(random: Random, line: dict[str, Any], condition: str) -> dict[str, Any] | None:
    """A part of what is on its way of a line: of one lot, or by its pieces."""
    parcels = [each for each in line["parcels"] if each["inTransit"] != "0"]
    if not parcels:
        return None
    parcel = random.choice(parcels)
    quantity = random.randint(1, int(parcel["inTransit"]))
    given: dict[str, Any] = {"lineId": line["id"], "quantity": str(quantity), "condition": condition, "reason": "OTHER"}
    if parcel["serials"]:
        gone = {piece for each in line["outcomes"] for piece in each["serials"]}
        given["serials"] = [piece for piece in parcel["serials"] if piece not in gone][:quantity]
    elif parcel["lot"]:
        # The parcels of one lot are on their way together.
        given["lotCode"] = parcel["lot"]["code"]
    elif random.random() < 0.3 and condition == "GOOD":
        given["quantity"] = str(int(line["inTransit"]) + 1)
    return given


async def random_step(graph: GraphClient, random: Random, open_transfers: list[dict[str, Any]]) -> None:
    """Begin a transfer, or ship, receive, lose or cancel a part of one that is under way; a refusal changes nothing."""
    if not open_transfers or random.random() < 0.15:
        lines = [going(random.choice(SKUS), random.randint(1, 6)) for _ in range(random.randint(1, 3))]
        ends = [{"code": "MAIN"}, {"code": "STORE"}]
        random.shuffle(ends)
        open_transfers.append(
            await given_transfer(graph, *lines, status="APPROVED", fromWarehouse=ends[0], toWarehouse=ends[1])
        )
        return
    position = random.randrange(len(open_transfers))
    transfer = open_transfers[position]
    # Mostly what can be done, now and then what cannot.
    weights = (8, 1, 1) if transfer["status"] == "APPROVED" else (3, 16, 1)
    step = random.choices(("shipTransfer", "receiveTransfer", "cancelTransfer"), weights)[0]
    fields: dict[str, Any] = {}
    if step == "shipTransfer":
        left = [each for each in transfer["lines"]["nodes"] if each["quantity"] != each["shipped"]]
        lines = [
            {"lineId": each["id"], "quantity": str(random.randint(1, int(each["quantity"]) - int(each["shipped"])))}
            for each in left[:2]
        ]
        fields = {"lines": lines or None, "remainder": random.choice(("KEEP", "DROP"))}
    elif step == "receiveTransfer":
        condition = random.choice(("GOOD", "GOOD", "DAMAGED", "QUARANTINED", "MISSING"))
        found = [arriving(random, each, condition) for each in transfer["lines"]["nodes"]]
        fields = {"lines": [each for each in found if each is not None] or None}
    payload = await graph.payload(step, step_input(step, transfer, **fields), TRANSFER)
    if payload["transfer"] is not None:
        open_transfers[position] = payload["transfer"]
        if payload["transfer"]["status"] in ("COMPLETED", "CANCELLED"):
            del open_transfers[position]


@pytest.mark.parametrize("seed", [1])
async def test_hundreds_of_random_steps(graph: GraphClient, tenant: GivenTenant, seed: int) -> None:
    """In both directions, by quantity, lot and piece; then all that is under way is called back and the ledger is sound."""
    await given_lots_and_pieces(tenant)
    random = Random(seed)
    open_transfers: list[dict[str, Any]] = []
    for _ in range(STEPS):
        await random_step(graph, random, open_transfers)
        await assert_conserved(tenant)
    for transfer in open_transfers:
        await transfer_step(graph, "cancelTransfer", transfer)
    await assert_conserved(tenant)
    assert await kinds_of_outcomes(tenant) == ["LOST", "OVER", "RECEIVED", "RETURNED"]
    assert [(await where_it_is(graph, sku))[1] for sku in SKUS] == ["0", "0", "0"]
    assert await audited(tenant) == "nothing drifted"


async def test_both_ends_agree_at_every_instant(graph: GraphClient, tenant: GivenTenant) -> None:
    """Whoever looks while ten transfers leave and arrive at once finds every piece once."""
    transfers = [await given_transfer(graph, going("TEA", 7), status="APPROVED") for _ in range(10)]
    is_over = asyncio.Event()
    looks = 0

    async def look() -> None:
        nonlocal looks
        while not is_over.is_set():
            await assert_conserved(tenant)
            looks += 1

    async def move(transfer: dict[str, Any]) -> None:
        await transfer_step(graph, "receiveTransfer", await transfer_step(graph, "shipTransfer", transfer))

    looking = asyncio.create_task(look())
    await asyncio.gather(*(move(each) for each in transfers))
    is_over.set()
    await looking
    assert looks > 0
    assert await where_it_is(graph, "TEA") == ("30", "0", "70")
    assert await audited(tenant) == "nothing drifted"


async def test_the_worth_travels(graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord) -> None:
    """What leaves one balance in money arrives in the other, to the last digit that is kept."""
    await given_stock(tenant, "TEA", "7", unit_cost="5.3333333333")
    await given_stock(tenant, "TEA", "3", warehouse=store, unit_cost="9.99")
    sum_of_values = "SELECT sum(value_change) FROM movements WHERE tenant_id = $1"

    async def worth() -> Decimal:
        async with tenant.database.read(tenant.actor) as tx:
            found: Decimal = await tx.raw.fetchval(sum_of_values, tenant.id)
            return found

    before = await worth()
    await given_transfer(graph, going("TEA", 33), status="COMPLETED")
    assert abs(await worth() - before) <= Decimal("0.0000001")
    assert await audited(tenant) == "nothing drifted"
