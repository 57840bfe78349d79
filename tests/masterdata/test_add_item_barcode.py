"""Giving a variant a barcode, and taking it away."""

import asyncio
from fractions import Fraction
from typing import Any

import pytest

from inventory_graph.errors import (
    AlreadyExists,
    InvalidInput,
    ItemInactive,
    LimitExceeded,
    NotFound,
    Refusal,
    UnitMismatch,
)
from inventory_graph.masterdata.barcodes import BARCODES_MAX, barcodes_by_code, barcodes_by_variant
from inventory_graph.masterdata.items import archive_item
from inventory_graph.masterdata.records import BarcodeRecord, VariantRecord
from inventory_graph.masterdata.variants import add_barcode, remove_barcode
from inventory_graph.stock.queries import has_stock
from tests.emitted import assert_nothing_emitted, emitted, forget_emitted
from tests.given.items import given_item, given_unit_bridge, variant_of_sku
from tests.given.tenants import GivenTenant, given_tenant
from tests.statements import CountingDatabase

UPC = "036000291452"


async def added(tenant: GivenTenant, variant: VariantRecord, code: str, **fields: Any) -> BarcodeRecord:
    return await tenant.database.write(
        tenant.actor, lambda tx: add_barcode(tx, variant_id=variant.id, code=code, **fields)
    )


async def codes_of(tenant: GivenTenant, variant: VariantRecord) -> dict[str, str]:
    """Each code of the variant with its unit."""
    async with tenant.database.read(tenant.actor) as tx:
        return {each.code: each.unit_code for each in (await barcodes_by_variant(tx, [variant.id]))[variant.id]}


async def given_only_variant(tenant: GivenTenant, **fields: Any) -> VariantRecord:
    await given_item(tenant, sku="A-1", **fields)
    return await variant_of_sku(tenant, "A-1")


async def test_may_stand_for_another_unit(tenant: GivenTenant) -> None:
    """The code on a box counts twelve pieces; one on a dozen needs no bridge to do so."""
    item = await given_item(tenant, sku="A-1")
    variant = await variant_of_sku(tenant, "A-1")
    await given_unit_bridge(tenant, item, "BOX", "PIECE", Fraction(12))
    await forget_emitted(tenant)
    assert await added(tenant, variant, "14006381333938", unit="box") == BarcodeRecord(
        code="14006381333938", variant_id=variant.id, unit_code="BOX", symbology="GTIN14"
    )
    await added(tenant, variant, "DOZ-1", unit="doz")
    await added(tenant, variant, UPC)
    assert await codes_of(tenant, variant) == {"14006381333938": "BOX", "DOZ-1": "DOZEN", UPC: "PIECE"}
    types = [event.type for event in await emitted(tenant)]
    assert types == ["inventory.item.updated", "inventory.variant.updated"] * 3


async def test_once_more_changes_nothing(tenant: GivenTenant) -> None:
    """The same label scanned in again, in whichever of its forms."""
    variant = await given_only_variant(tenant, barcodes=[UPC])
    await forget_emitted(tenant)
    assert (await added(tenant, variant, f"0{UPC}")).code == UPC
    assert await codes_of(tenant, variant) == {UPC: "PIECE"}
    await assert_nothing_emitted(tenant)


@pytest.mark.parametrize(
    ("fields", "error", "path"),
    [
        ({"code": "TAKEN"}, AlreadyExists, ("code",)),
        ({"code": "4006381333930"}, InvalidInput, ("code",)),
        ({"code": ""}, InvalidInput, ("code",)),
        ({"code": "X", "symbology": "QR"}, InvalidInput, ("symbology",)),
        ({"code": "X", "unit": "furlong"}, NotFound, ("unit",)),
        ({"code": "X", "unit": "KG"}, UnitMismatch, ("unit",)),
        ({"code": "X", "unit": "BOX"}, UnitMismatch, ("unit",)),
    ],
)
async def test_refuses(
    tenant: GivenTenant, fields: dict[str, Any], error: type[Refusal], path: tuple[str, ...]
) -> None:
    """A code names one variant, and what one scan counts must convert to the stock unit."""
    variant = await given_only_variant(tenant)
    await given_item(tenant, barcodes=["TAKEN"])
    await forget_emitted(tenant)
    with pytest.raises(error) as refused:
        await added(tenant, variant, **fields)
    assert refused.value.path == path
    assert await codes_of(tenant, variant) == {}
    await assert_nothing_emitted(tenant)


async def test_names_one_variant_of_two_at_once(tenant: GivenTenant) -> None:
    """Two people stick the same label on two articles at the same moment."""
    first = await given_only_variant(tenant)
    await given_item(tenant, sku="B-1")
    second = await variant_of_sku(tenant, "B-1")
    outcomes = await asyncio.gather(added(tenant, first, UPC), added(tenant, second, f"0{UPC}"), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyExists", "BarcodeRecord"]


async def test_refuses_an_archived_item(tenant: GivenTenant) -> None:
    """What is out of use gets no new labels."""
    variant = await given_only_variant(tenant)
    await tenant.database.write(tenant.actor, lambda tx: archive_item(tx, item_id=variant.item_id, has_stock=has_stock))
    with pytest.raises(ItemInactive):
        await added(tenant, variant, "X")
    assert await codes_of(tenant, variant) == {}


async def test_has_an_end(tenant: GivenTenant) -> None:
    """More labels than anybody prints are some machine's mistake."""
    variant = await given_only_variant(tenant, barcodes=[f"B-{number}" for number in range(BARCODES_MAX)])
    with pytest.raises(LimitExceeded, match="at most 50"):
        await added(tenant, variant, "ONE-MORE")
    assert len(await codes_of(tenant, variant)) == BARCODES_MAX


async def test_can_be_taken_away(tenant: GivenTenant) -> None:
    """By any form of the code; the label is free again for another variant."""
    variant = await given_only_variant(tenant, barcodes=[UPC])
    await forget_emitted(tenant)
    removed = await tenant.database.write(tenant.actor, lambda tx: remove_barcode(tx, code=f"0{UPC}"))
    assert removed.id == variant.id
    assert await codes_of(tenant, variant) == {}
    assert [event.type for event in await emitted(tenant)] == ["inventory.item.updated", "inventory.variant.updated"]
    assert (await given_item(tenant, barcodes=[UPC])).sku


@pytest.mark.parametrize("code", ["nothing", "\0", ""])
async def test_refuses_to_take_away_what_is_not_there(tenant: GivenTenant, code: str) -> None:
    """A mistyped code must not pass for done."""
    variant = await given_only_variant(tenant, barcodes=[UPC])
    with pytest.raises(NotFound) as refused:
        await tenant.database.write(tenant.actor, lambda tx: remove_barcode(tx, code=code))
    assert refused.value.path == ("code",)
    assert await codes_of(tenant, variant) == {UPC: "PIECE"}


async def test_does_not_reach_another_tenant(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Another tenant neither finds nor removes it, and may use the same code."""
    variant = await given_only_variant(tenant, barcodes=[UPC])
    other = await given_tenant(database)
    with pytest.raises(NotFound):
        await other.database.write(other.actor, lambda tx: remove_barcode(tx, code=UPC))
    async with database.read(other.actor) as tx:
        assert await barcodes_by_code(tx, [UPC]) == {}
    await given_item(other, barcodes=[UPC])
    assert await codes_of(tenant, variant) == {UPC: "PIECE"}
