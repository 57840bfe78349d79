"""Saying how two units convert for one item."""

from decimal import Decimal
from fractions import Fraction

import pytest

from inventory_graph.errors import InvalidInput, ItemInactive, LimitExceeded, NotFound, Refusal
from inventory_graph.masterdata.item_reading import unit_bridges_by_item
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.records import ItemRecord
from inventory_graph.masterdata.unit_bridges import BRIDGES_MAX
from inventory_graph.masterdata.units import Bridges, create_unit, to_stock_unit, units_by_code
from inventory_graph.stock.queries import has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge, item_now
from tests.given.tenants import GivenTenant


async def bridges_of(tenant: GivenTenant, item: ItemRecord) -> Bridges:
    async with tenant.database.read(tenant.actor) as tx:
        return (await unit_bridges_by_item(tx, [item.id]))[item.id]


async def given_vessel(tenant: GivenTenant, code: str) -> None:
    """A unit that only counts."""
    await tenant.database.write(
        tenant.actor, lambda tx: create_unit(tx, code=code, name=code, abbreviation=code, dimension="COUNT")
    )


async def test_converts_from_then_on(tenant: GivenTenant) -> None:
    """A loaf is stocked in pieces and used by the slice."""
    loaf = await given_item(tenant)
    await forget_emitted(tenant)
    await given_unit_bridge(tenant, loaf, "slice", "pc", Fraction(1, 20))
    async with tenant.database.read(tenant.actor) as tx:
        units = await units_by_code(tx, ["SLICE", "PIECE"])
        bridges = (await unit_bridges_by_item(tx, [loaf.id]))[loaf.id]
    taken = to_stock_unit(Decimal(3), unit=units["SLICE"], stock_unit=units["PIECE"], bridges=bridges)
    assert taken == Decimal("0.15")
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.item.updated", loaf.id)
    assert (await item_now(tenant, loaf)).updated_at > loaf.updated_at


async def test_is_kept_in_base_units(tenant: GivenTenant) -> None:
    """Said in litres, it must serve millilitres and teaspoons as well."""
    bottle = await given_item(tenant)
    await given_unit_bridge(tenant, bottle, "LITRE", "PIECE", Fraction(4, 3))
    assert await bridges_of(tenant, bottle) == {("ML", "PIECE"): Fraction(1, 750)}


async def test_replaces_what_was_said_before_either_way_round(tenant: GivenTenant) -> None:
    """20 slices a loaf, then 16 pieces of bread the other way round: one bridge between two units."""
    loaf = await given_item(tenant)
    await given_unit_bridge(tenant, loaf, "SLICE", "PIECE", Fraction(1, 20))
    await given_unit_bridge(tenant, loaf, "PIECE", "SLICE", Fraction(16))
    assert await bridges_of(tenant, loaf) == {("PIECE", "SLICE"): Fraction(16)}


async def test_says_nothing_twice(tenant: GivenTenant) -> None:
    """The same bridge again, and one that follows from the others, change nothing and tell nobody."""
    box = await given_item(tenant, unit="BOX")
    await given_unit_bridge(tenant, box, "BOX", "PACK", Fraction(4))
    await given_unit_bridge(tenant, box, "PACK", "PIECE", Fraction(6))
    before = await bridges_of(tenant, box)
    await forget_emitted(tenant)
    await given_unit_bridge(tenant, box, "PACK", "PIECE", Fraction(6))
    await given_unit_bridge(tenant, box, "BOX", "PIECE", Fraction(24))
    assert await bridges_of(tenant, box) == before
    await assert_nothing_emitted(tenant)


async def test_refuses_to_contradict_other_bridges(tenant: GivenTenant) -> None:
    """With two ways between two units the result would depend on which is taken."""
    box = await given_item(tenant, unit="BOX")
    await given_unit_bridge(tenant, box, "BOX", "PACK", Fraction(4))
    await given_unit_bridge(tenant, box, "PACK", "PIECE", Fraction(6))
    before = await bridges_of(tenant, box)
    with pytest.raises(InvalidInput, match="one BOX is 24 PIECE, not 25"):
        await given_unit_bridge(tenant, box, "BOX", "PIECE", Fraction(25))
    assert await bridges_of(tenant, box) == before


@pytest.mark.parametrize(
    ("from_unit", "to_unit", "factor", "error", "path"),
    [
        ("KG", "GRAM", Fraction(1000), InvalidInput, ("to_unit",)),
        ("PIECE", "DOZEN", Fraction(1, 12), InvalidInput, ("to_unit",)),
        ("SLICE", "SLICE", Fraction(1), InvalidInput, ("to_unit",)),
        ("SLICE", "PIECE", Fraction(0), InvalidInput, ("from_unit",)),
        ("SLICE", "PIECE", Fraction(-1, 20), InvalidInput, ("from_unit",)),
        ("SLICE", "PIECE", Fraction(1, 2**63), InvalidInput, ("from_unit",)),
        ("CRUMB", "PIECE", Fraction(1), NotFound, ("from_unit",)),
        ("SLICE", "CRUMB", Fraction(1), NotFound, ("to_unit",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, from_unit: str, to_unit: str, factor: Fraction, error: type[Refusal], path: tuple[str, ...]
) -> None:
    """Units that convert for every item alike need no bridge, and a bridge must say something that can be kept exactly."""
    item = await given_item(tenant)
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await given_unit_bridge(tenant, item, from_unit, to_unit, factor)
    assert refused.value.path == path
    assert await bridges_of(tenant, item) == {}
    await assert_nothing_emitted(tenant)


async def test_refuses_an_archived_item(tenant: GivenTenant) -> None:
    """What is out of use does not change."""
    item = await given_item(tenant)
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=item.id, has_stock=has_stock))
    with pytest.raises(ItemInactive):
        await given_unit_bridge(tenant, item, "SLICE", "PIECE", Fraction(1, 20))
    assert await bridges_of(tenant, item) == {}


async def test_refuses_more_than_an_item_may_have(tenant: GivenTenant) -> None:
    """Every conversion walks the bridges, so there is an end to them."""
    item = await given_item(tenant)
    for number in range(BRIDGES_MAX + 1):
        await given_vessel(tenant, f"VESSEL_{number}")
    for number in range(BRIDGES_MAX):
        await given_unit_bridge(tenant, item, f"VESSEL_{number}", "PIECE", Fraction(2))
    with pytest.raises(LimitExceeded, match="at most 20"):
        await given_unit_bridge(tenant, item, f"VESSEL_{BRIDGES_MAX}", "PIECE", Fraction(2))
    assert len(await bridges_of(tenant, item)) == BRIDGES_MAX
