"""Send goods back to a supplier, say what was credited for them, or keep them after all."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.db import Transaction
from inventory_graph.purchasing import returning as verbs
from inventory_graph.purchasing.return_lines import ReturnedLine
from inventory_graph.purchasing.return_queries import supplier_returns_by_id
from inventory_graph.purchasing.return_records import SupplierReturnRecord
from inventory_graph.purchasing.returning import Returning, ReturnKey
from resolvers.context import Info
from resolvers.inputs import KEY_DESCRIPTION, arguments_of, write_once
from resolvers.kit import Payload, identifier, mutation, present
from resolvers.money import MoneyInput
from resolvers.scalars import Quantity
from resolvers.stock import StockState
from resolvers.stock_mutations import KEY, UNIT, WHERE, named_place
from resolvers.supplier_returns import SupplierReturn

if TYPE_CHECKING:
    from resolvers.warehouses import WarehouseKey

Warehouse = Annotated["WarehouseKey", strawberry.lazy("resolvers.warehouses")]

RETURN_ID = "The return. Give this or its `number`."
NUMBER = "What people call the return, such as SR-000042, instead of its id."


@strawberry.type(description="What became of a return to a supplier.")
class SupplierReturnPayload(Payload):
    supplier_return: SupplierReturn | None = strawberry.field(
        default=None, description="The return as it is now; null when refused."
    )


@strawberry.input(description="So much that goes back.")
class SupplierReturnLineInput:
    quantity: Quantity = strawberry.field(description="How much, in `unit`; more than 0.")
    goods_receipt_line_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The line of a receipt that it came by: at most what came and has not gone back, at the cost it came with. Give this or"
        " `sku`.",
    )
    sku: str | None = strawberry.field(
        default=None, description="The variant's SKU, where nobody knows by which receipt it came: at the average cost."
    )
    unit: str | None = strawberry.field(default=None, description=UNIT)
    lot_code: str | None = strawberry.field(
        default=None,
        description="The lot it is of; that of the receipt's line, else by the item's strategy, if left out.",
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="The number of each piece, for an item tracked by serial."
    )
    from_state: StockState | None = strawberry.field(
        default=None,
        description="The state it is in, AVAILABLE, QUARANTINED or DAMAGED; the one it was received into if left out.",
    )

    def value(self, position: int) -> ReturnedLine:
        """The domain's line."""
        path = ("lines", str(position), "goods_receipt_line_id")
        line_id = self.goods_receipt_line_id
        return ReturnedLine(
            goods_receipt_line_id=identifier(line_id, path=path) if line_id is not None else None,
            sku=self.sku,
            quantity=self.quantity,
            unit=self.unit,
            lot_code=self.lot_code,
            serials=tuple(self.serials or ()),
            from_state=self.from_state.name if self.from_state is not None else None,
        )


@strawberry.input(description="Goods to send back to their supplier.")
class ReturnToSupplierInput:
    idempotency_key: str = strawberry.field(description=KEY)
    lines: list[SupplierReturnLineInput] = strawberry.field(
        description="What goes back, 1 to 1,000 lines, all or none; of receipts in one currency."
    )
    reason: str = strawberry.field(description="Why, 1 to 1,000 characters.")
    goods_receipt_id: strawberry.ID | None = strawberry.field(
        default=None, description="The receipt that its lines came by. Give this or `supplierCode`."
    )
    supplier_code: str | None = strawberry.field(default=None, description="To whom it goes.")
    warehouse: Warehouse | None = strawberry.field(default=None, description=WHERE)
    reference: str | None = strawberry.field(
        default=None, description="Your own reference, or the supplier's permission, up to 200 characters."
    )

    def value(self) -> Returning:
        """What the domain takes."""
        receipt_id = self.goods_receipt_id
        return Returning(
            goods_receipt_id=identifier(receipt_id, path=("goods_receipt_id",)) if receipt_id is not None else None,
            supplier_code=self.supplier_code,
            place=named_place(self.warehouse) if self.warehouse is not None else None,
            lines=[line.value(number) for number, line in enumerate(self.lines)],
            reason=self.reason,
            reference=self.reference,
        )


@strawberry.input(description="What the supplier credited for a return.")
class CreditSupplierReturnInput:
    credit_note: str = strawberry.field(description="The number of the credit note, 1 to 200 characters.")
    amount: MoneyInput = strawberry.field(description="What was credited, in the return's currency.")
    supplier_return_id: strawberry.ID | None = strawberry.field(default=None, description=RETURN_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="A return that stays after all.")
class CancelSupplierReturnInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description="Why, 1 to 1,000 characters.")
    supplier_return_id: strawberry.ID | None = strawberry.field(default=None, description=RETURN_ID)
    number: str | None = strawberry.field(default=None, description=NUMBER)


def _key(input: Any) -> ReturnKey:
    given = input.supplier_return_id
    return ReturnKey(
        id=identifier(given, path=("supplier_return_id",)) if given is not None else None, number=input.number
    )


@mutation
async def return_to_supplier(info: Info, input: ReturnToSupplierInput) -> SupplierReturnPayload:
    """Sends goods back: they leave stock at once, at the cost they came with, out of the state they are in. What others hold stays. Needs
    inventory.stock.change."""
    info.context.require("inventory.stock.change")
    returning = input.value()
    answer = await info.context.write(
        lambda tx: verbs.return_to_supplier(
            tx, idempotency_key=input.idempotency_key, arguments=arguments_of(input), returning=returning
        )
    )
    found: Any = await info.context.load(supplier_returns_by_id, answer.supplier_return_id)
    return SupplierReturnPayload(supplier_return=present(found), replayed=answer.replayed)


@mutation
async def credit_supplier_return(info: Info, input: CreditSupplierReturnInput) -> SupplierReturnPayload:
    """Says what the supplier credited for a return, which ends it. Needs inventory.purchasing.change."""
    info.context.require("inventory.purchasing.change")
    key, amount = _key(input), input.amount.value("amount")

    async def verb(tx: Transaction) -> SupplierReturnRecord:
        return await verbs.credit_supplier_return(
            tx, key=key, credit_note=input.credit_note, amount=amount, currency=input.amount.currency
        )

    record, replayed = await write_once(
        info, input, operation="creditSupplierReturn", verb=verb, load=supplier_returns_by_id
    )
    return SupplierReturnPayload(supplier_return=present(record), replayed=replayed)


@mutation
async def cancel_supplier_return(info: Info, input: CancelSupplierReturnInput) -> SupplierReturnPayload:
    """Takes back a return that was not credited: what left is in stock again, where it lay and at the cost it left with. Needs
    inventory.stock.manage."""
    info.context.require("inventory.stock.manage")
    key = _key(input)
    answer = await info.context.write(
        lambda tx: verbs.cancel_supplier_return(
            tx, idempotency_key=input.idempotency_key, arguments=arguments_of(input), key=key, reason=input.reason
        )
    )
    found: Any = await info.context.load(supplier_returns_by_id, answer.supplier_return_id)
    return SupplierReturnPayload(supplier_return=present(found), replayed=answer.replayed)


queries: list[StrawberryField] = []
mutations: list[StrawberryField] = [return_to_supplier, credit_supplier_return, cancel_supplier_return]
types: list[type] = []
