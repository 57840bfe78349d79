"""Announcing what a delivery of a supplier will bring."""

from fractions import Fraction
from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge
from tests.given.notices import NOTICE, announced, given_notice, notice_now, notice_of
from tests.given.purchases import STEPS_TO, given_acme, given_order, wanted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse
from tests.graph import GraphClient
from tests.rows import checksums, unchanged
from tests.statements import CountingDatabase, statements

UNKNOWN = "5f0f8a52-6a1c-4f0e-9d8e-0f3b7a0d8a11"


@pytest.fixture(autouse=True)
async def _supply(graph: GraphClient, tenant: GivenTenant) -> None:
    """TEA by the piece, in boxes of 12, MILK in lots, TILL by serial, and ACME who sells them."""
    tea = await given_item(tenant, sku="TEA")
    await given_unit_bridge(tenant, tea, "BOX", "PIECE", Fraction(12))
    await given_item(tenant, sku="MILK", unit="LITRE", tracking="LOT")
    await given_item(tenant, sku="TILL", tracking="SERIAL", type="EQUIPMENT")
    await given_acme(graph)


async def refused(graph: GraphClient, given: dict[str, Any]) -> tuple[str, str, str]:
    """The code, the argument and the message of a refusal that left nothing behind."""
    async with unchanged(graph.tenant):
        error = await graph.refusal("createAdvanceShippingNotice", given)
    return error["code"], ".".join(error["path"][1:]), error["message"]


async def test_a_delivery_is_announced_line_by_line(graph: GraphClient, tenant: GivenTenant) -> None:
    """In the order's purchase unit, with lots and pieces; of several orders. It changes neither stock nor order."""
    first = await given_order(graph, wanted("TEA", 5, unit="BOX"), wanted("MILK", 10), wanted("TILL", 2), status="SENT")
    second = await given_order(graph, wanted("TEA", 3), status="SENT")
    before = await checksums(tenant)
    notice = await given_notice(
        graph, announced(first, 0, 2), announced(first, 1, "7.5", lotCode="A", expiresOn="2030-01-09"),
        announced(first, 2, 2, serials=["T-1", "T-2"]), announced(second, 0, 3),
        carrier="G4S", trackingNumber="TRK 9", deliveryNote="9001", note="Two pallets", expectedAt="2031-05-02T06:00:00+00:00",
    )  # fmt: skip
    after = await checksums(tenant)
    assert {name for name in after if after[name] != before[name]} == {
        "advance_shipping_notices", "advance_shipping_notice_lines", "document_numbers", "outbox",
    }  # fmt: skip
    lines = notice.pop("lines")["nodes"]
    assert [
        (line["variant"]["sku"], line["quantity"], line["unit"]["code"], line["announced"]) for line in lines
    ] == [
        ("TEA", "2", "BOX", "24"), ("MILK", "7.5", "LITRE", "7.5"), ("TILL", "2", "PIECE", "2"), ("TEA", "3", "PIECE", "3"),
    ]  # fmt: skip
    assert (lines[1]["lotCode"], lines[1]["expiresOn"], lines[2]["serials"]) == ("A", "2030-01-09", ["T-1", "T-2"])
    assert lines[3]["orderLine"] == {"id": second["lines"]["nodes"][0]["id"]}
    assert sorted(each["number"] for each in notice.pop("purchaseOrders")) == ["PO-000001", "PO-000002"]
    assert notice.pop("id")
    assert notice == {
        "number": "ASN-000001", "status": "ANNOUNCED", "version": 1, "carrier": "G4S", "trackingNumber": "TRK 9", "deliveryNote": "9001",
        "note": "Two pallets", "expectedAt": "2031-05-02T06:00:00Z", "createdBy": tenant.actor.subject, "resolvedBy": None,
        "cancellationReason": None, "supplier": {"code": "ACME"}, "warehouse": {"code": "MAIN"}, "goodsReceipt": None,
    }  # fmt: skip


async def test_it_is_told(graph: GraphClient, tenant: GivenTenant) -> None:
    """By one event with all its lines, each with its order."""
    order = await given_order(graph, wanted("TEA", 5, unit="BOX"), wanted("MILK", 10), status="SENT")
    await forget_emitted(tenant)
    notice = await given_notice(
        graph, announced(order, 0, 2), announced(order, 1, 4, lotCode="A", expiresOn="2030-01-09"), trackingNumber="T 9"
    )
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_type, str(event.aggregate_id), event.aggregate_version) == (
        "inventory.advance_shipping_notice.created", "advance_shipping_notice", notice["id"], 1,
    )  # fmt: skip
    told = event.payload
    assert (told["asn_number"], told["status"], told["supplier_code"], told["tracking_number"], told["expected_at"]) == (
        "ASN-000001", "announced", "ACME", "T 9", None,
    )  # fmt: skip
    tea, milk = told["lines"]
    assert (tea["po_number"], tea["sku"], tea["uom"], tea["quantity_announced"], tea["stock_quantity"]) == (
        "PO-000001", "TEA", "BOX", "2", "24",
    )  # fmt: skip
    assert (milk["lot_number"], milk["expires_on"], milk["serials"]) == ("A", "2030-01-09", [])


async def test_more_than_is_outstanding_may_be_announced(graph: GraphClient) -> None:
    """Whether it is let in is decided at the door."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 9))
    assert notice["lines"]["nodes"][0]["announced"] == "9"


@pytest.mark.parametrize("state", STEPS_TO)
async def test_a_delivery_is_announced_of_an_order_that_the_supplier_has(graph: GraphClient, state: str) -> None:
    """And of which something is still to come."""
    order = await given_order(graph, wanted("TEA", 5), status=state)
    given = notice_of(announced(order, 0, 1))
    if state in {"SENT", "PARTIALLY_RECEIVED"}:
        await graph.accepted("createAdvanceShippingNotice", given)
        return
    code, path, message = await refused(graph, given)
    assert (code, path) == ("INVALID_TRANSITION", "lines.0.purchaseOrderLineId")
    assert f"PO-000001 is {state};" in message


async def test_what_makes_no_sense_is_refused_at_its_line(graph: GraphClient) -> None:
    """Nothing, what is not tracked like that, too few numbers or one of them twice, a date without its lot."""
    order = await given_order(graph, wanted("TEA", 5), wanted("MILK", 10), wanted("TILL", 3), status="SENT")
    good = announced(order, 0, 1)
    for line, code, path in (
        (announced(order, 0, 0), "INVALID_INPUT", "quantity"),
        (announced(order, 0, "0.5"), "INVALID_INPUT", "quantity"),
        (announced(order, 0, 1, lotCode="A"), "INVALID_INPUT", "lotCode"),
        (announced(order, 1, 1, lotCode=" A"), "INVALID_INPUT", "lotCode"),
        (announced(order, 1, 1, expiresOn="2030-01-01"), "INVALID_INPUT", "expiresOn"),
        (announced(order, 1, 1, serials=["M-1"]), "INVALID_INPUT", "serials"),
        (announced(order, 2, 2, serials=["T-1"]), "INVALID_INPUT", "serials"),
        (announced(order, 2, 2, serials=["T-1", "T-1"]), "INVALID_INPUT", "serials"),
        (announced(order, 2, 1, serials=[""]), "INVALID_INPUT", "serials"),
        ({**good, "purchaseOrderLineId": UNKNOWN}, "NOT_FOUND", "purchaseOrderLineId"),
        ({**good, "purchaseOrderLineId": "no id"}, "INVALID_INPUT", "purchaseOrderLineId"),
    ):
        found = await refused(graph, notice_of(good, line))
        assert found[:2] == (code, f"lines.1.{path}"), line
    again = announced(order, 2, 1, serials=["T-1"])
    assert (await refused(graph, notice_of(again, again)))[:2] == ("INVALID_INPUT", "lines.1.serials")


async def test_what_makes_no_sense_as_a_whole_is_refused(graph: GraphClient) -> None:
    """Nobody's delivery, an empty one, one that came long ago, words without end."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    line = announced(order, 0, 1)
    for given, code, path in (
        (notice_of(), "INVALID_INPUT", "lines"),
        (notice_of(*[line] * 1_001), "INVALID_INPUT", "lines"),
        (notice_of(line, supplierCode="NOBODY"), "NOT_FOUND", "supplierCode"),
        (notice_of(line, expectedAt="1800-01-01T00:00:00Z"), "INVALID_INPUT", "expectedAt"),
        (notice_of(line, carrier="c" * 201), "INVALID_INPUT", "carrier"),
        (notice_of(line, trackingNumber="t" * 201), "INVALID_INPUT", "trackingNumber"),
        (notice_of(line, deliveryNote="d" * 201), "INVALID_INPUT", "deliveryNote"),
        (notice_of(line, note="n" * 1_001), "INVALID_INPUT", "note"),
    ):
        assert (await refused(graph, given))[:2] == (code, path), given


async def test_what_cannot_come_by_one_receipt_is_announced_apart(graph: GraphClient, tenant: GivenTenant) -> None:
    """Orders of another supplier, for another warehouse, in another currency."""
    await given_supplier(tenant, code="OTHER")
    store = await given_warehouse(tenant)
    dollars = {"sku": "TEA", "quantity": "1", "unitPrice": {"amount": "1", "currency": "USD"}}
    ours = await given_order(graph, wanted("TEA", 5), status="SENT")
    line = announced(ours, 0, 1)
    for order, said in (
        (await given_order(graph, wanted("TEA", 1), status="SENT", supplierCode="OTHER"), "is not of ACME"),
        (
            await given_order(graph, wanted("TEA", 1), status="SENT", warehouse={"code": store.code}),
            "another warehouse",
        ),
        (await given_order(graph, dollars, status="SENT", currency="USD"), "is in USD"),
    ):
        code, path, message = await refused(graph, notice_of(line, announced(order, 0, 1)))
        assert (code, path) == ("INVALID_INPUT", "lines.1.purchaseOrderLineId")
        assert said in message


async def test_it_takes_a_permission_and_ones_own_outlet(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who sees purchases does not decide about them; what another tenant has does not exist."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    given = notice_of(announced(order, 0, 1))
    async with unchanged(tenant):
        for actor in (tenant.actor_as("viewer"), tenant.actor_at()):
            error = await graph.refusal("createAdvanceShippingNotice", given, actor=actor)
            assert error["code"] == "FORBIDDEN"
    await graph.accepted("createAdvanceShippingNotice", given, actor=tenant.actor_as("purchasing_officer"))


async def test_another_tenants_orders_and_notices_do_not_exist(graph: GraphClient, database: CountingDatabase) -> None:
    """Neither to announce of them, nor to read."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 1))
    other = GraphClient(graph.client, graph.callers, await given_tenant(database))
    await given_acme(other)
    async with unchanged(graph.tenant):
        assert (await refused(other, notice_of(announced(order, 0, 1))))[0] == "NOT_FOUND"
    query = "query($id: ID!) { advanceShippingNotice(id: $id) { id } advanceShippingNotices { totalCount } }"
    assert await other(query, {"id": notice["id"]}) == {
        "advanceShippingNotice": None,
        "advanceShippingNotices": {"totalCount": 0},
    }


async def test_the_same_key_again_announces_nothing_more(graph: GraphClient) -> None:
    """The notice as it is now."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    given = notice_of(announced(order, 0, 1), idempotencyKey="once")
    first = await graph.accepted("createAdvanceShippingNotice", given, NOTICE)
    async with unchanged(graph.tenant):
        assert await graph.accepted("createAdvanceShippingNotice", given, NOTICE) == {**first, "replayed": True}


async def test_a_thousand_lines_take_as_many_statements_as_two(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Of a hundred items."""
    for number in range(100):
        await given_item(tenant, sku=f"I-{number}")
    order = await given_order(graph, *(wanted(f"I-{number}", 10) for number in range(100)), status="SENT")
    counts = []
    for lines in (range(2), range(1_000)):
        async with statements(database) as counted:
            given = notice_of(*(announced(order, number % 100, 1) for number in lines))
            await graph.accepted("createAdvanceShippingNotice", given)
        counts.append(len(counted))
        counted.assert_at_most(13)
    assert counts[0] == counts[1]


async def test_notices_are_read_in_pages_in_a_constant_number_of_statements(
    graph: GraphClient, database: CountingDatabase
) -> None:
    """The newest first, by what they are filtered by; as many statements for six as for two."""
    order = await given_order(graph, wanted("TEA", 100), status="SENT")
    other = await given_order(graph, wanted("TEA", 1), status="SENT")
    for number in range(6):
        await given_notice(
            graph, announced(order, 0, 1), trackingNumber=f"T{number}", expectedAt=f"203{number}-01-01T00:00:00Z"
        )
    query = """query($first: Int!, $filter: AdvanceShippingNoticeFilter) {
      advanceShippingNotices(first: $first, filter: $filter) { totalCount
        nodes { number supplier { code } warehouse { code } purchaseOrders { number } goodsReceipt { number }
          lines(first: 5) { totalCount nodes { variant { sku } unit { code } orderLine { ordered } } } } } }"""
    counts = []
    for first in (2, 6):
        async with statements(database) as counted:
            data = await graph(query, {"first": first})
        counts.append(len(counted))
    assert counts[0] == counts[1]
    every = [f"ASN-00000{number}" for number in range(6, 0, -1)]
    assert [each["number"] for each in data["advanceShippingNotices"]["nodes"]] == every
    for wanted_by, numbers in (
        ({"status": ["CANCELLED", "RECEIVED"]}, []),
        ({"trackingNumber": "T3"}, ["ASN-000004"]),
        ({"number": "ASN-000002", "supplierCode": "ACME", "status": ["ANNOUNCED"]}, ["ASN-000002"]),
        ({"supplierCode": "NOBODY"}, []),
        ({"purchaseOrderId": order["id"], "expectedBefore": "2032-01-01T00:00:00Z"}, ["ASN-000002", "ASN-000001"]),
        ({"purchaseOrderId": other["id"]}, []),
        ({"warehouseId": str(graph.tenant.warehouse_id), "createdSince": "2020-01-01T00:00:00Z"}, every),
        ({"createdBefore": "2020-01-01T00:00:00Z"}, []),
    ):
        data = await graph(query, {"first": 6, "filter": wanted_by})
        assert [each["number"] for each in data["advanceShippingNotices"]["nodes"]] == numbers, wanted_by
        assert data["advanceShippingNotices"]["totalCount"] == len(numbers)


async def test_an_order_knows_its_notices(graph: GraphClient, database: CountingDatabase) -> None:
    """The newest first, at the cost of one statement for all orders."""
    first = await given_order(graph, wanted("TEA", 5), status="SENT")
    second = await given_order(graph, wanted("TEA", 5), status="SENT")
    await given_order(graph, wanted("TEA", 5))
    await given_notice(graph, announced(first, 0, 1), announced(second, 0, 1))
    await given_notice(graph, announced(first, 0, 1))
    async with statements(database) as counted:
        data = await graph("{ purchaseOrders { nodes { number advanceShippingNotices { number } } } }")
    counted.assert_at_most(2)
    assert {
        each["number"]: [notice["number"] for notice in each["advanceShippingNotices"]]
        for each in data["purchaseOrders"]["nodes"]
    } == {"PO-000001": ["ASN-000002", "ASN-000001"], "PO-000002": ["ASN-000001"], "PO-000003": []}


async def test_a_notice_is_named_by_its_id_or_its_number(graph: GraphClient) -> None:
    """A number is what stands on paper."""
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    notice = await given_notice(graph, announced(order, 0, 1))
    assert await notice_now(graph, notice) == notice
    data = await graph(
        '{ known: advanceShippingNotice(number: "ASN-000001") { id } unknown: advanceShippingNotice(number: "ASN-9") { id } }'
    )
    assert data == {"known": {"id": notice["id"]}, "unknown": None}
    (error,) = await graph.errors("{ advanceShippingNotice { id } }")
    assert error["extensions"]["code"] == "INVALID_INPUT"
