"""Lines that go back to a supplier as callers name them, made into what leaves: found, checked against what came, priced."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from inventory_graph.db import Record, Transaction
from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.masterdata.suppliers import SupplierRecord
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.purchasing import return_statements as statements
from inventory_graph.purchasing.arrivals import STATES
from inventory_graph.purchasing.refusals import MoreThanCame, ReceiptReversed
from inventory_graph.quantities import ZERO, quantity_to_text
from inventory_graph.stock.commands import LotReference, SendBack, StockState
from inventory_graph.stock.resolution import Article, articles_named, unknown_sku
from inventory_graph.stock.service import code_of
from inventory_graph.unlocked import dataclass

LINES_MAX = 1_000

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """So much that goes back, as a caller names it: of a line of a receipt, or of a SKU. ``unit`` None is the stock unit; ``from_state``
    None the state it was received into, AVAILABLE where no receipt says so."""

    goods_receipt_line_id: UUID | None = None
    sku: str | None = None
    quantity: Decimal
    unit: str | None = None
    lot_code: str | None = None
    serials: tuple[str, ...] = ()
    from_state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What leaves, in the stock unit; ``unit_cost`` None is the average. ``price`` is what one stock unit cost in the return's currency,
    None where only the book knows."""

    receipt_id: UUID | None
    receipt_line_id: UUID | None
    variant_id: UUID
    quantity: Decimal
    state: StockState
    unit_cost: Decimal | None
    price: Fraction | None
    lot_code: str | None
    serials: tuple[str, ...]

    def command(self, warehouse_id: UUID) -> SendBack:
        """The line of a command that takes it out of stock."""
        return SendBack(
            variant_id=self.variant_id, warehouse_id=warehouse_id, quantity=self.quantity, receipt_id=self.receipt_id,
            unit_cost=self.unit_cost,
            lot=LotReference(code=self.lot_code) if self.lot_code is not None else None, serials=self.serials, state=self.state,
        )  # fmt: skip


async def leaving_lines(
    tx: Transaction,
    *,
    supplier: SupplierRecord,
    warehouse: WarehouseRecord,
    lines: Sequence[ReturnedLine],
    goods_receipt_id: UUID | None,
) -> tuple[list[Leaving], Collection[UUID], str]:
    """What leaves, the receipts that it came by, which are locked from now on, and the currency of its prices; in a constant number of
    statements. Raises ``InvalidInput``, ``NotFound``, ``ReceiptReversed``, ``MoreThanCame`` and ``UnitMismatch`` at the line."""
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(f"A return has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",))
    for number, line in enumerate(lines):
        if (line.goods_receipt_line_id is None) == (line.sku is None):
            raise InvalidInput(
                "Name what goes back by goodsReceiptLineId or by sku, and by one of them only.",
                path=("lines", str(number), "sku"),
            )
    ids = [line.goods_receipt_line_id for line in lines if line.goods_receipt_line_id is not None]
    receipts = await _locked_receipts(tx, ids)
    came = {row["id"]: row for row in await tx.raw.fetch(statements.RECEIPT_LINES, tx.tenant_id, ids)} if ids else {}
    articles = await articles_named(
        tx,
        skus=[line.sku for line in lines if line.sku is not None],
        ids=[row["variant_id"] for row in came.values()],
    )
    left: dict[UUID, Decimal] = {}
    leaving: list[Leaving] = []
    for number, line in enumerate(lines):
        path = ("lines", str(number))
        if line.goods_receipt_line_id is None:
            leaving.append(_of_sku(line, articles, path))
            continue
        row = came.get(line.goods_receipt_line_id)
        if row is None:
            raise NotFound(
                f"No goods receipt has a line with the id {line.goods_receipt_line_id}.",
                path=(*path, "goods_receipt_line_id"),
            )
        _check_receipt(receipts[row["goods_receipt_id"]], supplier, warehouse, goods_receipt_id, path)
        leaving.append(_of_receipt(line, row, articles[str(row["variant_id"])], left, path))
    return leaving, receipts, _currency(tx, lines, receipts)


async def _locked_receipts(tx: Transaction, line_ids: Sequence[UUID]) -> dict[UUID, Record]:
    if not line_ids:
        return {}
    ids = [
        row["goods_receipt_id"]
        for row in await tx.raw.fetch(statements.RECEIPTS_OF_LINES, tx.tenant_id, list(line_ids))
    ]
    return {row["id"]: row for row in await tx.raw.fetch(statements.LOCK_RECEIPTS, tx.tenant_id, ids)}


def _check_receipt(
    receipt: Record, supplier: SupplierRecord, warehouse: WarehouseRecord, goods_receipt_id: UUID | None, path: Path
) -> None:
    place, number = (*path, "goods_receipt_line_id"), receipt["number"]
    if goods_receipt_id is not None and receipt["id"] != goods_receipt_id:
        raise InvalidInput(f"This is a line of {number}, which is another receipt.", path=place)
    if receipt["supplier_id"] != supplier.id:
        raise InvalidInput(f"{number} did not come from {supplier.code}.", path=place)
    if receipt["warehouse_id"] != warehouse.id:
        raise InvalidInput(f"{number} did not come to {warehouse.code}.", path=place)
    if receipt["status"] == "REVERSED":
        raise ReceiptReversed(f"{number} was reversed: nothing of it is here.", path=place)


def _of_sku(line: ReturnedLine, articles: Mapping[str, Article], path: Path) -> Leaving:
    article = articles.get(line.sku or "")
    if article is None:
        raise unknown_sku(line.sku or "", path=(*path, "sku"))
    return Leaving(
        receipt_id=None, receipt_line_id=None, variant_id=article.variant_id, quantity=_quantity(line, article, path),
        state=_state(line, StockState.AVAILABLE, path), unit_cost=None, price=None,
        lot_code=code_of(line.lot_code, (*path, "lot_code")) if line.lot_code is not None else None,
        serials=tuple(code_of(serial, (*path, "serials")) for serial in line.serials),
    )  # fmt: skip


def _of_receipt(line: ReturnedLine, row: Record, article: Article, left: dict[UUID, Decimal], path: Path) -> Leaving:
    """Of a line of a receipt goes back at most what it brought in and what has not gone yet; ``left`` counts that."""
    if row["disposition"] == "REJECTED":
        raise InvalidInput("This was rejected at the door and never came in.", path=(*path, "goods_receipt_line_id"))
    quantity = _quantity(line, article, path)
    rest = left.get(row["id"], row["quantity"] - row["returned"])
    if quantity > rest:
        raise MoreThanCame(
            f"{quantity_to_text(quantity)} of {article.sku} cannot go back: {quantity_to_text(rest)} of the"
            f" {quantity_to_text(row['quantity'])} that came by this line have not.",
            path=(*path, "quantity"),
        )
    left[row["id"]] = rest - quantity
    if line.lot_code not in {None, row["lot_code"]}:
        raise InvalidInput("This line of the receipt is of another lot.", path=(*path, "lot_code"))
    for serial in line.serials:
        if serial not in row["serials"]:
            raise InvalidInput(f"The piece {serial[:80]!r} did not come by this line.", path=(*path, "serials"))
    # An order's price is for a purchase unit; what nobody ordered has that of a stock unit.
    per_stock_unit = Fraction(row["ordered_quantity"]) / Fraction(row["ordered"]) if row["ordered"] is not None else 1
    return Leaving(
        receipt_id=row["goods_receipt_id"], receipt_line_id=row["id"], variant_id=row["variant_id"], quantity=quantity,
        state=_state(line, STATES[row["disposition"]], path),
        unit_cost=row["unit_cost"], price=Fraction(row["unit_price"]) * per_stock_unit, lot_code=row["lot_code"], serials=line.serials,
    )  # fmt: skip


def _quantity(line: ReturnedLine, article: Article, path: Path) -> Decimal:
    if line.quantity <= ZERO:
        raise InvalidInput("The quantity must be more than 0.", path=(*path, "quantity"))
    quantity = article.quantity(line.quantity, line.unit, path=(*path, "quantity"))
    if quantity <= ZERO:
        raise InvalidInput(f"That is nothing in {article.stock_unit.code}.", path=(*path, "quantity"))
    return quantity


def _state(line: ReturnedLine, received: StockState, path: Path) -> StockState:
    state = StockState(line.from_state) if line.from_state is not None else received
    if state is StockState.RESERVED:
        raise InvalidInput("What is held for somebody stays: release it first.", path=(*path, "from_state"))
    return state


def _currency(tx: Transaction, lines: Sequence[ReturnedLine], receipts: Mapping[UUID, Record]) -> str:
    """The currency of all prices; raises ``InvalidInput`` where there are two."""
    found = {row["currency"] for row in receipts.values()}
    if any(line.goods_receipt_line_id is None for line in lines):
        found.add(tx.actor.currency)
    if len(found) > 1:
        raise InvalidInput(
            f"What goes back was paid in {' and in '.join(sorted(found))}: send it back by a return for each.",
            path=("lines",),
        )
    return str(found.pop())
