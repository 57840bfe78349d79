"""Suppliers: who the tenant buys from. What they sell is in ``supplier_items``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import AlreadyExists, InvalidInput, InvalidTransition, NotFound
from inventory_graph.identity.tenants import tenant_by_id
from inventory_graph.identity.texts import code_of, line_of
from inventory_graph.masterdata.place_events import SupplierCreated, SupplierUpdated
from inventory_graph.masterdata.places import Supplier
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.outbox import emit
from inventory_graph.pages import Page, page_of, total_count

DAYS_MAX = 3_650
PHONE_LENGTH_MAX = 40
EMAIL_LENGTH_MAX = 254
_CURRENCY_FORM = re.compile(r"[A-Z]{3}", re.ASCII)
EMAIL_FORM = re.compile(r"[^@\s]+@[^@\s]+")


class SupplierInactive(InvalidTransition):
    """The supplier is archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierRecord:
    """Someone the tenant buys from, by default in ``currency``."""

    id: UUID
    code: str
    name: str
    email: str | None
    phone: str | None
    currency: str
    payment_terms_days: int | None
    is_active: bool
    created_at: datetime


class SupplierChanges(TypedDict, total=False):
    """What ``update_supplier`` may change; what is left out stays."""

    name: str
    email: str | None
    phone: str | None
    currency: str
    payment_terms_days: int | None
    is_active: bool


_COLUMNS = tuple(getattr(Supplier, field.name) for field in fields(SupplierRecord))


def _supplier(record: Record) -> SupplierRecord:
    return SupplierRecord(**dict(record))


async def suppliers_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, SupplierRecord]:
    """The suppliers with these ids, archived ones included."""
    found = await tx.rows(select(*_COLUMNS).where(Supplier.tenant_id == tx.tenant_id, any_of(Supplier.id, keys)))
    return {record["id"]: _supplier(record) for record in found}


async def suppliers_by_code(tx: Transaction, keys: Sequence[str]) -> Mapping[str, SupplierRecord]:
    """The suppliers with these codes, archived ones included."""
    codes = [key for key in keys if is_storable(key)]
    found = await tx.rows(select(*_COLUMNS).where(Supplier.tenant_id == tx.tenant_id, any_of(Supplier.code, codes)))
    return {record["code"]: _supplier(record) for record in found}


async def supplier_page(
    tx: Transaction, *, first: int, after: str | None = None, is_active: bool | None = None
) -> Page[SupplierRecord]:
    """A page of suppliers by code; the keyset position is (code,). ``is_active`` narrows it."""
    statement = _suppliers(tx, is_active).order_by(Supplier.code).limit(first + 1)
    if after is not None:
        statement = statement.where(Supplier.code > after)
    return page_of(await tx.rows(statement), first=first, row=_supplier, position=lambda record: (record["code"],))


async def supplier_count(tx: Transaction, *, is_active: bool | None = None) -> int | None:
    """How many suppliers there are: exact up to 10,000, None beyond."""
    return await total_count(tx, _suppliers(tx, is_active))


async def create_supplier(
    tx: Transaction,
    *,
    code: str,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    currency: str | None = None,
    payment_terms_days: int | None = None,
) -> SupplierRecord:
    """Add a supplier, who sells in the tenant's currency unless another is named.

    Raises ``InvalidInput`` and ``AlreadyExists``.
    """
    if currency is None:
        tenant = await tenant_by_id(tx, id=tx.tenant_id)
        if tenant is None:
            raise NotFound(f"There is no tenant with the id {tx.tenant_id}.")
        currency = tenant.currency
    given = _checked(
        {"name": name, "email": email, "phone": phone, "currency": currency, "payment_terms_days": payment_terms_days}
    )
    record = await tx.row(
        insert(Supplier)
        .values(tenant_id=tx.tenant_id, id=uuid4(), code=code_of(code), **given)
        .on_conflict_do_nothing()
        .returning(*_COLUMNS)
    )
    if record is None:
        raise AlreadyExists(f"There is a supplier with the code {code!r} already.", path=("code",))
    supplier = _supplier(record)
    await emit(tx, SupplierCreated(aggregate_id=supplier.id, supplier=supplier))
    return supplier


async def update_supplier(tx: Transaction, *, code: str, **changes: Unpack[SupplierChanges]) -> SupplierRecord:
    """Change a supplier; what is left out stays, ``is_active=False`` archives. Prices stay in the currency they are in.

    Raises ``InvalidInput`` and ``NotFound``.
    """
    before = await lock_supplier(tx, code)
    after = replace(before, **_checked(dict(changes)))
    if after == before:
        return before
    values = asdict(after)
    for fixed in ("id", "code", "created_at"):
        del values[fixed]
    await tx.run(update(Supplier).where(Supplier.tenant_id == tx.tenant_id, Supplier.id == after.id).values(**values))
    await emit(tx, SupplierUpdated(aggregate_id=after.id, supplier=after))
    return after


async def active_supplier(tx: Transaction, *, code: str, path: tuple[str, ...]) -> SupplierRecord:
    """The supplier that a caller buys from; raises ``NotFound`` and ``SupplierInactive`` at the path."""
    found = (await suppliers_by_code(tx, [code])).get(code)
    if found is None:
        raise NotFound(f"There is no supplier with the code {code[:80]!r}.", path=path)
    if not found.is_active:
        raise SupplierInactive(
            f"The supplier {found.code} is archived. Make it active again with updateSupplier first.", path=path
        )
    return found


def checked_currency(currency: str, *, path: tuple[str, ...] = ("currency",)) -> str:
    """The currency by its three capital letters of ISO 4217; raises ``InvalidInput``."""
    if _CURRENCY_FORM.fullmatch(currency) is None:
        raise InvalidInput(
            f"The currency is {currency[:80]!r}; give three capital letters of ISO 4217, such as KES.", path=path
        )
    return currency


def _suppliers(tx: Transaction, is_active: bool | None) -> Select[Any]:
    statement = select(*_COLUMNS).where(Supplier.tenant_id == tx.tenant_id)
    return statement if is_active is None else statement.where(Supplier.is_active.is_(is_active))


async def lock_supplier(tx: Transaction, code: str) -> SupplierRecord:
    """The supplier, whom nobody else changes until the transaction ends; raises ``NotFound``."""
    statement = select(*_COLUMNS).where(Supplier.tenant_id == tx.tenant_id, Supplier.code == code)
    record = await tx.row(statement.with_for_update(key_share=True)) if is_storable(code) else None
    if record is None:
        raise NotFound(f"There is no supplier with the code {code[:80]!r}.", path=("supplier_code",))
    return _supplier(record)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    checked = dict(given)
    if "name" in given:
        checked["name"] = line_of(given["name"], name="name")
    if given.get("email") is not None:
        checked["email"] = line_of(given["email"], name="email", length_max=EMAIL_LENGTH_MAX)
        if EMAIL_FORM.fullmatch(checked["email"]) is None:
            raise InvalidInput(f"{checked['email']!r} is not an address such as orders@example.com.", path=("email",))
    if given.get("phone") is not None:
        checked["phone"] = line_of(given["phone"], name="phone", length_max=PHONE_LENGTH_MAX)
    if "currency" in given:
        checked["currency"] = checked_currency(given["currency"])
    days = given.get("payment_terms_days")
    if days is not None and not 0 <= days <= DAYS_MAX:
        raise InvalidInput(
            f"The payment terms are {days} days; they must be 0 to {DAYS_MAX}.", path=("payment_terms_days",)
        )
    return checked
