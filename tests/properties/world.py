"""A small world for random commands: few balances, so that commands meet, and every kind of good."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Protocol
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.stock.commands import BalanceKey, balance_id
from inventory_graph.stock.removal import DEFAULT_STRATEGY
from inventory_graph.stock.state import Balance, State, Stockable

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""Before every time at which a command is posted, after every time at which one says that it happened."""
FAR_OFF = date(2150, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A variant and what its item says. ``strategy`` None leaves it to the tracking."""

    sku: str
    tracking: str = "NONE"
    strategy: str | None = None
    allow_negative: bool = False
    type: str = "GOODS"
    status: str = "ACTIVE"
    takes_lots: bool = False
    is_bulk: bool = False
    variants: int = 1
    unit: str = "KG"


GOODS = (
    Good(sku="FLOUR", strategy="FIFO"),
    Good(sku="MILK", strategy="LIFO"),
    Good(sku="SUGAR", strategy="NEAREST"),
    Good(sku="TEA"),
    Good(sku="SODA", strategy="FIFO", allow_negative=True),
    Good(sku="JUICE", strategy="NEAREST", allow_negative=True),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True, variants=2),
    Good(sku="CHEESE", tracking="LOT", strategy="FIFO", takes_lots=True),
    Good(sku="BREAD", tracking="LOT", strategy="LIFO", takes_lots=True, allow_negative=True),
    Good(sku="HAM", tracking="LOT", strategy="NEAREST", takes_lots=True),
    Good(sku="PHONE", tracking="SERIAL", variants=2),
    Good(sku="RADIO", tracking="SERIAL", takes_lots=True),
    Good(sku="GRAVEL", is_bulk=True),
    Good(sku="DEBT", is_bulk=True, allow_negative=True),
    Good(sku="MASSAGE", type="SERVICE"),
    Good(sku="FOSSIL", status="ARCHIVED"),
)

WAREHOUSE_CODES = ("NORTH", "SOUTH")
# The order of the paths is not the order in which they were made.
LOCATION_PATHS = ("M/3", "A/1", "Z/9")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One balance to be: a variant in a warehouse, with the good it is of."""

    good: Good
    item_id: UUID
    variant_id: UUID
    variant_sku: str
    warehouse_id: UUID

    @property
    def key(self) -> BalanceKey:
        return self.variant_id, self.warehouse_id


class Shelving(Protocol):
    """Where balances are, as the naive book must know it."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every balance there may be."""

    def paths(self) -> dict[UUID, str]:
        """The path of every location."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Items with their variants, warehouses with their locations; all ids follow from the seed."""

    tenant_id: UUID
    warehouses: tuple[UUID, ...]
    locations: dict[UUID, dict[UUID, str]]
    places: tuple[Place, ...]

    @classmethod
    def of(cls, random: Random, goods: tuple[Good, ...] = GOODS) -> "World":
        warehouses = tuple(_id(random) for _ in WAREHOUSE_CODES)
        places = []
        for good in goods:
            item_id = _id(random)
            for number in range(good.variants):
                variant_id = _id(random)
                sku = good.sku if good.variants == 1 else f"{good.sku}-{number}"
                places += [
                    Place(good=good, item_id=item_id, variant_id=variant_id, variant_sku=sku, warehouse_id=warehouse_id)
                    for warehouse_id in warehouses
                ]
        return cls(
            tenant_id=_id(random),
            warehouses=warehouses,
            locations={warehouse: {_id(random): path for path in LOCATION_PATHS} for warehouse in warehouses},
            places=tuple(places),
        )

    def paths(self) -> dict[UUID, str]:
        """The path of every location."""
        return {place: path for paths in self.locations.values() for place, path in paths.items()}

    def state(self) -> State:
        """The book's memory with every balance untouched."""
        return State(
            balances={place.key: self.balance(place) for place in self.places},
            location_paths=self.paths(),
        )

    def balance(self, place: Place) -> Balance:
        """An untouched balance."""
        good = place.good
        stockable = Stockable(
            variant_id=place.variant_id,
            variant_sku=place.variant_sku,
            item_id=place.item_id,
            item_sku=good.sku,
            item_name=good.sku.title(),
            unit_code=good.unit,
            tracking=good.tracking,
            strategy=good.strategy or DEFAULT_STRATEGY[good.tracking],
            warehouse_id=place.warehouse_id,
            outlet_id=None,
            allow_negative=good.allow_negative,
            holds_stock=good.type != "SERVICE",
            is_active=good.status != "ARCHIVED",
        )
        return Balance(id=balance_id(*place.key), stockable=stockable, updated_at=BEGINNING)


def lot_dates(code: str) -> tuple[date, date]:
    """The dates a lot of this code has in this world: manufactured and expires. Not in the order of the codes. Some expired before
    everything that happens; no other expires before whatever day it is that the tests run."""
    number = sum(code.encode()) * 7 % 11
    manufactured_on = BEGINNING.date() - timedelta(days=60 + number)
    day = (number * 5) % 13
    return manufactured_on, (BEGINNING.date() - timedelta(days=20) if day < 5 else FAR_OFF) + timedelta(days=day)


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128))


async def register(tx: Transaction, world: World) -> None:
    """Write the world's master data into the tenant of the transaction, as rows: the verbs would choose ids of their own."""
    tenant = tx.tenant_id
    for code, warehouse_id in zip(WAREHOUSE_CODES, world.warehouses, strict=True):
        await tx.raw.execute(
            "INSERT INTO warehouses (tenant_id, id, code, name, timezone) VALUES ($1, $2, $3, $3, 'UTC')",
            tenant, warehouse_id, code,
        )  # fmt: skip
        for location_id, path in world.locations[warehouse_id].items():
            await tx.raw.execute(
                "INSERT INTO locations (tenant_id, id, warehouse_id, code, name, type, path)"
                " VALUES ($1, $2, $3, $4, $4, 'BIN', $4)",
                tenant, location_id, warehouse_id, path,
            )  # fmt: skip
    for item_id, places in _by_item(world):
        good = places[0].good
        await tx.raw.execute(
            "INSERT INTO items (tenant_id, id, sku, name, type, status, tracking, unit_code, allow_negative,"
            " removal_strategy) VALUES ($1, $2, $3, $4, $5, $6, $7, 'KG', $8, $9)",
            tenant, item_id, good.sku, good.sku.title(), good.type, good.status, good.tracking, good.allow_negative,
            good.strategy,
        )  # fmt: skip
        variants = {place.variant_id: place.variant_sku for place in places}
        for position, (variant_id, sku) in enumerate(variants.items()):
            await tx.raw.execute(
                "INSERT INTO variants (tenant_id, id, item_id, sku, name, position) VALUES ($1, $2, $3, $4, $4, $5)",
                tenant, variant_id, item_id, sku, position,
            )  # fmt: skip


def _by_item(world: World) -> Iterator[tuple[UUID, list[Place]]]:
    items: dict[UUID, list[Place]] = {}
    for place in world.places:
        items.setdefault(place.item_id, []).append(place)
    yield from items.items()
