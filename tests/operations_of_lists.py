"""Requests for lists as CSV: one of each kind, with everything that narrows it."""

from tests.given.worlds import World
from tests.operation import NOTHING, OWN, Arguments, query

SINCE, BEFORE = "2025-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


def _of(name: str, **given: object) -> Arguments:
    return {"of": {name: given}}


def _orders(world: World) -> Arguments:
    return _of(
        "purchaseOrders", status=["DRAFT", "SENT"], supplierCode=world.code("ACME"), warehouseId=world.ids["warehouse"],
        variantId=world.ids["BREAD variant"], number="PO-000001", reference=world.text("Quotation"), expectedBefore=BEFORE,
        createdSince=SINCE, createdBefore=BEFORE,
    )  # fmt: skip


def _receipts(world: World) -> Arguments:
    return _of(
        "goodsReceipts", status=["POSTED"], supplierCode=world.code("ACME"), warehouseId=world.ids["warehouse"],
        variantId=world.ids["BREAD variant"], deliveryNote=world.text("Note"), recordedSince=SINCE, recordedBefore=BEFORE,
    )  # fmt: skip


def _transfers(world: World) -> Arguments:
    return _of(
        "transfers", status=["DRAFT"], fromWarehouseId=world.ids["warehouse"], toWarehouseId=world.ids["store"],
        variantId=world.ids["BREAD variant"], number="TR-000001", reference=world.text("Reference"), expectedBefore=BEFORE,
        createdSince=SINCE, createdBefore=BEFORE,
    )  # fmt: skip


def _items(world: World) -> Arguments:
    return _of(
        "items", text=world.text("item"), type=["GOODS"], status=["ACTIVE"], categorySlug=world.code("food"),
        tag=world.text("tag"), updatedSince=SINCE, lowStock=True,
    )  # fmt: skip


def _movements(world: World) -> Arguments:
    return _of(
        "movements", recordedSince=SINCE, recordedBefore=BEFORE, warehouse={"id": world.ids["warehouse"]},
        variantId=world.ids["BREAD variant"], kind=["RECEIPT"],
    )  # fmt: skip


def _balances(world: World) -> Arguments:
    return _of("stockBalances", warehouse={"code": world.code("STORE")}, lowStock=False, inStock=True)


LISTS = (
    query("export", lambda _: _of("purchaseOrders"), OWN, label="of all orders"),
    query("export", _orders, OWN, label="of orders"),
    query("export", _receipts, OWN, label="of receipts"),
    query("export", _transfers, OWN, label="of transfers"),
    query("export", _items, OWN, label="of items"),
    query("export", lambda w: _of("items", warehouse={"id": w.ids["warehouse"]}), NOTHING, label="of items of a place"),
    query("export", lambda w: _of("supplierItems", supplierCode=w.code("ACME")), OWN, label="of what suppliers sell"),
    query("export", _balances, NOTHING, label="of balances"),
    query("export", _movements, NOTHING, label="of movements"),
)
