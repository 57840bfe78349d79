"""Warehouses: the places that keep balances. A tenant has one default; an outlet has one warehouse."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import AlreadyExists, InvalidInput, InvalidTransition, LimitExceeded, NotFound
from inventory_graph.identity.records import OutletRecord
from inventory_graph.identity.tenants import lock_tenant, outlets_by_id
from inventory_graph.identity.texts import code_of, line_of, timezone_of
from inventory_graph.masterdata.coordinates import Coordinates
from inventory_graph.masterdata.place_events import WarehouseArchived, WarehouseCreated, WarehouseUpdated
from inventory_graph.masterdata.places import Warehouse
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.outbox import Event, emit_all

WarehouseType: TypeAlias = Literal["OUTLET", "KITCHEN", "WAREHOUSE", "DARK_STORE", "TRANSIT"]
HasStock: TypeAlias = Callable[[UUID], Awaitable[bool]]
"""Whether the place with this id has stock or holds. Stock stands to the right of this domain, so its answer is handed in."""

WAREHOUSES_MAX = 1_000
PRIORITY_MAX = 1_000_000
ADDRESS_LENGTH_MAX = 500


class WarehouseInactive(InvalidTransition):
    """The warehouse is archived."""


class WarehouseHasStock(InvalidTransition):
    """The warehouse has stock or holds."""


class DefaultWarehouseNeeded(InvalidTransition):
    """A tenant needs a default warehouse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseRecord:
    """A warehouse. ``priority``: the lower, the earlier it is asked; ``allow_negative``: None leaves it to the tenant."""

    id: UUID
    code: str
    name: str
    type: str
    outlet_id: UUID | None
    timezone: str
    is_default: bool
    is_active: bool
    priority: int
    allow_negative: bool | None
    address: str | None
    latitude: Decimal | None
    longitude: Decimal | None
    created_at: datetime

    @property
    def coordinates(self) -> Coordinates | None:
        """Where it is, None when that is not known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Coordinates(latitude=self.latitude, longitude=self.longitude)


class WarehouseChanges(TypedDict, total=False):
    """What ``update_warehouse`` may change; what is left out stays."""

    name: str
    type: WarehouseType
    timezone: str
    is_default: bool
    is_active: bool
    priority: int
    allow_negative: bool | None
    address: str | None
    coordinates: Coordinates | None


_COLUMNS = tuple(getattr(Warehouse, field.name) for field in fields(WarehouseRecord))


def _warehouse(record: Record) -> WarehouseRecord:
    return WarehouseRecord(**dict(record))


async def warehouses_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, WarehouseRecord]:
    """The warehouses with these ids, archived ones included."""
    found = await tx.rows(select(*_COLUMNS).where(Warehouse.tenant_id == tx.tenant_id, any_of(Warehouse.id, keys)))
    return {record["id"]: _warehouse(record) for record in found}


async def warehouses_by_code(tx: Transaction, keys: Sequence[str]) -> Mapping[str, WarehouseRecord]:
    """The warehouses with these codes, archived ones included."""
    codes = [key for key in keys if is_storable(key)]
    found = await tx.rows(select(*_COLUMNS).where(Warehouse.tenant_id == tx.tenant_id, any_of(Warehouse.code, codes)))
    return {record["code"]: _warehouse(record) for record in found}


async def warehouses_by_outlet(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, WarehouseRecord]:
    """The one warehouse of each of these outlets, by outlet id."""
    found = await tx.rows(
        select(*_COLUMNS).where(Warehouse.tenant_id == tx.tenant_id, any_of(Warehouse.outlet_id, keys))
    )
    return {record["outlet_id"]: _warehouse(record) for record in found}


async def all_warehouses(tx: Transaction) -> list[WarehouseRecord]:
    """Every warehouse of the tenant (at most 1,000), archived ones included: the default first, then by code."""
    found = await tx.rows(
        select(*_COLUMNS)
        .where(Warehouse.tenant_id == tx.tenant_id)
        .order_by(Warehouse.is_default.desc(), Warehouse.code)
    )
    return [_warehouse(record) for record in found]


async def default_warehouse(tx: Transaction) -> WarehouseRecord | None:
    """The tenant's default warehouse, None before there is any."""
    record = await tx.row(select(*_COLUMNS).where(Warehouse.tenant_id == tx.tenant_id, Warehouse.is_default))
    return _warehouse(record) if record is not None else None


async def warehouse_of(
    tx: Transaction,
    *,
    id: UUID | None = None,  # noqa: A002 - the key's name
    code: str | None = None,
    outlet_id: UUID | None = None,
    path: tuple[str, ...] = ("warehouse",),
    also_archived: bool = False,
) -> WarehouseRecord:
    """The warehouse of the one key given, the tenant's default without a key, for a verb that acts there.

    Raises ``InvalidInput`` for two keys, ``NotFound``, and ``WarehouseInactive`` unless an archived one will do too; each at
    ``path`` and the key's name.
    """
    given = {name: key for name, key in (("id", id), ("code", code), ("outlet_id", outlet_id)) if key is not None}
    if len(given) > 1:
        raise InvalidInput(f"Name the warehouse by one key, not by {' and '.join(given)}.", path=path)
    place = (*path, *given)
    found: WarehouseRecord | None
    if id is not None:
        found = (await warehouses_by_id(tx, [id])).get(id)
        missing = f"There is no warehouse with the id {id}."
    elif code is not None:
        found = (await warehouses_by_code(tx, [code])).get(code)
        missing = f"There is no warehouse with the code {code[:80]!r}. The query `warehouses` lists them."
    elif outlet_id is not None:
        found = (await warehouses_by_outlet(tx, [outlet_id])).get(outlet_id)
        missing = f"There is no outlet with the id {outlet_id}, or it has no warehouse here."
    else:
        found = await default_warehouse(tx)
        missing = "There is no default warehouse yet. Create a warehouse, or name one."
    if found is None:
        raise NotFound(missing, path=place)
    if not found.is_active and not also_archived:
        raise WarehouseInactive(
            f"The warehouse {found.code} is archived. Open it again with updateWarehouse, or name another.", path=place
        )
    return found


async def create_warehouse(
    tx: Transaction,
    *,
    code: str,
    name: str,
    type: WarehouseType = "WAREHOUSE",  # noqa: A002 - the column's name
    outlet_id: UUID | None = None,
    timezone: str | None = None,
    is_default: bool = False,
    priority: int = 100,
    allow_negative: bool | None = None,
    address: str | None = None,
    coordinates: Coordinates | None = None,
) -> WarehouseRecord:
    """Add a warehouse. The first of a tenant becomes its default; with ``is_default`` it takes the place of the old one.

    Without a time zone it keeps the tenant's. Raises ``InvalidInput``, ``NotFound`` (outlet), ``AlreadyExists``,
    ``LimitExceeded``, ``Forbidden``.
    """
    tx.actor.require_outlet(outlet_id)
    tenant = await lock_tenant(tx)
    outlet = await _outlet_or_refuse(tx, outlet_id) if outlet_id is not None else None
    warehouse = WarehouseRecord(
        id=uuid4(),
        code=code_of(code),
        name=line_of(name, name="name"),
        type=type,
        outlet_id=outlet.id if outlet is not None else None,
        timezone=timezone_of(timezone) if timezone is not None else tenant.timezone,
        is_default=is_default,
        is_active=True,
        priority=_priority_of(priority),
        allow_negative=allow_negative,
        address=_address_of(address),
        **_degrees_of(coordinates),
        created_at=tenant.created_at,
    )
    return await insert_warehouse(tx, warehouse)


async def update_warehouse(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    **changes: Unpack[WarehouseChanges],
) -> WarehouseRecord:
    """Change a warehouse; what is left out stays. ``is_default=True`` takes the default from the old one,
    ``is_active=True`` opens an archived one again.

    Raises ``InvalidInput``, ``NotFound``, ``Forbidden``, ``WarehouseInactive``, ``DefaultWarehouseNeeded``.
    """
    await lock_tenant(tx)
    before = await _lock(tx, id)
    if changes.get("is_active") is False and before.is_active:
        raise InvalidInput(
            "Archive a warehouse with archiveWarehouse, which looks whether it is empty.", path=("is_active",)
        )
    if changes.get("is_default") is False and before.is_default:
        raise DefaultWarehouseNeeded(
            f"{before.code} is the default, and a tenant needs one. Make another warehouse the default instead.",
            path=("is_default",),
        )
    after = replace(before, **_checked(changes))
    if after.is_default and not after.is_active:
        raise WarehouseInactive(
            f"The warehouse {before.code} is archived and cannot become the default. Set isActive as well.",
            path=("is_default",),
        )
    return await replace_warehouse(tx, before=before, after=after)


async def archive_warehouse(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    has_stock: HasStock,
) -> WarehouseRecord:
    """Close an empty warehouse; archiving it again changes nothing. ``has_stock`` is asked while its row is locked.

    Raises ``NotFound``, ``Forbidden``, ``DefaultWarehouseNeeded``, ``WarehouseHasStock``.
    """
    await lock_tenant(tx)
    before = await _lock(tx, id)
    if not before.is_active:
        return before
    if before.is_default:
        raise DefaultWarehouseNeeded(
            f"{before.code} is the default warehouse and cannot be archived. Make another the default first.",
            path=("warehouse",),
        )
    if await has_stock(id):
        raise WarehouseHasStock(
            f"The warehouse {before.code} still has stock or holds, or a transfer is under way. Move or adjust its"
            " stock to zero first, and receive or cancel the transfer.",
            path=("warehouse",),
        )
    return await replace_warehouse(tx, before=before, after=replace(before, is_active=False))


async def insert_warehouse(tx: Transaction, warehouse: WarehouseRecord) -> WarehouseRecord:
    """Write a new warehouse while the tenant is locked; the first becomes the default whatever it says.

    Raises ``AlreadyExists`` and ``LimitExceeded``.
    """
    count: int = await tx.value(select(func.count()).select_from(Warehouse).where(Warehouse.tenant_id == tx.tenant_id))
    if count >= WAREHOUSES_MAX:
        raise LimitExceeded(f"A tenant has at most {WAREHOUSES_MAX} warehouses, and there are {count}.")
    warehouse = replace(warehouse, is_default=warehouse.is_default or await default_warehouse(tx) is None)
    demoted = await _demote_others(tx, warehouse)
    record = await tx.row(
        insert(Warehouse).values(**_values(tx, warehouse)).on_conflict_do_nothing().returning(*_COLUMNS)
    )
    if record is None:
        if warehouse.code in await warehouses_by_code(tx, [warehouse.code]):
            raise AlreadyExists(f"There is a warehouse with the code {warehouse.code!r} already.", path=("code",))
        raise AlreadyExists("The outlet has a warehouse already; an outlet has one.", path=("outlet_id",))
    created = _warehouse(record)
    await emit_all(tx, [*demoted, WarehouseCreated(aggregate_id=created.id, warehouse=created)])
    return created


async def replace_warehouse(tx: Transaction, *, before: WarehouseRecord, after: WarehouseRecord) -> WarehouseRecord:
    """Write what differs while the tenant is locked, with its event; nothing when nothing differs."""
    if after == before:
        return before
    demoted = await _demote_others(tx, after)
    await tx.run(
        update(Warehouse)
        .where(Warehouse.tenant_id == tx.tenant_id, Warehouse.id == after.id)
        .values(**_values(tx, after))
    )
    kind = WarehouseArchived if before.is_active and not after.is_active else WarehouseUpdated
    await emit_all(tx, [*demoted, kind(aggregate_id=after.id, warehouse=after)])
    return after


async def _demote_others(tx: Transaction, warehouse: WarehouseRecord) -> list[Event]:
    if not warehouse.is_default:
        return []
    demoted = await tx.rows(
        update(Warehouse)
        .where(Warehouse.tenant_id == tx.tenant_id, Warehouse.is_default, Warehouse.id != warehouse.id)
        .values(is_default=False)
        .returning(*_COLUMNS)
    )
    return [WarehouseUpdated(aggregate_id=record["id"], warehouse=_warehouse(record)) for record in demoted]


def _values(tx: Transaction, warehouse: WarehouseRecord) -> dict[str, Any]:
    values = asdict(warehouse)
    del values["created_at"]
    return {"tenant_id": tx.tenant_id, **values}


async def _lock(tx: Transaction, warehouse_id: UUID) -> WarehouseRecord:
    record = await tx.row(
        select(*_COLUMNS)
        .where(Warehouse.tenant_id == tx.tenant_id, Warehouse.id == warehouse_id)
        .with_for_update(of=Warehouse)
    )
    if record is None:
        raise NotFound(f"There is no warehouse with the id {warehouse_id}.", path=("warehouse",))
    warehouse = _warehouse(record)
    tx.actor.require_outlet(warehouse.outlet_id)
    return warehouse


async def _outlet_or_refuse(tx: Transaction, outlet_id: UUID) -> OutletRecord:
    outlet = (await outlets_by_id(tx, [outlet_id])).get(outlet_id)
    if outlet is None:
        raise NotFound(
            f"There is no outlet with the id {outlet_id}. Add it with createOutlet, which brings its warehouse.",
            path=("outlet_id",),
        )
    return outlet


def _checked(changes: WarehouseChanges) -> dict[str, Any]:
    checked: dict[str, Any] = dict(changes)
    if "name" in changes:
        checked["name"] = line_of(changes["name"], name="name")
    if "timezone" in changes:
        checked["timezone"] = timezone_of(changes["timezone"])
    if "priority" in changes:
        checked["priority"] = _priority_of(changes["priority"])
    if "address" in changes:
        checked["address"] = _address_of(changes["address"])
    if "coordinates" in changes:
        checked |= _degrees_of(checked.pop("coordinates"))
    return checked


def _degrees_of(coordinates: Coordinates | None) -> dict[str, Decimal | None]:
    if coordinates is None:
        return {"latitude": None, "longitude": None}
    return {"latitude": coordinates.latitude, "longitude": coordinates.longitude}


def _priority_of(priority: int) -> int:
    if not 0 <= priority <= PRIORITY_MAX:
        raise InvalidInput(
            f"priority is {priority}; it must be 0 to {PRIORITY_MAX}, lower is asked earlier.", path=("priority",)
        )
    return priority


def _address_of(address: str | None) -> str | None:
    if address is None or not address.strip():
        return None
    return line_of(address, name="address", length_max=ADDRESS_LENGTH_MAX)
