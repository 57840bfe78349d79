"""Changing a supplier: what is left out stays."""

import pytest

from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.masterdata.suppliers import suppliers_by_code, update_supplier
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant


async def test_changes_what_is_given_and_keeps_the_rest(tenant: GivenTenant) -> None:
    """None clears what may be empty; nothing else does."""
    before = await given_supplier(tenant, code="S", email="a@b.example", phone="1", payment_terms_days=7)
    await forget_emitted(tenant)
    after = await tenant.database.write(
        tenant.actor, lambda tx: update_supplier(tx, code="S", email=None, name="New", is_active=False)
    )
    assert (after.name, after.email, after.is_active) == ("New", None, False)
    assert (after.phone, after.payment_terms_days, after.currency) == ("1", 7, before.currency)
    (event,) = await emitted(tenant)
    assert (event.type, event.payload["is_active"]) == ("inventory.supplier.updated", False)


async def test_says_nothing_when_nothing_differs(tenant: GivenTenant) -> None:
    """An update that is sent again is no news."""
    before = await given_supplier(tenant, code="S", name="Same")
    await forget_emitted(tenant)
    assert await tenant.database.write(tenant.actor, lambda tx: update_supplier(tx, code="S", name="Same")) == before
    await assert_nothing_emitted(tenant)


async def test_refuses_what_is_not_valid(tenant: GivenTenant) -> None:
    """Of several changes none is made."""
    before = await given_supplier(tenant, code="S")
    await forget_emitted(tenant)
    with pytest.raises(InvalidInput) as caught:
        await tenant.database.write(tenant.actor, lambda tx: update_supplier(tx, code="S", name="New", currency="€"))
    assert caught.value.path == ("currency",)
    async with tenant.database.read(tenant.actor) as tx:
        assert (await suppliers_by_code(tx, ["S"]))["S"] == before
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize("code", ["NOBODY", "nul\0", "half\udc00"])
async def test_refuses_an_unknown_supplier(tenant: GivenTenant, code: str) -> None:
    """The path names the argument."""
    with pytest.raises(NotFound) as caught:
        await tenant.database.write(tenant.actor, lambda tx: update_supplier(tx, code=code, name="X"))
    assert caught.value.path == ("supplier_code",)
