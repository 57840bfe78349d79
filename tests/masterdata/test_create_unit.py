"""Adding a unit of one's own."""

import asyncio
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from inventory_graph.db import Transaction
from inventory_graph.errors import AlreadyExists, InvalidInput, NotFound, Refusal
from inventory_graph.masterdata.records import unit_id
from inventory_graph.masterdata.units import (
    STANDARD_UNITS,
    UnitRecord,
    all_units,
    create_standard_units,
    create_unit,
    unit_by_name,
    units_by_code,
    units_by_name,
)
from tests.emitted import assert_nothing_emitted, emitted
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase


async def given_unit(tenant: GivenTenant, **fields: Any) -> UnitRecord:
    values: dict[str, Any] = {"code": "CRATE", "name": "Crate", "abbreviation": "crt", "dimension": "COUNT", **fields}
    return await tenant.database.write(tenant.actor, lambda tx: create_unit(tx, **values))


async def units_of(tenant: GivenTenant) -> list[UnitRecord]:
    async with tenant.database.read(tenant.actor) as tx:
        return await all_units(tx)


async def test_keeps_what_it_was_given(tenant: GivenTenant) -> None:
    """The factor stays the fraction it was: a rounded one would make conversions drift."""
    made = await given_unit(
        tenant, code="gallon", name="Gallon", abbreviation="gal", dimension="VOLUME", factor=Fraction(454609, 100)
    )
    assert made == UnitRecord("GALLON", "Gallon", "gal", "VOLUME", Fraction(454609, 100), is_whole=False)
    assert made in await units_of(tenant)
    (event,) = await emitted(tenant)
    assert (event.type, event.aggregate_id) == ("inventory.unit.created", unit_id(tenant.id, "GALLON"))
    assert event.payload == {
        "id": str(unit_id(tenant.id, "GALLON")),
        "code": "GALLON",
        "name": "Gallon",
        "abbreviation": "gal",
        "dimension": "VOLUME",
        "factor": "454609/100",
        "is_whole": False,
    }


async def test_may_only_count(tenant: GivenTenant) -> None:
    """A crate holds what the item says it holds: it has no factor of its own."""
    made = await given_unit(tenant, is_whole=True)
    assert (made.factor, made.is_whole, made.base_code) == (None, True, "CRATE")


@pytest.mark.parametrize(
    ("fields", "error", "path"),
    [
        ({"code": "kg"}, AlreadyExists, ("code",)),
        ({"abbreviation": "KG"}, AlreadyExists, ("abbreviation",)),
        ({"name": "kilogram"}, AlreadyExists, ("name",)),
        ({"name": "Pc"}, AlreadyExists, ("name",)),
        ({"code": "1ST"}, InvalidInput, ("code",)),
        ({"code": "CR-ATE"}, InvalidInput, ("code",)),
        ({"code": ""}, InvalidInput, ("code",)),
        ({"code": "C" * 33}, InvalidInput, ("code",)),
        ({"name": "a\0b"}, InvalidInput, ("name",)),
        ({"abbreviation": "x" * 17}, InvalidInput, ("abbreviation",)),
        ({"dimension": "LUCK"}, InvalidInput, ("dimension",)),
        ({"dimension": "MASS"}, InvalidInput, ("base_quantity",)),
        ({"dimension": "MASS", "factor": Fraction(0)}, InvalidInput, ("base_quantity",)),
        ({"dimension": "MASS", "factor": Fraction(2**63)}, InvalidInput, ("base_quantity",)),
        ({"dimension": "MASS", "factor": Fraction(1, 2**63)}, InvalidInput, ("base_quantity",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, fields: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """A name that two units go by in some case would make requests ambiguous; a measure without a factor could not convert."""
    with pytest.raises(error) as refused:
        await given_unit(tenant, **fields)
    assert refused.value.path == path
    assert {unit.code for unit in await units_of(tenant)} == {unit.code for unit in STANDARD_UNITS}
    await assert_nothing_emitted(tenant)


async def test_lets_one_of_two_at_once_win(tenant: GivenTenant) -> None:
    """Two people adding the same unit under different codes must not both succeed: their names would clash."""
    made = await asyncio.gather(
        given_unit(tenant, code="CRATE", name="Crate"),
        given_unit(tenant, code="CASE", name="Case"),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in made) == ["AlreadyExists", "UnitRecord"]
    assert len(await units_of(tenant)) == len(STANDARD_UNITS) + 1


async def test_standard_units_come_once(tenant: GivenTenant) -> None:
    """A tenant that has them already, and units of its own, loses and doubles nothing."""
    await given_unit(tenant)
    await tenant.database.write(tenant.actor, create_standard_units)
    assert len(await units_of(tenant)) == len(STANDARD_UNITS) + 1


async def test_is_found_by_its_names(tenant: GivenTenant) -> None:
    """Batches answer what is known and leave out the rest; a verb says which names there are."""
    async with tenant.database.read(tenant.actor) as tx:
        assert (await units_by_code(tx, ["KG", "NONE"])).keys() == {"KG"}
        named = await units_by_name(tx, ["litre", "PC", "nothing\0"])
        assert {name: unit.code for name, unit in named.items()} == {"litre": "LITRE", "PC": "PIECE"}
        with pytest.raises(NotFound, match="the units are BAG, BOTTLE, BOWL") as refused:
            await unit_by_name(tx, "furlong", path=("lines", "0", "unit"))
    assert refused.value.path == ("lines", "0", "unit")


async def test_belongs_to_its_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Another tenant neither sees the unit nor is kept from its name."""
    await given_unit(tenant)
    other = await given_tenant(database)

    async def look(tx: Transaction) -> bool:
        return "CRATE" in await units_by_code(tx, ["CRATE"])

    async with database.read(other.actor) as tx:
        assert not await look(tx)
    assert (await given_unit(other, name=f"Crate {uuid4().hex[:4]}")).code == "CRATE"
