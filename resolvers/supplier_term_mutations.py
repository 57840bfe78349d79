"""Stating what suppliers ask, whom to talk to there and how they are paid."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata import supplier_details as details
from inventory_graph.masterdata.supplier_details import SupplierContactRecord, SupplierPaymentRecord
from inventory_graph.masterdata.supplier_prices import SupplierPriceRecord
from inventory_graph.masterdata.supplier_prices import set_supplier_prices as set_prices
from inventory_graph.quantities import ZERO
from resolvers.context import Info
from resolvers.inputs import word_of
from resolvers.kit import identifier, mutation
from resolvers.money import MoneyInput
from resolvers.scalars import DateTime, Quantity
from resolvers.supplier_terms import SupplierPaymentMethod
from resolvers.suppliers import CHANGE, Supplier, SupplierItem, SupplierItemPayload, SupplierPayload


@strawberry.input(description="What a supplier asks from so many purchase units on, while it is valid.")
class SupplierPriceInput:
    unit_price: MoneyInput = strawberry.field(description="The price of one purchase unit.")
    valid_from: DateTime = strawberry.field(description="From this instant on.")
    valid_to: DateTime | None = strawberry.field(
        default=None, description="Until just before this instant; until further notice if left out."
    )
    minimum_quantity: Quantity = strawberry.field(
        default=Quantity(ZERO), description="From so many purchase units on; any if left out."
    )


@strawberry.input(description="All price breaks of what a supplier sells, in place of those there were.")
class SetSupplierPricesInput:
    supplier_code: str = strawberry.field(description="Who sells it.")
    sku: str | None = strawberry.field(
        default=None, description="The variant's SKU, or that of an item with one variant. Give this or `variantId`."
    )
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="The variant's id.")
    prices: list[SupplierPriceInput] = strawberry.field(
        description="At most 100, all in the currency in which it is sold. Those of one minimum may not be valid at once."
    )


@strawberry.input(description="Someone to talk to at a supplier.")
class SupplierContactInput:
    name: str = strawberry.field(description="Who, up to 200 characters.")
    role: str | None = strawberry.field(default=None, description="What for, up to 100 characters.")
    email: str | None = strawberry.field(default=None, description="Where mail goes.")
    phone: str | None = strawberry.field(default=None, description="Where calls go, up to 40 characters.")


@strawberry.input(description="All contacts of a supplier, in place of those there were.")
class SetSupplierContactsInput:
    supplier_code: str = strawberry.field(description="Of which supplier.")
    contacts: list[SupplierContactInput] = strawberry.field(description="At most 20, the most important first.")


@strawberry.input(description="How a supplier is paid, in full: what is left out is none.")
class SetSupplierPaymentInput:
    supplier_code: str = strawberry.field(description="Which supplier.")
    method: SupplierPaymentMethod = strawberry.field(description="By which means; each takes its own field below.")
    tax_pin: str | None = strawberry.field(default=None, description="Its number with the tax authority.")
    mpesa_phone: str | None = strawberry.field(default=None, description="The M-Pesa phone, such as +254700000000.")
    mpesa_business_name: str | None = strawberry.field(default=None, description="The name that M-Pesa shows.")
    bank_name: str | None = strawberry.field(default=None, description="The bank.")
    bank_account_number: str | None = strawberry.field(default=None, description="The account there.")
    paystack_recipient_code: str | None = strawberry.field(default=None, description="The recipient at Paystack.")
    requires_invoice: bool = strawberry.field(
        default=True, description="Whether it is paid only once its invoice is there."
    )
    is_automatic: bool = strawberry.field(default=False, description="Whether it is paid without anybody being asked.")


@mutation
async def set_supplier_prices(info: Info, input: SetSupplierPricesInput) -> SupplierItemPayload:
    """States all price breaks of what a supplier sells, in place of those there were; where none applies, `unitPrice` does. Needs
    inventory.purchasing.change."""
    info.context.require(CHANGE)
    variant_id = identifier(input.variant_id, path=("variant_id",)) if input.variant_id is not None else None
    currencies = {each.unit_price.currency for each in input.prices}
    if len(currencies) > 1:
        raise InvalidInput("All prices of one item are in one currency.", path=("prices",))
    prices = [
        SupplierPriceRecord(
            minimum_quantity=each.minimum_quantity, valid_from=each.valid_from, valid_to=each.valid_to,
            unit_price=each.unit_price.value("prices", str(number), "unit_price"),
        )
        for number, each in enumerate(input.prices)
    ]  # fmt: skip
    record = await info.context.write(
        lambda tx: set_prices(
            tx,
            supplier_code=input.supplier_code,
            sku=input.sku,
            variant_id=variant_id,
            currency=next(iter(currencies), None),
            prices=prices,
        )
    )
    return SupplierItemPayload(supplier_item=SupplierItem.of(record))


@mutation
async def set_supplier_contacts(info: Info, input: SetSupplierContactsInput) -> SupplierPayload:
    """States all contacts of a supplier, in place of those there were. Needs inventory.purchasing.change."""
    info.context.require(CHANGE)
    contacts = [
        SupplierContactRecord(name=each.name, role=each.role, email=each.email, phone=each.phone)
        for each in input.contacts
    ]
    record = await info.context.write(
        lambda tx: details.set_supplier_contacts(tx, supplier_code=input.supplier_code, contacts=contacts)
    )
    return SupplierPayload(supplier=Supplier.of(record))


@mutation
async def set_supplier_payment(info: Info, input: SetSupplierPaymentInput) -> SupplierPayload:
    """States in full how a supplier is paid. Needs inventory.purchasing.manage."""
    info.context.require("inventory.purchasing.manage")
    values: dict[str, Any] = {name: getattr(input, name) for name in SupplierPaymentRecord.__slots__}
    payment = SupplierPaymentRecord(**{**values, "method": word_of(input.method)})
    record = await info.context.write(
        lambda tx: details.set_supplier_payment(tx, supplier_code=input.supplier_code, payment=payment)
    )
    return SupplierPayload(supplier=Supplier.of(record))


queries: list[StrawberryField] = []
mutations = [set_supplier_prices, set_supplier_contacts, set_supplier_payment]
types: list[type] = []
