"""Whom to talk to at suppliers, and how they are paid."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.identity.texts import line_of
from inventory_graph.masterdata.place_events import SupplierUpdated
from inventory_graph.masterdata.suppliers import (
    EMAIL_FORM,
    EMAIL_LENGTH_MAX,
    PHONE_LENGTH_MAX,
    SupplierRecord,
    lock_supplier,
)
from inventory_graph.outbox import emit

PaymentMethod: TypeAlias = Literal["CASH", "CHEQUE", "BANK_TRANSFER", "MPESA", "PAYSTACK"]

CONTACTS_MAX = 20
ROLE_LENGTH_MAX = 100
ACCOUNT_LENGTH_MAX = 64
_MPESA_FORM = re.compile(r"\+?\d{9,15}", re.ASCII)
_TAX_PIN_FORM = re.compile(r"[A-Za-z0-9-]{4,20}", re.ASCII)
_NEEDED: Mapping[str, str] = {
    "MPESA": "mpesa_phone",
    "BANK_TRANSFER": "bank_account_number",
    "PAYSTACK": "paystack_recipient_code",
}

_CONTACTS = """
SELECT supplier_id, name, role, email, phone FROM supplier_contacts
WHERE tenant_id = $1 AND supplier_id = ANY($2::uuid[]) ORDER BY supplier_id, position
"""
_REMOVE_CONTACTS = "DELETE FROM supplier_contacts WHERE tenant_id = $1 AND supplier_id = $2"
_WRITE_CONTACTS = """
INSERT INTO supplier_contacts (tenant_id, supplier_id, position, name, role, email, phone)
SELECT $1, $2, position - 1, name, role, email, phone
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS contact(name, role, email, phone, position)
"""
_FIELDS = """method, tax_pin, mpesa_phone, mpesa_business_name, bank_name, bank_account_number, paystack_recipient_code,
  requires_invoice, is_automatic"""
_PAYMENTS = f"""
SELECT supplier_id, {_FIELDS} FROM supplier_payments WHERE tenant_id = $1 AND supplier_id = ANY($2::uuid[])
"""  # noqa: S608 - the text is put together from constants
_WRITE_PAYMENT = f"""
INSERT INTO supplier_payments (tenant_id, supplier_id, {_FIELDS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant_id, supplier_id) DO UPDATE SET method = excluded.method, tax_pin = excluded.tax_pin,
  mpesa_phone = excluded.mpesa_phone, mpesa_business_name = excluded.mpesa_business_name, bank_name = excluded.bank_name,
  bank_account_number = excluded.bank_account_number, paystack_recipient_code = excluded.paystack_recipient_code,
  requires_invoice = excluded.requires_invoice, is_automatic = excluded.is_automatic
"""  # noqa: S608 - the text is put together from constants


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierContactRecord:
    """Someone to talk to at a supplier."""

    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierPaymentRecord:
    """How a supplier is paid. ``requires_invoice``: not before its invoice is there; ``is_automatic``: without anybody being asked."""

    method: PaymentMethod
    tax_pin: str | None = None
    mpesa_phone: str | None = None
    mpesa_business_name: str | None = None
    bank_name: str | None = None
    bank_account_number: str | None = None
    paystack_recipient_code: str | None = None
    requires_invoice: bool = True
    is_automatic: bool = False


async def contacts_by_supplier(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[SupplierContactRecord]]:
    """Whom to talk to at each supplier, in the order they were stated in."""
    found: dict[UUID, list[SupplierContactRecord]] = {key: [] for key in keys}
    for row in await tx.raw.fetch(_CONTACTS, tx.tenant_id, list(keys)):
        values = {name: row[name] for name in SupplierContactRecord.__slots__}
        found[row["supplier_id"]].append(SupplierContactRecord(**values))
    return found


async def payments_by_supplier(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, SupplierPaymentRecord]:
    """How each supplier is paid; one of whom it was not stated is left out."""
    rows = await tx.raw.fetch(_PAYMENTS, tx.tenant_id, list(keys))
    return {
        row["supplier_id"]: SupplierPaymentRecord(**{name: row[name] for name in SupplierPaymentRecord.__slots__})
        for row in rows
    }


async def set_supplier_contacts(
    tx: Transaction, *, supplier_code: str, contacts: Sequence[SupplierContactRecord]
) -> SupplierRecord:
    """State all contacts of a supplier, at most 20, in place of those there were. Raises ``InvalidInput``, ``NotFound`` and
    ``LimitExceeded``."""
    if len(contacts) > CONTACTS_MAX:
        raise LimitExceeded(f"A supplier has at most {CONTACTS_MAX} contacts.", path=("contacts",))
    checked = [_contact(each, ("contacts", str(number))) for number, each in enumerate(contacts)]
    supplier = await lock_supplier(tx, supplier_code)
    if (await contacts_by_supplier(tx, [supplier.id]))[supplier.id] == checked:
        return supplier
    await tx.raw.execute(_REMOVE_CONTACTS, tx.tenant_id, supplier.id)
    await tx.raw.execute(
        _WRITE_CONTACTS, tx.tenant_id, supplier.id, [each.name for each in checked], [each.role for each in checked],
        [each.email for each in checked], [each.phone for each in checked],
    )  # fmt: skip
    await emit(tx, SupplierUpdated(aggregate_id=supplier.id, supplier=supplier))
    return supplier


async def set_supplier_payment(
    tx: Transaction, *, supplier_code: str, payment: SupplierPaymentRecord
) -> SupplierRecord:
    """State in full how a supplier is paid. Raises ``InvalidInput`` and ``NotFound``."""
    checked = _payment(payment)
    supplier = await lock_supplier(tx, supplier_code)
    if (await payments_by_supplier(tx, [supplier.id])).get(supplier.id) == checked:
        return supplier
    values = [getattr(checked, name) for name in SupplierPaymentRecord.__slots__]
    await tx.raw.execute(_WRITE_PAYMENT, tx.tenant_id, supplier.id, *values)
    await emit(tx, SupplierUpdated(aggregate_id=supplier.id, supplier=supplier))
    return supplier


def _contact(given: SupplierContactRecord, path: tuple[str, ...]) -> SupplierContactRecord:
    try:
        contact = SupplierContactRecord(
            name=line_of(given.name, name="name"),
            role=_line(given.role, "role", ROLE_LENGTH_MAX),
            email=_line(given.email, "email", EMAIL_LENGTH_MAX),
            phone=_line(given.phone, "phone", PHONE_LENGTH_MAX),
        )
        if contact.email is not None and EMAIL_FORM.fullmatch(contact.email) is None:
            raise InvalidInput(f"{contact.email!r} is not an address such as orders@example.com.", path=("email",))
    except InvalidInput as refusal:
        raise refusal.at(*path) from None
    return contact


def _payment(given: SupplierPaymentRecord) -> SupplierPaymentRecord:
    checked = replace(
        given,
        tax_pin=_line(given.tax_pin, "tax_pin", ACCOUNT_LENGTH_MAX),
        mpesa_phone=_line(given.mpesa_phone, "mpesa_phone", PHONE_LENGTH_MAX),
        mpesa_business_name=_line(given.mpesa_business_name, "mpesa_business_name", ROLE_LENGTH_MAX),
        bank_name=_line(given.bank_name, "bank_name", ROLE_LENGTH_MAX),
        bank_account_number=_line(given.bank_account_number, "bank_account_number", ACCOUNT_LENGTH_MAX),
        paystack_recipient_code=_line(given.paystack_recipient_code, "paystack_recipient_code", ACCOUNT_LENGTH_MAX),
    )
    if checked.tax_pin is not None and _TAX_PIN_FORM.fullmatch(checked.tax_pin) is None:
        raise InvalidInput("A tax PIN has 4 to 20 letters, digits and '-'.", path=("tax_pin",))
    if checked.mpesa_phone is not None and _MPESA_FORM.fullmatch(checked.mpesa_phone.replace(" ", "")) is None:
        raise InvalidInput("A phone of M-Pesa has 9 to 15 digits, such as +254700000000.", path=("mpesa_phone",))
    needed = _NEEDED.get(checked.method)
    if needed is not None and getattr(checked, needed) is None:
        raise InvalidInput(f"Nobody can be paid by {checked.method} without it.", path=(needed,))
    return checked


def _line(text: str | None, name: str, length_max: int) -> str | None:
    """The line, None for nothing."""
    return line_of(text, name=name, length_max=length_max) if text is not None and text.strip() else None
