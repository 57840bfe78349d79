"""Drafting and changing transfers."""

from typing import Any

import pytest

from inventory_graph.masterdata.warehouses import WarehouseRecord
from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.tenants import GivenTenant
from tests.given.transfers import TRANSFER, given_transfer, going, line_of, transfer_now, transfer_step
from tests.graph import GraphClient
from tests.rows import unchanged

pytestmark = pytest.mark.usefixtures("store")

ENDS = {"fromWarehouse": {"code": "MAIN"}, "toWarehouse": {"code": "STORE"}}


async def test_a_draft_says_what_shall_go(graph: GraphClient) -> None:
    """Numbered in its series; by the unit it is asked in, kept in the stock unit."""
    first = await given_transfer(graph, going("TEA", 3), going("TEA", 1, unit="DOZEN"), note="Before noon")
    assert (first["number"], first["status"], first["version"]) == ("TR-000001", "DRAFT", 1)
    assert (first["fromWarehouse"], first["toWarehouse"]) == ({"code": "MAIN"}, {"code": "STORE"})
    assert [(each["position"], each["variant"]["sku"], each["quantity"]) for each in first["lines"]["nodes"]] == [
        (0, "TEA", "3"), (1, "TEA", "12"),
    ]  # fmt: skip
    assert (await given_transfer(graph, going("TEA", 1)))["number"] == "TR-000002"
    assert await transfer_now(graph, first) == first


async def test_logistics_reads_the_ends_flat_and_nested(graph: GraphClient, tenant: GivenTenant) -> None:
    """One event for both: consumers of either find what they read."""
    where = {
        "warehouse": {"code": "STORE"},
        "address": "Ngong Road",
        "coordinates": {"latitude": -1.3, "longitude": 36.8},
    }
    await graph.accepted("updateWarehouse", where)
    await forget_emitted(tenant)
    transfer = await given_transfer(graph, going("TEA", 3), going("TEA", 2), note="Before noon")
    (event,) = await emitted(tenant)
    payload = event.payload
    assert (event.type, event.aggregate_id.hex) == ("inventory.transfer.created", transfer["id"].replace("-", ""))
    assert payload["to_warehouse"] == {
        "id": payload["to_warehouse_id"], "name": "Warehouse STORE", "code": "STORE", "outlet_id": None, "address": "Ngong Road",
        "latitude": -1.3, "longitude": 36.8,
    }  # fmt: skip
    flat = ("to_warehouse_name", "to_warehouse_address", "to_warehouse_lat", "to_warehouse_lng", "item_count", "notes")
    assert [payload[name] for name in flat] == ["Warehouse STORE", "Ngong Road", -1.3, 36.8, 2, "Before noon"]
    assert payload["from_warehouse"]["id"] == payload["from_warehouse_id"] == payload["source_warehouse_id"]
    assert payload["destination_warehouse_id"] == payload["to_warehouse_id"]
    assert (payload["transfer_number"], payload["transfer_status"]) == ("TR-000001", "draft")
    assert payload["external_reference"] == f"transfer:{transfer['id']}"
    assert [(item["sku"], item["quantity"], item["lot_id"]) for item in payload["items"]] == [
        ("TEA", "3", None), ("TEA", "2", None),
    ]  # fmt: skip


async def test_a_draft_is_changed(graph: GraphClient) -> None:
    """Its lines are stated anew; what is left out stays, and what changes nothing is no step."""
    draft = await given_transfer(graph, going("TEA", 3), reference="R 1")
    after = await transfer_step(
        graph, "updateTransfer", draft, lines=[going("TEA", 5)], expectedAt="2999-01-01T00:00:00Z"
    )
    assert (after["version"], line_of(after)["quantity"], len(after["lines"]["nodes"])) == (2, "5", 1)
    again = await transfer_step(graph, "updateTransfer", after, expectedAt="2999-01-01T00:00:00Z")
    assert again["version"] == 2
    read = await transfer_now(graph, after, "transfer { reference }")
    assert read == {"reference": "R 1"}
    cleared = await transfer_step(graph, "updateTransfer", after, expectedAt=None)
    assert cleared["expectedAt"] is None


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"lines": []}, "INVALID_INPUT", "lines"),
        ({"lines": [going("TEA", 1)] * 501}, "INVALID_INPUT", "lines"),
        ({"lines": [going("TEA", 0)]}, "INVALID_INPUT", "lines.0.quantity"),
        ({"lines": [going("TEA", "0.5")]}, "INVALID_INPUT", "lines.0.quantity"),
        ({"lines": [going("TEA", 1, unit="KG")]}, "UNIT_MISMATCH", "lines.0.unit"),
        ({"lines": [going("NONE", 1)]}, "NOT_FOUND", "lines.0.sku"),
        ({"lines": [{"quantity": "1"}]}, "INVALID_INPUT", "lines.0.sku"),
        ({"lines": [going("CUT", 1)]}, "INVALID_INPUT", "lines.0.sku"),
        ({"lines": [going("TEA", 1, lotCode="A")]}, "INVALID_INPUT", "lines.0.lotCode"),
        ({"lines": [going("TEA", 1, serials=["A"])]}, "INVALID_INPUT", "lines.0.serials"),
        ({"lines": [going("TILL", 2, serials=["A"])]}, "INVALID_INPUT", "lines.0.serials"),
        ({"lines": [going("TILL", 2, serials=["A", "A"])]}, "INVALID_INPUT", "lines.0.serials"),
        ({"toWarehouse": {"code": "MAIN"}}, "INVALID_INPUT", "toWarehouse"),
        ({"fromWarehouse": {"code": "NONE"}}, "NOT_FOUND", "fromWarehouse.code"),
        ({"toWarehouse": {"id": "nonsense"}}, "NOT_FOUND", "toWarehouse.id"),
        ({"note": "x" * 1001}, "INVALID_INPUT", "note"),
        ({"reference": "x" * 201}, "INVALID_INPUT", "reference"),
        ({"expectedAt": "0001-01-01T00:00:00.000001Z"}, "INVALID_INPUT", "expectedAt"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    graph: GraphClient, tenant: GivenTenant, fields: dict[str, Any], code: str, path: str
) -> None:
    """Where it is wrong, and no number is used up."""
    await given_item(tenant, sku="CUT", type="SERVICE")
    await given_item(tenant, sku="TILL", tracking="SERIAL")
    async with unchanged(tenant):
        error = await graph.refusal("createTransfer", {**ENDS, "lines": [going("TEA", 1)], **fields})
    assert (error["code"], ".".join(error["path"][1:])) == (code, path)
    assert (await given_transfer(graph, going("TEA", 1)))["number"] == "TR-000001"


async def test_either_end_may_ask(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who is bound to the outlet of one of them; nobody else."""
    made = await graph.accepted("createOutlet", {"code": "kitchen", "name": "Kitchen"}, "outlet { id }")
    kitchen = {"outletId": made["outlet"]["id"]}
    cook = tenant.actor_at(tenant.outlet_id)
    for ends in ({**ENDS, "fromWarehouse": kitchen, "toWarehouse": {"code": "MAIN"}}, ENDS):
        await graph.accepted("createTransfer", {**ends, "lines": [going("TEA", 1)]}, TRANSFER, actor=cook)
    async with unchanged(tenant):
        given = {"fromWarehouse": kitchen, "toWarehouse": {"code": "STORE"}, "lines": [going("TEA", 1)]}
        assert (await graph.refusal("createTransfer", given, actor=cook))["code"] == "FORBIDDEN"


async def test_a_warehouse_that_is_closed_takes_part_in_none(
    graph: GraphClient, tenant: GivenTenant, store: WarehouseRecord
) -> None:
    """And none is closed that something is on its way to."""
    await given_transfer(graph, going("TEA", 1), status="SHIPPED")
    async with unchanged(tenant):
        error = await graph.refusal("archiveWarehouse", {"warehouse": {"code": "STORE"}})
    assert (error["code"], "a transfer is under way" in error["message"]) == ("INVALID_TRANSITION", True)
    await graph.accepted("createWarehouse", {"code": "OLD", "name": "Old"})
    await graph.accepted("archiveWarehouse", {"warehouse": {"code": "OLD"}})
    async with unchanged(tenant):
        given = {**ENDS, "toWarehouse": {"code": "OLD"}, "lines": [going("TEA", 1)]}
        error = await graph.refusal("createTransfer", given)
    assert (error["code"], error["path"]) == ("INVALID_TRANSITION", ["input", "toWarehouse", "code"])
