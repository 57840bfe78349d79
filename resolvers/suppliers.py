"""Suppliers and what they sell."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

import strawberry

from inventory_graph.db import Transaction
from inventory_graph.masterdata import supplier_items as item_verbs
from inventory_graph.masterdata import suppliers as verbs
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.supplier_details import contacts_by_supplier, payments_by_supplier
from inventory_graph.masterdata.supplier_items import (
    SupplierItemRecord,
    supplier_item_counts,
    supplier_item_pages,
    supplier_items_by_item,
    supplier_items_by_variant,
)
from inventory_graph.masterdata.supplier_prices import SupplierPriceRecord, price_for, supplier_prices_by_pair
from inventory_graph.masterdata.suppliers import (
    SupplierChanges,
    SupplierRecord,
    supplier_count,
    supplier_page,
    suppliers_by_code,
    suppliers_by_id,
)
from inventory_graph.masterdata.units import units_by_code
from inventory_graph.purchasing.performance import NOTHING as NO_PERFORMANCE
from inventory_graph.purchasing.performance import performance_by_key
from resolvers.context import Info
from resolvers.federation import cost, usually
from resolvers.inputs import KEY_DESCRIPTION, changes_of, write_once
from resolvers.kit import (
    After,
    Connection,
    First,
    Payload,
    check_first,
    field,
    identifier,
    mutation,
    present,
    presents,
)
from resolvers.money import Money, MoneyInput
from resolvers.scalars import DateTime, Quantity
from resolvers.supplier_terms import (
    Since,
    SupplierContact,
    SupplierPayment,
    SupplierPerformance,
    SupplierPrice,
    Until,
    performance_key,
)
from resolvers.units import Unit
from resolvers.warehouses import NOTHING, text_position

if TYPE_CHECKING:
    from resolvers.items import Variant

VIEW = "inventory.purchasing.view"
ADD = "inventory.purchasing.add"
CHANGE = "inventory.purchasing.change"


@presents(SupplierRecord)
@strawberry.type(description="Someone the tenant buys from.")
class Supplier:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    code: str = strawberry.field(description="Its readable key, unique in the tenant.")
    name: str = strawberry.field(description="For people.")
    email: str | None = strawberry.field(description="Where orders go.")
    phone: str | None = strawberry.field(description="Where questions go.")
    currency: str = strawberry.field(
        description="What it bills in unless a price says otherwise: ISO 4217, such as KES."
    )
    payment_terms_days: int | None = strawberry.field(
        description="Days until a bill is due; null where none is agreed."
    )
    is_active: bool = strawberry.field(description="False for an archived supplier: nothing more is bought from it.")
    created_at: DateTime = strawberry.field(description="When it was added.")
    record: strawberry.Private[SupplierRecord]

    @classmethod
    def of(cls, record: SupplierRecord) -> "Supplier":
        """The supplier of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            code=record.code,
            name=record.name,
            email=record.email,
            phone=record.phone,
            currency=record.currency,
            payment_terms_days=record.payment_terms_days,
            is_active=record.is_active,
            created_at=DateTime(record.created_at),
            record=record,
        )

    @field(description="What it sells, by the SKU of the variant.")
    async def items(self, info: Info, first: First = 50, after: After = None) -> Connection["SupplierItem"]:
        key = (self.record.id, check_first(first), text_position(after))
        page = await info.context.load(supplier_item_pages, key) or NOTHING

        async def count() -> int | None:
            return await info.context.load(supplier_item_counts, self.record.id)

        return Connection.of(page, node=SupplierItem.of, after=after, count=count)

    @field(description="Whom to talk to, the most important first; at most 20.", directives=[usually(2)])
    async def contacts(self, info: Info) -> list[SupplierContact]:
        found = await info.context.load(contacts_by_supplier, self.record.id) or ()
        return [SupplierContact.of(each) for each in found]

    @field(description="How it is paid; null while nobody said.")
    async def payment(self, info: Info) -> SupplierPayment | None:
        found = await info.context.load(payments_by_supplier, self.record.id)
        return SupplierPayment.of(found) if found is not None else None

    @field(description="How well it does, counted from orders and receipts.", directives=[cost(10)])
    async def performance(self, info: Info, since: Since, until: Until = None) -> SupplierPerformance:
        key = performance_key(self.record.id, since, until or datetime.now(UTC))
        return SupplierPerformance.of(await info.context.load(performance_by_key, key) or NO_PERFORMANCE)


@presents(SupplierItemRecord)
@strawberry.type(description="What a supplier sells a variant as.")
class SupplierItem:
    supplier_sku: str | None = strawberry.field(description="The supplier's own name for it.")
    unit_price: Money | None = strawberry.field(description="The price of one purchase unit; null while none is known.")
    lead_time_days: int | None = strawberry.field(description="Days from the order to its arrival; null while unknown.")
    order_minimum: Quantity | None = strawberry.field(
        description="The least that can be ordered, in the purchase unit; null for no such limit."
    )
    order_multiple: Quantity | None = strawberry.field(
        description="Only multiples of this can be ordered, in the purchase unit; null for any quantity."
    )
    is_preferred: bool = strawberry.field(
        description="Whether the variant is bought here first; one supplier a variant."
    )
    record: strawberry.Private[SupplierItemRecord]

    @classmethod
    def of(cls, record: SupplierItemRecord) -> "SupplierItem":
        """The supplier item of a record."""
        return cls(
            supplier_sku=record.supplier_sku,
            unit_price=Money.of(record.unit_price, record.currency),
            lead_time_days=record.lead_time_days,
            order_minimum=Quantity(record.order_minimum) if record.order_minimum is not None else None,
            order_multiple=Quantity(record.order_multiple) if record.order_multiple is not None else None,
            is_preferred=record.is_preferred,
            record=record,
        )

    @field(description="Who sells it.")
    async def supplier(self, info: Info) -> Supplier:
        supplier: Supplier = present(await info.context.load(suppliers_by_id, self.record.supplier_id))
        return supplier

    @field(description="What it is here.")
    async def variant(self, info: Info) -> Annotated["Variant", strawberry.lazy("resolvers.items")]:
        variant: Variant = present(await info.context.load(variants_by_id, self.record.variant_id))
        return variant

    @field(description="The purchase unit: what one piece of an order is.")
    async def unit(self, info: Info) -> Unit:
        unit: Unit = present(await info.context.load(units_by_code, self.record.unit_code))
        return unit

    @field(
        description="What it asks for more, or for a time, by quantity and time; at most 100.", directives=[usually(3)]
    )
    async def prices(self, info: Info) -> list[SupplierPrice]:
        return [SupplierPrice.of(each, self.record.currency) for each in await self._prices(info)]

    @field(description="The price of one purchase unit when so many are ordered at a time; null while none is known.")
    async def price_for(
        self,
        info: Info,
        quantity: Annotated[Quantity, strawberry.argument(description="How many purchase units are ordered.")],
        at: Annotated[DateTime | None, strawberry.argument(description="When; now if left out.")] = None,
    ) -> Money | None:
        price = price_for(self.record, await self._prices(info), quantity=quantity, at=at or datetime.now(UTC))
        return Money.of(price, self.record.currency)

    async def _prices(self, info: Info) -> Sequence[SupplierPriceRecord]:
        return await info.context.load(supplier_prices_by_pair, (self.record.supplier_id, self.record.variant_id)) or ()


async def suppliers_of_item(info: Info, item_id: UUID) -> list[SupplierItem]:
    """Who sells the variants of an item, for ``Item.suppliers``: variant by variant, the preferred supplier first."""
    info.context.require(VIEW)
    return [SupplierItem.of(record) for record in await info.context.load(supplier_items_by_item, item_id) or ()]


async def suppliers_of_variant(info: Info, variant_id: UUID) -> list[SupplierItem]:
    """Who sells a variant, for ``Variant.suppliers``: the preferred supplier first."""
    info.context.require(VIEW)
    return [SupplierItem.of(record) for record in await info.context.load(supplier_items_by_variant, variant_id) or ()]


@strawberry.input(description="Which suppliers.")
class SupplierFilter:
    is_active: bool | None = strawberry.field(
        default=None, description="Only those in use (true) or only archived ones (false)."
    )


@strawberry.type(description="What became of a supplier.")
class SupplierPayload(Payload):
    supplier: Supplier | None = strawberry.field(default=None, description="The supplier; null when refused.")


@strawberry.type(description="What a supplier now sells a variant as.")
class SupplierItemPayload(Payload):
    supplier_item: SupplierItem | None = strawberry.field(default=None, description="What it sells; null when refused.")


@strawberry.input(description="A supplier to be added.")
class CreateSupplierInput:
    code: str = strawberry.field(
        description="Its readable key, unique in the tenant: up to 63 letters, digits, '_', '.' and '-'. It never changes."
    )
    name: str = strawberry.field(description="For people, up to 200 characters.")
    email: str | None = strawberry.field(default=None, description="Where orders go.")
    phone: str | None = strawberry.field(default=None, description="Where questions go, up to 40 characters.")
    currency: str | None = strawberry.field(
        default=None, description="What it bills in: ISO 4217, such as KES; the tenant's if left out."
    )
    payment_terms_days: int | None = strawberry.field(default=None, description="Days until a bill is due, 0 to 3,650.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a supplier; what is left out stays.")
class UpdateSupplierInput:
    supplier_code: str = strawberry.field(description="Which supplier; an archived one too.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="For people, up to 200 characters.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="Where orders go; null for nowhere.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="Where questions go; null for nowhere.")
    currency: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it bills in from now on; prices that are stated keep theirs."
    )
    payment_terms_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="Days until a bill is due, 0 to 3,650; null for none agreed."
    )
    is_active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="False archives the supplier, true makes it active again."
    )


@strawberry.input(description="What a supplier sells a variant as, in full: what is left out is none.")
class SetSupplierItemInput:
    supplier_code: str = strawberry.field(description="Who sells it.")
    sku: str | None = strawberry.field(
        default=None, description="The variant's SKU, or that of an item with one variant. Give this or `variantId`."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's id.")
    supplier_sku: str | None = strawberry.field(
        default=None, description="The supplier's own name for it, up to 64 characters."
    )
    unit: str | None = strawberry.field(
        default=None,
        description="The purchase unit by code, abbreviation or name; it must convert to the item's stock unit, which it is if left out.",
    )
    unit_price: MoneyInput | None = strawberry.field(default=None, description="The price of one purchase unit.")
    lead_time_days: int | None = strawberry.field(
        default=None, description="Days from the order to its arrival, 0 to 3,650."
    )
    order_minimum: Quantity | None = strawberry.field(
        default=None, description="The least that can be ordered, in the purchase unit."
    )
    order_multiple: Quantity | None = strawberry.field(
        default=None, description="Only multiples of this can be ordered, in the purchase unit."
    )
    is_preferred: bool = strawberry.field(
        default=False,
        description="Whether the variant is bought here first, in place of the supplier that was preferred.",
    )


@field(description="A page of the suppliers, by code.")
async def suppliers(
    info: Info,
    first: First = 20,
    after: After = None,
    filter: Annotated[
        SupplierFilter | None, strawberry.argument(description="Which suppliers; all if left out.")
    ] = None,
) -> Connection[Supplier]:
    info.context.require(VIEW)
    size, position = check_first(first), text_position(after)
    is_active = filter.is_active if filter is not None else None
    page = await info.context.read(lambda tx: supplier_page(tx, first=size, after=position, is_active=is_active))

    async def count() -> int | None:
        return await info.context.read(lambda tx: supplier_count(tx, is_active=is_active))

    return Connection.of(page, node=Supplier.of, after=after, count=count)


@field(description="A supplier by its code; null for an unknown one.")
async def supplier(
    info: Info, code: Annotated[str, strawberry.argument(description="The supplier's code.")]
) -> Supplier | None:
    info.context.require(VIEW)
    found = await info.context.load(suppliers_by_code, code)
    return Supplier.of(found) if found is not None else None


@mutation
async def create_supplier(info: Info, input: CreateSupplierInput) -> SupplierPayload:
    """Adds a supplier. Needs inventory.purchasing.add."""
    info.context.require(ADD)

    async def verb(tx: Transaction) -> SupplierRecord:
        return await verbs.create_supplier(
            tx,
            code=input.code,
            name=input.name,
            email=input.email,
            phone=input.phone,
            currency=input.currency,
            payment_terms_days=input.payment_terms_days,
        )

    record, replayed = await write_once(info, input, operation="createSupplier", verb=verb, load=suppliers_by_id)
    return SupplierPayload(supplier=Supplier.of(record), replayed=replayed)


@mutation
async def update_supplier(info: Info, input: UpdateSupplierInput) -> SupplierPayload:
    """Changes a supplier, archives it or makes it active again. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    changes = changes_of(
        input,
        names=("name", "email", "phone", "currency", "payment_terms_days", "is_active"),
        may_be_null=("email", "phone", "payment_terms_days"),
    )
    record = await info.context.write(
        lambda tx: verbs.update_supplier(tx, code=input.supplier_code, **cast("SupplierChanges", changes))
    )
    return SupplierPayload(supplier=Supplier.of(record))


@mutation
async def set_supplier_item(info: Info, input: SetSupplierItemInput) -> SupplierItemPayload:
    """States what a supplier sells a variant as, in place of what was stated before. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    variant_id = identifier(input.variant_id, path=("variant_id",)) if input.variant_id is not None else None
    price = input.unit_price
    unit_price = price.value("unit_price") if price is not None else None
    record = await info.context.write(
        lambda tx: item_verbs.set_supplier_item(
            tx,
            supplier_code=input.supplier_code,
            sku=input.sku,
            variant_id=variant_id,
            supplier_sku=input.supplier_sku,
            unit=input.unit,
            unit_price=unit_price,
            currency=price.currency if price is not None else None,
            lead_time_days=input.lead_time_days,
            order_minimum=input.order_minimum,
            order_multiple=input.order_multiple,
            is_preferred=input.is_preferred,
        )
    )
    return SupplierItemPayload(supplier_item=SupplierItem.of(record))


queries = [suppliers, supplier]
mutations = [create_supplier, update_supplier, set_supplier_item]
types: list[type] = []
