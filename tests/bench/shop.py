"""A tenant to measure on: so many variants with stock, written set-based."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.identity.permissions import PERMISSIONS
from inventory_graph.identity.tenants import create_tenant
from inventory_graph.masterdata.item_creation import create_items
from inventory_graph.masterdata.item_values import NewItem
from inventory_graph.masterdata.outlets import register_outlet
from inventory_graph.masterdata.units import create_standard_units
from inventory_graph.stock.commands import Command, Receive
from inventory_graph.stock.posting import post

BATCH = 500


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with its warehouse and variants, in the order of their SKUs."""

    actor: Actor
    warehouse_id: UUID
    variant_ids: list[UUID]
    skus: list[str]


async def open_shop(database: Database, *, variants: int, quantity: int = 1_000_000) -> Shop:
    """Make a tenant whose variants each have the quantity on hand."""
    tenant_id = uuid4()
    slug = f"bench-{tenant_id.hex[:12]}"
    actor = Actor(tenant_id=tenant_id, tenant_slug=slug, subject="bench", permissions=PERMISSIONS)

    async def build(tx: Transaction) -> tuple[UUID, list[UUID], list[str]]:
        await create_tenant(tx, slug=slug, name="Bench")
        await create_standard_units(tx)
        made = await register_outlet(tx, id=uuid4(), code="MAIN", name="Main", is_hq=True)
        ids: list[UUID] = []
        skus = [f"SKU-{number:06d}" for number in range(variants)]
        for start in range(0, variants, BATCH):
            batch = skus[start : start + BATCH]
            created = await create_items(
                tx, items=[NewItem(sku=sku, name=f"Article {sku}", unit="PIECE") for sku in batch]
            )
            ids += [each.variants[0].id for each in created]
            await post(
                tx,
                [
                    Command(
                        id=uuid4(),
                        lines=(
                            Receive(
                                variant_id=each.variants[0].id,
                                warehouse_id=made.warehouse.id,
                                quantity=Decimal(quantity),
                            ),
                        ),
                        recorded_by="bench",
                    )
                    for each in created
                ],
            )
        return made.warehouse.id, ids, skus

    warehouse_id, ids, skus = await database.write(actor, build)
    return Shop(actor=actor, warehouse_id=warehouse_id, variant_ids=ids, skus=skus)
