"""Random postings, many to a transaction: the alerts are the crossings that a plain program counts."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import pytest

from inventory_graph.db import Database, Transaction
from inventory_graph.errors import Refusal
from inventory_graph.identity.alert_settings import ALERT_KINDS
from inventory_graph.identity.tenants import update_tenant
from inventory_graph.stock.commands import Adjust, Command, Line, Receive, SetOnHand
from inventory_graph.stock.levels import set_stock_levels
from inventory_graph.stock.posting import post
from tests.alerts.asked import alerts_about
from tests.given.items import given_item, variant_of_sku
from tests.given.tenants import GivenTenant, given_tenant
from tests.given.warehouses import given_warehouse

TRANSACTIONS = 150
COMMANDS_MAX = 6
SKUS = ("A", "B", "DEBT")


@dataclass(slots=True)
class Shelf:
    """What the plain program knows of one balance: whole numbers, and the words for what was told of it."""

    variant_id: UUID
    warehouse_id: UUID
    may_be_negative: bool
    available: int = 0
    point: int | None = None
    told: list[tuple[str, int]] = field(default_factory=list)

    def tell(self, before: int) -> None:
        """What a whole transaction has made of so much before."""
        if before > 0 >= self.available:
            self.told.append(("out", self.available))
        elif before <= 0 < self.available:
            self.told.append(("in", self.available))
        elif self.point is not None and before > self.point >= self.available > 0:
            self.told.append(("low", self.available))

    def plan(self, point: int | None) -> None:
        """The reorder point set anew."""
        was = self.point is not None and self.available <= self.point
        self.point = point
        if not was and point is not None and 0 < self.available <= point:
            self.told.append(("low", self.available))


def command(random: Random, shelf: Shelf) -> tuple[Command, int]:
    """Something to post to the shelf, and what would be on it then."""
    many = random.randint(1, 5)
    line: Line
    match random.randrange(3):
        case 0:
            line = Receive(variant_id=shelf.variant_id, warehouse_id=shelf.warehouse_id, quantity=Decimal(many))
            after = shelf.available + many
        case 1:
            line = SetOnHand(variant_id=shelf.variant_id, warehouse_id=shelf.warehouse_id, quantity=Decimal(many - 1))
            after = many - 1
        case _:
            delta = random.choice((-many, -many, -1, many))
            line = Adjust(variant_id=shelf.variant_id, warehouse_id=shelf.warehouse_id, delta=Decimal(delta))
            after = shelf.available + delta
    return Command(id=uuid4(), lines=(line,), recorded_by="user-count"), after


async def given_shelves(tenant: GivenTenant) -> list[Shelf]:
    """Three articles in two warehouses; one of them may be owed."""
    await tenant.database.write(tenant.actor, lambda tx: update_tenant(tx, alerts=ALERT_KINDS))
    store = await given_warehouse(tenant, code="STORE")
    shelves = []
    for sku in SKUS:
        await given_item(tenant, sku=sku, allow_negative=sku == "DEBT")
        variant = await variant_of_sku(tenant, sku)
        shelves += [
            Shelf(variant.id, warehouse_id, may_be_negative=sku == "DEBT")
            for warehouse_id in (tenant.warehouse_id, store.id)
        ]
    return shelves


async def post_some(tenant: GivenTenant, random: Random, shelves: list[Shelf]) -> None:
    """Some commands in one transaction; those that would take what is not there are refused and leave the others alone."""
    before = [shelf.available for shelf in shelves]
    commands, refused = [], []
    for _ in range(random.randint(1, COMMANDS_MAX)):
        shelf = random.choice(shelves)
        new, after = command(random, shelf)
        commands.append(new)
        refused.append(after < 0 and not shelf.may_be_negative)
        shelf.available = shelf.available if refused[-1] else after
    outcomes = await tenant.database.write(tenant.actor, lambda tx: post(tx, commands))
    assert [isinstance(outcome, Refusal) for outcome in outcomes] == refused
    for shelf, available in zip(shelves, before, strict=True):
        shelf.tell(available)


async def plan_one(tenant: GivenTenant, random: Random, shelf: Shelf) -> None:
    point = random.choice((None, 0, 1, 2, 3, 5, 8))
    shelf.plan(point)

    async def change(tx: Transaction) -> None:
        await set_stock_levels(
            tx,
            variant_id=shelf.variant_id,
            warehouse_id=shelf.warehouse_id,
            reorder_point=Decimal(point) if point is not None else None,
            safety_stock=Decimal(0),
        )

    await tenant.database.write(tenant.actor, change)


@pytest.mark.parametrize("seed", range(3))
async def test_alerts_are_the_crossings_of_whole_transactions(database: Database, seed: int) -> None:
    """Never one too many, never one too few, in their order, whatever happens in between within one transaction."""
    random = Random(f"alerts {seed}")
    tenant = await given_tenant(database)
    shelves = await given_shelves(tenant)
    for _ in range(TRANSACTIONS):
        if random.random() < 0.2:
            await plan_one(tenant, random, random.choice(shelves))
        else:
            await post_some(tenant, random, shelves)
    told: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for event in await alerts_about(tenant):
        place = (event.payload["variant_id"], event.payload["warehouse_id"])
        told.setdefault(place, []).append((event.type.rpartition(".")[2], int(event.payload["available"])))
    assert told == {(str(shelf.variant_id), str(shelf.warehouse_id)): shelf.told for shelf in shelves}
    kinds = [kind for shelf in shelves for kind, _ in shelf.told]
    assert min(kinds.count(kind) for kind in ("low", "out", "in")) >= 10
