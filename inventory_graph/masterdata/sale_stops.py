"""Taking things off sale by hand, and putting them back.

A stop holds whatever the stock says, until it is lifted by hand or its time is up; a receipt never lifts it. What cannot be
sold because nothing is there is no stop: it is read from the stock, and comes back with it (docs/decisions/0015).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, or_, select, update

from inventory_graph.db import Record, Transaction, any_of
from inventory_graph.errors import InvalidInput, ItemInactive, LimitExceeded, NotFound
from inventory_graph.identity.tenants import outlets_by_id
from inventory_graph.identity.texts import code_of, line_of
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.items import lock_item, refuse_archived
from inventory_graph.masterdata.models import Item, Variant
from inventory_graph.masterdata.selling import SaleStop
from inventory_graph.masterdata.selling_events import SaleResumed, SaleStopped
from inventory_graph.masterdata.texts import is_storable
from inventory_graph.outbox import emit
from inventory_graph.pages import Page, page_of, total_count

REASON_LENGTH_MAX = 255
STOPS_MAX = 100
"""How many stops of one item may be in force at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleStopRecord:
    """A stop. None stands for all: variants, outlets, channels; ``until`` None for no end. ``is_active`` is judged at the read:
    neither lifted nor past its end."""

    id: UUID
    item_id: UUID
    variant_id: UUID | None
    outlet_id: UUID | None
    channel: str | None
    reason: str
    until: datetime | None
    created_by: str
    created_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleStopFilter:
    """Stops that hold for an SKU (of a variant, or of an item), at an outlet, on a channel: those of all outlets hold at
    each."""

    sku: str | None = None
    outlet_id: UUID | None = None
    channel: str | None = None
    is_active: bool | None = None


_IN_FORCE = and_(SaleStop.lifted_at.is_(None), or_(SaleStop.until.is_(None), SaleStop.until > func.clock_timestamp()))
_COLUMNS = (
    *(getattr(SaleStop, field.name) for field in fields(SaleStopRecord) if field.name != "is_active"),
    _IN_FORCE.label("is_active"),
)


def checked_channel(text: str) -> str:
    """A channel by its name in lower case, such as web: up to 63 letters, digits, '_', '.' and '-'; raises ``InvalidInput``."""
    return code_of(text, name="channel").lower()


async def sale_stops_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, SaleStopRecord]:
    """The stops of the ids; unknown ones are left out."""
    statement = select(*_COLUMNS).where(SaleStop.tenant_id == tx.tenant_id, any_of(SaleStop.id, keys))
    return {row["id"]: _stop(row) for row in await tx.rows(statement)}


async def sale_stop_page(
    tx: Transaction, *, first: int, after: tuple[datetime, UUID] | None = None, given: SaleStopFilter | None = None
) -> Page[SaleStopRecord]:
    """A page of the stops, the newest first; the keyset position is (created_at, id)."""
    statement = _matching(tx, given or SaleStopFilter())
    if after is not None:
        created_at, stop_id = after
        statement = statement.where(
            or_(SaleStop.created_at < created_at, and_(SaleStop.created_at == created_at, SaleStop.id < stop_id))
        )
    rows = await tx.rows(statement.order_by(SaleStop.created_at.desc(), SaleStop.id.desc()).limit(first + 1))
    return page_of(rows, first=first, row=_stop, position=lambda row: (row["created_at"], row["id"]))


async def sale_stop_count(tx: Transaction, *, given: SaleStopFilter | None = None) -> int | None:
    """How many stops meet the filter: exact up to 10,000, None beyond."""
    return await total_count(tx, _matching(tx, given or SaleStopFilter()))


def _matching(tx: Transaction, given: SaleStopFilter) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [SaleStop.tenant_id == tx.tenant_id]
    if given.sku is not None:
        conditions.append(_of_sku(tx, given.sku))
    if given.outlet_id is not None:
        conditions.append(or_(SaleStop.outlet_id.is_(None), SaleStop.outlet_id == given.outlet_id))
    if given.channel is not None:
        conditions.append(or_(SaleStop.channel.is_(None), SaleStop.channel == given.channel))
    if given.is_active is not None:
        conditions.append(_IN_FORCE if given.is_active else ~_IN_FORCE)
    return select(*_COLUMNS).where(*conditions)


def _of_sku(tx: Transaction, sku: str) -> ColumnElement[bool]:
    if not is_storable(sku):
        raise InvalidInput(
            "The SKU holds a NUL character or half of a surrogate pair; remove it.", path=("filter", "sku")
        )
    variant = exists().where(
        Variant.tenant_id == tx.tenant_id,
        Variant.sku == sku,
        Variant.item_id == SaleStop.item_id,
        or_(SaleStop.variant_id.is_(None), SaleStop.variant_id == Variant.id),
    )
    # An item's SKU that is no variant's stands for all its variants.
    item = exists().where(Item.tenant_id == tx.tenant_id, Item.sku == sku, Item.id == SaleStop.item_id)
    bearer = exists().where(Variant.tenant_id == tx.tenant_id, Variant.sku == sku)
    return or_(variant, and_(item, ~bearer))


async def stop_sale(
    tx: Transaction,
    *,
    item_id: UUID,
    variant_id: UUID | None = None,
    outlet_id: UUID | None = None,
    channel: str | None = None,
    reason: str,
    until: datetime | None = None,
) -> SaleStopRecord:
    """Take an item, or one variant of it, off sale; None stands for all outlets and channels, and for no end.

    A stop in force of the same variant, outlet and channel is lifted in favour of this one, unless it says the same. Emits
    ``inventory.sale.stopped``. Raises ``InvalidInput``, ``NotFound``, ``ItemInactive``, ``Forbidden`` at an outlet that the
    caller may not act on, and ``LimitExceeded``.
    """
    tx.actor.require_outlet(outlet_id)
    why = line_of(reason, name="reason", length_max=REASON_LENGTH_MAX)
    scope = (variant_id, outlet_id, checked_channel(channel) if channel is not None else None)
    item = await lock_item(tx, item_id)
    refuse_archived(item)
    variant_sku = await _active_variant(tx, item_id, variant_id)
    await _known_outlet(tx, outlet_id)
    in_force = await _in_force(tx, item_id)
    before = next((stop for stop in in_force if (stop.variant_id, stop.outlet_id, stop.channel) == scope), None)
    if before is not None and (before.reason, before.until) == (why, until):
        return before
    if before is not None:
        lifted = await _lift(tx, before)
        await emit(tx, SaleResumed(aggregate_id=lifted.id, stop=lifted, item_sku=item.sku, variant_sku=variant_sku))
    elif len(in_force) >= STOPS_MAX:
        raise LimitExceeded(
            f"{item.sku} has {len(in_force)} stops in force; an item has at most {STOPS_MAX}. Lift some, or stop all of it."
        )
    stop = await _insert(tx, item_id=item_id, scope=scope, reason=why, until=until)
    await emit(tx, SaleStopped(aggregate_id=stop.id, stop=stop, item_sku=item.sku, variant_sku=variant_sku))
    return stop


async def resume_sale(tx: Transaction, *, id: UUID) -> SaleStopRecord:  # noqa: A002 - the column's name
    """Lift a stop; emits ``inventory.sale.resumed``. One that was lifted, or is past its end, stays as it is.

    Other stops of the same item stay in force. Raises ``NotFound`` and ``Forbidden`` at an outlet that the caller may not act
    on.
    """
    found = (await sale_stops_by_id(tx, [id])).get(id)
    if found is None:
        raise NotFound(f"There is no stop with the id {id}.", path=("id",))
    tx.actor.require_outlet(found.outlet_id)
    # Whoever stops and resumes the same item waits here, and sees what the other did.
    item = await lock_item(tx, found.item_id)
    before = (await sale_stops_by_id(tx, [id]))[id]
    if not before.is_active:
        return before
    after = await _lift(tx, before)
    variant_sku = await _sku_of(tx, after.variant_id)
    await emit(tx, SaleResumed(aggregate_id=id, stop=after, item_sku=item.sku, variant_sku=variant_sku))
    return after


def _stop(row: Record) -> SaleStopRecord:
    return SaleStopRecord(**row)


async def _active_variant(tx: Transaction, item_id: UUID, variant_id: UUID | None) -> str | None:
    """The SKU of the variant to be stopped, None for all."""
    if variant_id is None:
        return None
    found = (await variants_by_id(tx, [variant_id])).get(variant_id)
    if found is None or found.item_id != item_id:
        raise NotFound(f"The item has no variant with the id {variant_id}.", path=("variant", "id"))
    if found.status == "ARCHIVED":
        raise ItemInactive(f"The variant {found.sku} is archived, so it is not sold anyway.", path=("variant",))
    return found.sku


async def _sku_of(tx: Transaction, variant_id: UUID | None) -> str | None:
    return (await variants_by_id(tx, [variant_id]))[variant_id].sku if variant_id is not None else None


async def _known_outlet(tx: Transaction, outlet_id: UUID | None) -> None:
    if outlet_id is not None and outlet_id not in await outlets_by_id(tx, [outlet_id]):
        raise NotFound(f"There is no outlet with the id {outlet_id}.", path=("outlet_id",))


async def stops_in_force(tx: Transaction, item_ids: Sequence[UUID]) -> list[SaleStopRecord]:
    """What keeps these items, or variants of them, off sale somewhere now."""
    statement = select(*_COLUMNS).where(
        SaleStop.tenant_id == tx.tenant_id, any_of(SaleStop.item_id, item_ids), _IN_FORCE
    )
    return [_stop(row) for row in await tx.rows(statement)]


async def _in_force(tx: Transaction, item_id: UUID) -> list[SaleStopRecord]:
    statement = select(*_COLUMNS).where(SaleStop.tenant_id == tx.tenant_id, SaleStop.item_id == item_id, _IN_FORCE)
    return [_stop(row) for row in await tx.rows(statement)]


async def _lift(tx: Transaction, stop: SaleStopRecord) -> SaleStopRecord:
    (row,) = await tx.rows(
        update(SaleStop)
        .where(SaleStop.tenant_id == tx.tenant_id, SaleStop.id == stop.id)
        .values(lifted_at=func.clock_timestamp(), lifted_by=tx.actor.subject)
        .returning(*_COLUMNS)
    )
    return _stop(row)


async def _insert(
    tx: Transaction,
    *,
    item_id: UUID,
    scope: tuple[UUID | None, UUID | None, str | None],
    reason: str,
    until: datetime | None,
) -> SaleStopRecord:
    # The time is taken behind the lock of the item, so that stops of one item begin in the order in which they came.
    now: datetime = await tx.raw.fetchval("SELECT clock_timestamp()")
    if until is not None and until <= now:
        raise InvalidInput(
            f"It would end at {until.isoformat()}, which is over; leave it out for no end.", path=("until",)
        )
    variant_id, outlet_id, channel = scope
    (row,) = await tx.rows(
        insert(SaleStop)
        .values(
            tenant_id=tx.tenant_id,
            id=uuid4(),
            item_id=item_id,
            variant_id=variant_id,
            outlet_id=outlet_id,
            channel=channel,
            reason=reason,
            until=until,
            created_by=tx.actor.subject,
            created_at=now,
        )
        .returning(*_COLUMNS)
    )
    return _stop(row)
