"""The stock side of an outlet: its one warehouse. The outlet itself belongs to the auth service and is mirrored."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import AlreadyExists
from inventory_graph.identity.records import OutletRecord
from inventory_graph.identity.tenants import create_outlet, lock_tenant, outlets_by_id, update_outlet
from inventory_graph.identity.texts import timezone_of
from inventory_graph.masterdata.warehouses import (
    WarehouseRecord,
    insert_warehouse,
    replace_warehouse,
    warehouses_by_code,
    warehouses_by_outlet,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredOutlet:
    """An outlet and its one warehouse."""

    outlet: OutletRecord
    warehouse: WarehouseRecord


async def register_outlet(
    tx: Transaction,
    *,
    id: UUID | None = None,  # noqa: A002 - the column's name
    code: str,
    name: str,
    address: str | None = None,
    use_case: str | None = None,
    is_hq: bool = False,
    timezone: str | None = None,
) -> RegisteredOutlet:
    """Add the outlet, or bring the one with this id up to date, together with its one warehouse.

    The warehouse bears the outlet's code in capitals; that of a headquarters becomes the tenant's default. A warehouse of
    that code which belongs to no outlet yet becomes the outlet's. Without a time zone a new warehouse keeps the tenant's
    and a known one its own. Safe to repeat. Raises ``InvalidInput``, ``AlreadyExists``, ``Forbidden``.
    """
    tx.actor.require_outlet(id)
    tenant = await lock_tenant(tx)
    zone = timezone_of(timezone) if timezone is not None else None
    if id is not None and id in await outlets_by_id(tx, [id]):
        # Empty text clears, for the caller states the outlet in full.
        outlet = await update_outlet(
            tx, id=id, code=code, name=name, address=address or "", use_case=use_case or "", is_hq=is_hq
        )
    else:
        outlet = await create_outlet(tx, id=id, code=code, name=name, address=address, use_case=use_case, is_hq=is_hq)
    known = await _warehouse_to_keep(tx, outlet)
    if known is None:
        warehouse = WarehouseRecord(
            id=uuid4(),
            code=outlet.code.upper(),
            name=outlet.name,
            type="OUTLET",
            outlet_id=outlet.id,
            timezone=zone or tenant.timezone,
            is_default=outlet.is_hq,
            is_active=True,
            priority=100,
            allow_negative=None,
            address=outlet.address,
            latitude=None,
            longitude=None,
            created_at=outlet.created_at,
        )
        return RegisteredOutlet(outlet=outlet, warehouse=await insert_warehouse(tx, warehouse))
    warehouse = replace(
        known,
        code=outlet.code.upper(),
        name=outlet.name,
        outlet_id=outlet.id,
        timezone=zone or known.timezone,
        address=outlet.address,
        # A tenant always has a default: an outlet that is no headquarters any more loses it when another gets it.
        is_default=known.is_default or (outlet.is_hq and known.is_active),
    )
    return RegisteredOutlet(outlet=outlet, warehouse=await replace_warehouse(tx, before=known, after=warehouse))


async def _warehouse_to_keep(tx: Transaction, outlet: OutletRecord) -> WarehouseRecord | None:
    """The outlet's own warehouse, else the one of its code that no outlet has; None when it needs a new one."""
    code = outlet.code.upper()
    own = (await warehouses_by_outlet(tx, [outlet.id])).get(outlet.id)
    namesake = (await warehouses_by_code(tx, [code])).get(code)
    if namesake is None or namesake == own:
        return own
    if own is not None or namesake.outlet_id is not None:
        raise AlreadyExists(
            f"There is another warehouse with the code {code} already; give the outlet another code.", path=("code",)
        )
    return namesake
