"""A small shop for random requests: few goods in three warehouses, and dishes and a kit that share them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import NamedTuple
from uuid import UUID

from inventory_graph.actor import Actor
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.masterdata.coordinates import Coordinates
from inventory_graph.masterdata.recipe_explosion import Bill, Part
from inventory_graph.masterdata.units import STANDARD_UNITS
from inventory_graph.masterdata.warehouses import WarehouseRecord
from inventory_graph.reservations.naming import DEFAULT, Names
from inventory_graph.reservations.sites import SiteRow, Sites
from inventory_graph.stock.commands import BalanceKey, balance_id
from inventory_graph.stock.removal import DEFAULT_STRATEGY
from inventory_graph.stock.resolution import Article
from inventory_graph.stock.service import Place as NamedPlace
from inventory_graph.stock.state import Balance, Stockable
from tests.properties.world import Good, Place

OPENING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When a shop opens where no clock says otherwise; every request comes later."""

GOODS = (
    Good(sku="FLOUR", strategy="FIFO"),
    Good(sku="MILK", strategy="LIFO"),
    Good(sku="SUGAR", strategy="NEAREST"),
    Good(sku="CUP", unit="PIECE"),
    Good(sku="SODA", unit="PIECE", strategy="FIFO", allow_negative=True),
    Good(sku="SYRUP", strategy="NEAREST", allow_negative=True),
    Good(sku="YOGHURT", unit="PIECE", tracking="LOT", takes_lots=True),
    Good(sku="CHEESE", tracking="LOT", strategy="FIFO", takes_lots=True, allow_negative=True),
    Good(sku="PHONE", unit="PIECE", tracking="SERIAL"),
    Good(sku="RADIO", unit="PIECE", tracking="SERIAL", takes_lots=True),
    Good(sku="FOSSIL", unit="PIECE", status="ARCHIVED"),
)
SERVICE = Good(sku="MASSAGE", unit="PIECE", type="SERVICE")


class Ingredient(NamedTuple):
    """A line of a dish: so much of it for the whole output, before waste."""

    sku: str
    quantity: str
    waste_percent: str = "0"
    is_optional: bool = False


class Dish(NamedTuple):
    """What is made of others: the output in pieces and the lines of each version, the older first."""

    sku: str
    type: str
    output: str
    versions: tuple[tuple[Ingredient, ...], ...]
    yield_percent: str = "100"


DISHES = (
    Dish(
        "LATTE", "RECIPE", "1",
        (
            (Ingredient("CUP", "1"), Ingredient("MILK", "0.3")),
            (Ingredient("CUP", "1"), Ingredient("MILK", "0.25", "5"), Ingredient("SUGAR", "0.01", is_optional=True)),
        ),
    ),
    Dish("PANCAKE", "RECIPE", "7", ((Ingredient("FLOUR", "1"), Ingredient("MILK", "0.5", "10")),), "95"),
    Dish("MOCHA", "RECIPE", "1", ((Ingredient("LATTE", "1"), Ingredient("SYRUP", "0.03", "10")),)),
    Dish(
        "PARFAIT", "RECIPE", "1",
        ((Ingredient("YOGHURT", "1"), Ingredient("CHEESE", "0.2"), Ingredient("PANCAKE", "1", is_optional=True)),),
    ),
    Dish("HAMPER", "KIT", "1", ((Ingredient("PHONE", "1"), Ingredient("CUP", "2"), Ingredient("YOGHURT", "1")),)),
)  # fmt: skip
HOURS_AHEAD = {"NORTH": 0, "SOUTH": 3, "STORE": -5}
ZONES = {"NORTH": "UTC", "SOUTH": "Africa/Nairobi", "STORE": "America/Bogota"}
"""None of them ever changes its clocks."""
PRIORITIES = {"NORTH": 2, "SOUTH": 1, "STORE": 2}
CLOSED = "CLOSED"
"""The code of a warehouse that is archived."""
# The order of the paths is not the order in which they were made.
LOCATION_PATHS = ("M/3", "A/1")
STRATEGIES = ("COVERING", "PRIORITY", "NEAREST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What may be asked for, by its ids."""

    sku: str
    type: str
    tracking: str
    unit: str
    item_id: UUID
    variant_id: UUID

    @property
    def is_whole(self) -> bool:
        """Whether it is counted in pieces."""
        return self.unit == "PIECE"

    @property
    def is_archived(self) -> bool:
        """Whether it is not sold any more."""
        return self.sku == "FOSSIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Variants, warehouses with their locations, callers; all ids follow from the seed."""

    opening: datetime
    tenant_id: UUID
    warehouses: Mapping[str, UUID]
    outlets: Mapping[str, UUID | None]
    longitudes: Mapping[str, int | None]
    locations: Mapping[UUID, Mapping[UUID, str]]
    variants: Mapping[str, Variant]
    places: tuple[Place, ...]
    strategy: str
    may_split: bool
    callers: Mapping[str, Actor]
    cold_goods: tuple[Good, ...] = ()

    @classmethod
    def of(cls, random: Random, *, opening: datetime = OPENING, cold: int = 0) -> "Shop":
        """A shop with ids of its own, a way of finding warehouses and distances, and so many more goods that few ask for."""
        cold_goods = tuple(Good(sku=f"COLD-{number}", unit="PIECE") for number in range(cold))
        tenant_id = _id(random)
        warehouses = {code: _id(random) for code in (*HOURS_AHEAD, CLOSED)}
        outlets = {code: _id(random) if code in ("NORTH", "SOUTH") else None for code in warehouses}
        variants = {
            sku: Variant(sku=sku, type=type_, tracking=tracking, unit=unit, item_id=_id(random), variant_id=_id(random))
            for sku, type_, tracking, unit in (
                *((good.sku, good.type, good.tracking, good.unit) for good in (*GOODS, SERVICE, *cold_goods)),
                *((dish.sku, dish.type, "NONE", "PIECE") for dish in DISHES),
            )
        }
        return cls(
            opening=opening,
            tenant_id=tenant_id,
            warehouses=warehouses,
            outlets=outlets,
            longitudes=dict(zip(HOURS_AHEAD, random.sample((0, 2, 5, 9, None), len(HOURS_AHEAD)), strict=True)),
            locations={warehouses[code]: {_id(random): path for path in LOCATION_PATHS} for code in HOURS_AHEAD},
            variants=variants,
            places=tuple(
                Place(
                    good=good, item_id=variants[good.sku].item_id, variant_id=variants[good.sku].variant_id,
                    variant_sku=good.sku, warehouse_id=warehouses[code],
                )
                for good in (*GOODS, *cold_goods)
                for code in HOURS_AHEAD
            ),
            strategy=random.choice(STRATEGIES),
            may_split=random.choice((False, True)),
            callers=_callers(tenant_id, outlets["NORTH"]),
            cold_goods=cold_goods,
        )  # fmt: skip

    @property
    def new_recipes(self) -> datetime:
        """Since when the second version of a dish is in force."""
        return self.opening - timedelta(hours=20)

    def paths(self) -> dict[UUID, str]:
        """The path of every location."""
        return {place: path for paths in self.locations.values() for place, path in paths.items()}

    def code_of(self, warehouse_id: UUID) -> str:
        """The code of a warehouse."""
        return next(code for code, known in self.warehouses.items() if known == warehouse_id)

    def coordinates(self, code: str) -> Coordinates | None:
        """Where a warehouse is; they all lie on the equator."""
        longitude = self.longitudes.get(code)
        return Coordinates(latitude=Decimal(0), longitude=Decimal(longitude)) if longitude is not None else None

    def balances(self) -> dict[BalanceKey, Balance]:
        """Every balance, untouched."""
        return {place.key: self._balance(place) for place in self.places}

    def _balance(self, place: Place) -> Balance:
        good, code = place.good, self.code_of(place.warehouse_id)
        stockable = Stockable(
            variant_id=place.variant_id, variant_sku=good.sku, item_id=place.item_id, item_sku=good.sku,
            item_name=good.sku.title(), unit_code=good.unit, tracking=good.tracking,
            strategy=good.strategy or DEFAULT_STRATEGY[good.tracking], warehouse_id=place.warehouse_id,
            outlet_id=self.outlets[code], allow_negative=good.allow_negative, timezone=ZONES[code],
            is_active=good.status == "ACTIVE",
        )  # fmt: skip
        return Balance(id=balance_id(*place.key), stockable=stockable, updated_at=self.opening)

    def bills(self, *, newest: bool) -> dict[UUID, Bill]:
        """The bills of all dishes in force, by item id."""
        return {
            self.variants[dish.sku].item_id: self._bill(dish, dish.versions[-1 if newest else 0]) for dish in DISHES
        }

    def _bill(self, dish: Dish, lines: tuple[Ingredient, ...]) -> Bill:
        made = Fraction(dish.output) * Fraction(dish.yield_percent) / 100
        item_id = self.variants[dish.sku].item_id
        return Bill(
            id=item_id, item_id=item_id, sku=dish.sku, version=1,
            parts=tuple(
                Part(
                    variant_id=self.variants[line.sku].variant_id, item_id=self.variants[line.sku].item_id, sku=line.sku,
                    quantity=Fraction(line.quantity) * (1 + Fraction(line.waste_percent) / 100) / made,
                    is_optional=line.is_optional, is_made=self.variants[line.sku].type in ("RECIPE", "KIT"),
                )
                for line in lines
            ),
        )  # fmt: skip


class Catalogue:
    """What the database would be asked for by the names in a request."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._bills = [shop.bills(newest=False), shop.bills(newest=True)]
        units = list(STANDARD_UNITS)
        articles = {
            sku: Article(
                variant_id=each.variant_id, sku=sku, item_id=each.item_id, item_type=each.type, tracking=each.tracking,
                shelf_life_days=None, stock_unit=next(unit for unit in units if unit.code == each.unit), units=units,
                bridges={}, is_active=sku != "FOSSIL",
            )
            for sku, each in shop.variants.items()
        }  # fmt: skip
        records = {code: _warehouse(shop, code) for code in shop.warehouses}
        places = {NamedPlace(code=code): record for code, record in records.items()}
        places |= {NamedPlace(id=record.id): record for record in records.values()}
        places |= {NamedPlace(outlet_id=each.outlet_id): each for each in records.values() if each.outlet_id}
        places[DEFAULT] = records["NORTH"]
        self._names = Names(
            articles=articles | {str(article.variant_id): article for article in articles.values()},
            bills={},
            warehouses=places,
            sites=Sites(
                strategy=shop.strategy,
                may_split=shop.may_split,
                rows=[
                    SiteRow(
                        warehouse_id=shop.warehouses[code], outlet_id=shop.outlets[code], priority=PRIORITIES[code],
                        coordinates=shop.coordinates(code),
                    )
                    for code in HOURS_AHEAD
                ],
            ),
        )  # fmt: skip

    def names(self, at: datetime | None) -> Names:
        """Everything there is, with the dishes as they were made at that time; None: as they are made now."""
        return replace(self._names, bills={at: self._bills[at is None or at >= self._shop.new_recipes]})


def _warehouse(shop: Shop, code: str) -> WarehouseRecord:
    return WarehouseRecord(
        id=shop.warehouses[code], code=code, name=code.title(), type="WAREHOUSE", outlet_id=shop.outlets[code],
        timezone=ZONES.get(code, "UTC"), is_default=code == "NORTH", is_active=code != CLOSED,
        priority=PRIORITIES.get(code, 9), allow_negative=None, address=None, latitude=None,
        longitude=None, created_at=shop.opening,
    )  # fmt: skip


def _callers(tenant_id: UUID, outlet_id: UUID | None) -> dict[str, Actor]:
    everything = STANDARD_ROLES["inventory_admin"]
    assert outlet_id is not None

    def caller(name: str, permissions: frozenset[str], outlet_ids: frozenset[UUID] | None = None) -> Actor:
        return Actor(
            tenant_id=tenant_id, tenant_slug="shop", subject=name, permissions=permissions, outlet_ids=outlet_ids
        )

    return {
        "web": caller("web", everything),
        "till": caller("till", everything),
        "clerk": caller("clerk", frozenset({"inventory.reservations.add", "inventory.consumptions.add"})),
        "shelver": caller("shelver", frozenset({"inventory.reservations.change"})),
        "bound": caller("bound", everything, frozenset({outlet_id})),
    }


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128))
