"""Adding a supplier."""

from typing import Any

import pytest

from inventory_graph.errors import AlreadyExists, InvalidInput
from inventory_graph.masterdata.suppliers import (
    SupplierRecord,
    create_supplier,
    supplier_count,
    supplier_page,
    suppliers_by_code,
    update_supplier,
)
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant


async def all_suppliers(tenant: GivenTenant) -> list[SupplierRecord]:
    async with tenant.database.read(tenant.actor) as tx:
        return list((await supplier_page(tx, first=100)).records)


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """Without a currency of its own it bills in the tenant's."""
    made = await given_supplier(
        tenant,
        code="DAIRY",
        name="Busia Dairy",
        email="orders@dairy.example",
        phone="+254 700 000000",
        payment_terms_days=30,
    )
    assert (made.code, made.name, made.email, made.phone) == (
        "DAIRY",
        "Busia Dairy",
        "orders@dairy.example",
        "+254 700 000000",
    )
    assert (made.currency, made.payment_terms_days, made.is_active) == ("KES", 30, True)
    assert await all_suppliers(tenant) == [made]
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id, event.payload["code"]) == ("inventory.supplier.created", made.id, "DAIRY")


async def test_refuses_a_code_that_is_taken(tenant: GivenTenant) -> None:
    """The first stays as it was."""
    first = await given_supplier(tenant, code="DAIRY", name="First")
    await forget_emitted(tenant)
    with pytest.raises(AlreadyExists, match="'DAIRY'") as caught:
        await given_supplier(tenant, code="DAIRY", name="Second")
    assert caught.value.path == ("code",)
    assert await all_suppliers(tenant) == [first]
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "two words"),
        ("name", ""),
        ("email", "not an address"),
        ("phone", "1" * 41),
        ("currency", "kes"),
        ("currency", "SHILLING"),
        ("payment_terms_days", -1),
        ("payment_terms_days", 3_651),
    ],
)
async def test_refuses_a_field_that_is_not_valid(tenant: GivenTenant, field: str, value: object) -> None:
    """The path names the field."""
    fields: dict[str, Any] = {"code": "FINE", "name": "Fine"} | {field: value}
    with pytest.raises(InvalidInput) as caught:
        await tenant.database.write(tenant.actor, lambda tx: create_supplier(tx, **fields))
    assert caught.value.path == (field,)
    assert await all_suppliers(tenant) == []
    await assert_nothing_emitted(tenant)


async def test_pages_by_code(tenant: GivenTenant) -> None:
    """Pages neither skip nor repeat, and the filter holds for the count as well."""
    for code in ("C", "A", "D", "B"):
        await given_supplier(tenant, code=code)
    await tenant.database.write(tenant.actor, lambda tx: update_supplier(tx, code="B", is_active=False))
    async with tenant.database.read(tenant.actor) as tx:
        first = await supplier_page(tx, first=2)
        second = await supplier_page(tx, first=2, after=first.positions[-1][0])
        active = await supplier_page(tx, first=10, is_active=True)
        counts = [await supplier_count(tx), await supplier_count(tx, is_active=False)]
        found = await suppliers_by_code(tx, ["A", "nobody", "nul\0"])
    assert ([each.code for each in first.records], first.has_next) == (["A", "B"], True)
    assert ([each.code for each in second.records], second.has_next) == (["C", "D"], False)
    assert [each.code for each in active.records] == ["A", "C", "D"]
    assert counts == [4, 1]
    assert set(found) == {"A"}
