"""Locations: the zones, aisles, shelves and bins of a warehouse, as a tree whose paths sort as a picker walks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypeAlias, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import AlreadyExists, InvalidInput, InvalidTransition, LimitExceeded, NotFound
from inventory_graph.identity.texts import code_of, line_of
from inventory_graph.masterdata.place_events import LocationArchived, LocationCreated, LocationUpdated
from inventory_graph.masterdata.places import Location, Warehouse
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.masterdata.warehouses import HasStock, WarehouseInactive
from inventory_graph.outbox import emit
from inventory_graph.pages import TOTAL_COUNT_MAX, Page

LocationType: TypeAlias = Literal["ZONE", "AISLE", "SHELF", "BIN"]
LocationKey: TypeAlias = tuple[UUID, str]
"""(warehouse_id, code)"""
LocationPageKey: TypeAlias = tuple[UUID, int, str | None]
"""(warehouse_id, first, the path after which the page begins)"""

NESTING: Sequence[str] = ("ZONE", "AISLE", "SHELF", "BIN")
"""From the outside inwards: a location lies in one of a type further left; types may be skipped."""
LOCATIONS_MAX = 50_000


class LocationInactive(InvalidTransition):
    """The location is archived."""


class LocationHasStock(InvalidTransition):
    """Something lies at the location."""


class LocationHasParts(InvalidTransition):
    """The location has others within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRecord:
    """A location. ``path`` joins the codes from the outermost to its own by '/'."""

    id: UUID
    warehouse_id: UUID
    parent_id: UUID | None
    code: str
    name: str
    type: str
    path: str
    is_active: bool


class LocationChanges(TypedDict, total=False):
    """What ``update_location`` may change; what is left out stays. ``parent_code`` of None takes it out of its parent."""

    name: str
    parent_code: str | None
    is_active: bool


_COLUMNS = tuple(getattr(Location, field.name) for field in fields(LocationRecord))

_PAGE = """
SELECT wanted.position, place.id, place.warehouse_id, place.parent_id, place.code, place.name, place.type, place.path,
  place.is_active
FROM unnest($2::uuid[], $3::int[], $4::text[]) WITH ORDINALITY AS wanted(warehouse_id, many, after, position)
CROSS JOIN LATERAL (
  SELECT * FROM locations
  WHERE tenant_id = $1 AND warehouse_id = wanted.warehouse_id AND path > wanted.after COLLATE "C"
  ORDER BY path LIMIT wanted.many
) AS place
ORDER BY wanted.position, place.path
"""

_COUNT = """
SELECT wanted.warehouse_id, (
  SELECT count(*) FROM (
    SELECT 1 FROM locations WHERE tenant_id = $1 AND warehouse_id = wanted.warehouse_id LIMIT $3
  ) AS bounded
) AS count
FROM unnest($2::uuid[]) AS wanted(warehouse_id)
"""

_BY_CODE = """
SELECT place.id, place.warehouse_id, place.parent_id, place.code, place.name, place.type, place.path, place.is_active
FROM unnest($2::uuid[], $3::text[]) AS wanted(warehouse_id, code)
JOIN locations AS place
  ON place.tenant_id = $1 AND place.warehouse_id = wanted.warehouse_id AND place.code = wanted.code
"""

_MOVE_PARTS = """
UPDATE locations SET path = $4 || substr(path, length($3) + 1)
WHERE tenant_id = $1 AND warehouse_id = $2 AND starts_with(path, $3 || '/')
"""


def _location(record: Record) -> LocationRecord:
    return LocationRecord(**{name: record[name] for name in LocationRecord.__slots__})


async def locations_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, LocationRecord]:
    """The locations with these ids, archived ones included."""
    found = await tx.rows(select(*_COLUMNS).where(Location.tenant_id == tx.tenant_id, any_of(Location.id, keys)))
    return {record["id"]: _location(record) for record in found}


async def locations_by_code(tx: Transaction, keys: Sequence[LocationKey]) -> Mapping[LocationKey, LocationRecord]:
    """The locations with these codes in these warehouses, archived ones included."""
    named = [key for key in keys if is_storable(key[1])]
    found = await tx.raw.fetch(
        _BY_CODE, tx.tenant_id, [warehouse for warehouse, _ in named], [code for _, code in named]
    )
    return {(record["warehouse_id"], record["code"]): _location(record) for record in found}


async def location_pages(
    tx: Transaction, keys: Sequence[LocationPageKey]
) -> Mapping[LocationPageKey, Page[LocationRecord]]:
    """For each key a page of the warehouse's locations by path; the keyset position is (path,)."""
    found = await tx.raw.fetch(
        _PAGE,
        tx.tenant_id,
        [warehouse_id for warehouse_id, _, _ in keys],
        [first + 1 for _, first, _ in keys],
        [after or "" for _, _, after in keys],
    )
    rows: dict[LocationPageKey, list[LocationRecord]] = {key: [] for key in keys}
    for record in found:
        rows[keys[record["position"] - 1]].append(_location(record))
    return {
        key: Page(places[: key[1]], [(place.path,) for place in places[: key[1]]], has_next=len(places) > key[1])
        for key, places in rows.items()
    }


async def location_counts(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many locations each warehouse has, exact up to 10,000; a warehouse with more is left out."""
    found = await tx.raw.fetch(_COUNT, tx.tenant_id, list(keys), TOTAL_COUNT_MAX + 1)
    return {record["warehouse_id"]: record["count"] for record in found if record["count"] <= TOTAL_COUNT_MAX}


async def create_location(
    tx: Transaction,
    *,
    warehouse_id: UUID,
    code: str,
    name: str,
    type: LocationType,  # noqa: A002 - the column's name
    parent_code: str | None = None,
) -> LocationRecord:
    """Add a location to a warehouse, within the parent of that code or, without one, directly.

    Raises ``InvalidInput``, ``NotFound``, ``AlreadyExists``, ``WarehouseInactive``, ``LocationInactive``,
    ``LimitExceeded``, ``Forbidden``.
    """
    code, name = code_of(code), line_of(name, name="name")
    await _lock_warehouse(tx, warehouse_id)
    parent = await _parent(tx, warehouse_id, parent_code, type)
    counted = select(func.count()).select_from(Location)
    count: int = await tx.value(
        counted.where(Location.tenant_id == tx.tenant_id, Location.warehouse_id == warehouse_id)
    )
    if count >= LOCATIONS_MAX:
        raise LimitExceeded(f"A warehouse has at most {LOCATIONS_MAX} locations, and there are {count}.")
    location = LocationRecord(
        id=uuid4(),
        warehouse_id=warehouse_id,
        parent_id=parent.id if parent is not None else None,
        code=code,
        name=name,
        type=type,
        path=_path(parent, code),
        is_active=True,
    )
    written = await tx.value(
        insert(Location)
        .values(tenant_id=tx.tenant_id, **asdict(location))
        .on_conflict_do_nothing()
        .returning(Location.id)
    )
    if written is None:
        raise AlreadyExists(f"The warehouse has a location with the code {code!r} already.", path=("code",))
    await emit(tx, LocationCreated(aggregate_id=location.id, location=location))
    return location


async def update_location(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    **changes: Unpack[LocationChanges],
) -> LocationRecord:
    """Rename a location, move it into another parent of the same warehouse with all that is within it, or open it again.

    Raises ``InvalidInput``, ``NotFound``, ``LocationInactive``, ``WarehouseInactive``, ``Forbidden``.
    """
    before = await _lock(tx, id)
    if changes.get("is_active") is False and before.is_active:
        raise InvalidInput(
            "Archive a location with archiveLocation, which looks whether it is empty.", path=("is_active",)
        )
    given: dict[str, Any] = dict(changes)
    if "name" in changes:
        given["name"] = line_of(changes["name"], name="name")
    if "parent_code" in changes:
        parent = await _parent(tx, before.warehouse_id, given.pop("parent_code"), before.type)
        given |= {"parent_id": parent.id if parent is not None else None, "path": _path(parent, before.code)}
    after = replace(before, **given)
    if after == before:
        return before
    await _refuse_closed_parent(tx, after)
    await _write(tx, before, after)
    await emit(tx, LocationUpdated(aggregate_id=id, location=after))
    return after


async def archive_location(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    has_stock: HasStock,
) -> LocationRecord:
    """Close an empty location whose parts are closed; archiving it again changes nothing. ``has_stock`` is asked while its
    row is locked. Raises ``NotFound``, ``LocationHasParts``, ``LocationHasStock``, ``Forbidden``."""
    before = await _lock(tx, id)
    if not before.is_active:
        return before
    part: str | None = await tx.value(
        select(Location.code)
        .where(
            Location.tenant_id == tx.tenant_id,
            Location.warehouse_id == before.warehouse_id,
            Location.parent_id == id,
            Location.is_active,
        )
        .order_by(Location.code)
        .limit(1)
    )
    if part is not None:
        raise LocationHasParts(f"{before.code} still has {part} within it. Archive or move what is within it first.")
    if await has_stock(id):
        raise LocationHasStock(f"Stock lies at {before.code}. Move it to another location first.")
    after = replace(before, is_active=False)
    await _write(tx, before, after)
    await emit(tx, LocationArchived(aggregate_id=id, location=after))
    return after


async def _lock_warehouse(tx: Transaction, warehouse_id: UUID) -> None:
    """Let one transaction at a time change the warehouse's tree; raises ``NotFound``, ``WarehouseInactive``."""
    record = await tx.row(
        select(Warehouse.code, Warehouse.outlet_id, Warehouse.is_active)
        .where(Warehouse.tenant_id == tx.tenant_id, Warehouse.id == warehouse_id)
        .with_for_update(key_share=True)
    )
    if record is None:
        raise NotFound(f"There is no warehouse with the id {warehouse_id}.", path=("warehouse",))
    tx.actor.require_outlet(record["outlet_id"])
    if not record["is_active"]:
        raise WarehouseInactive(f"The warehouse {record['code']} is archived.", path=("warehouse",))


async def _lock(tx: Transaction, location_id: UUID) -> LocationRecord:
    """Lock the tree and the row: the tree against moves, the row against stock that is put there for the first time."""
    known = (await locations_by_id(tx, [location_id])).get(location_id)
    if known is not None:
        await _lock_warehouse(tx, known.warehouse_id)
    record = await tx.row(
        select(*_COLUMNS).where(Location.tenant_id == tx.tenant_id, Location.id == location_id).with_for_update()
    )
    if record is None:
        raise NotFound(f"There is no location with the id {location_id}.", path=("id",))
    return _location(record)


async def _parent(
    tx: Transaction, warehouse_id: UUID, parent_code: str | None, type_within: str
) -> LocationRecord | None:
    if parent_code is None:
        return None
    parent = (await locations_by_code(tx, [(warehouse_id, parent_code)])).get((warehouse_id, parent_code))
    if parent is None:
        raise NotFound(f"The warehouse has no location with the code {parent_code[:80]!r}.", path=("parent_code",))
    if NESTING.index(type_within) <= NESTING.index(parent.type):
        raise InvalidInput(
            f"A {type_within} cannot lie in a {parent.type}: from the outside inwards it is {', '.join(NESTING)}.",
            path=("parent_code",),
        )
    if not parent.is_active:
        raise LocationInactive(f"The location {parent_code} is archived. Open it again first.", path=("parent_code",))
    return parent


async def _refuse_closed_parent(tx: Transaction, after: LocationRecord) -> None:
    if after.parent_id is None or not after.is_active:
        return
    parent = (await locations_by_id(tx, [after.parent_id]))[after.parent_id]
    if not parent.is_active:
        raise LocationInactive(
            f"{after.code} lies in {parent.code}, which is archived. Open that first.", path=("is_active",)
        )


async def _write(tx: Transaction, before: LocationRecord, after: LocationRecord) -> None:
    await tx.run(
        update(Location)
        .where(Location.tenant_id == tx.tenant_id, Location.id == after.id)
        .values(parent_id=after.parent_id, name=after.name, path=after.path, is_active=after.is_active)
    )
    if after.path != before.path:
        await tx.raw.execute(_MOVE_PARTS, tx.tenant_id, after.warehouse_id, before.path, after.path)


def _path(parent: LocationRecord | None, code: str) -> str:
    return code if parent is None else f"{parent.path}/{code}"
