"""From the callers' words to what is decided on: limits, times and places of each request checked. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from inventory_graph.errors import Forbidden, InvalidInput, NotFound
from inventory_graph.ids import new_id
from inventory_graph.masterdata.coordinates import coordinates_of
from inventory_graph.masterdata.warehouses import WarehouseInactive as Inactive
from inventory_graph.masterdata.warehouses import (
    WarehouseRecord,
)
from inventory_graph.quantities import ZERO
from inventory_graph.reservations import requests
from inventory_graph.reservations.naming import DEFAULT, Names
from inventory_graph.reservations.prepared import (
    Prepared,
    PreparedConsume,
    PreparedReserve,
    PreparedReverse,
    PreparedStep,
    Site,
    Wanted,
)
from inventory_graph.reservations.requests import (
    AnyRequest,
    ConsumeStock,
    Reserve,
    ReverseConsumption,
    owner_of,
)
from inventory_graph.reservations.wanting import wanted_lines
from inventory_graph.stock.refusals import InsufficientStock
from inventory_graph.stock.resolution import SHOWN_LENGTH_MAX, unknown_sku
from inventory_graph.stock.service import BACKDATED_FREELY, Place


def prepare(request: AnyRequest, names: Names, *, now: datetime) -> Prepared:
    """The request with its names resolved; raises the refusal of what cannot be understood. ``now`` only judges what is said
    of times; what depends on the hold's end is decided under the locks."""
    match request:
        case Reserve():
            return _reserve(request, names, now)
        case ConsumeStock():
            return _consume(request, names, now)
        case ReverseConsumption():
            return _reverse(request, names)
        case _:
            if isinstance(request, requests.Release | requests.GiveBackHolds | requests.MarkNoShow):
                requests.check_reason(request.reason)
            _check_backdated(request.occurred_at if isinstance(request, requests.Commit) else None, request, now)
            return PreparedStep(
                request=request,
                command_id=new_id(),
                by=request.actor.subject,
            )


def _reserve(request: Reserve, names: Names, now: datetime) -> PreparedReserve:
    _check_lines(len(request.lines))
    ends_at, expires_in = _end(request, now)
    if request.minimum_shelf_life_days is not None and not 0 <= request.minimum_shelf_life_days <= 36_500:
        raise InvalidInput("A shelf life is 0 to 36,500 days.", path=("minimum_shelf_life_days",))
    if abs(request.priority) > 1_000_000:
        raise InvalidInput("A priority is between -1,000,000 and 1,000,000.", path=("priority",))
    reservation_id = new_id()
    lines, sites = wanted_lines(request.lines, names, at=None), _sites(request, names)
    _check_on_sale(request, names, lines, sites)
    return PreparedReserve(
        reservation_id=reservation_id,
        command_id=new_id(),
        owner=owner_of(request.order_id, request.reference, reservation_id),
        lines=lines,
        sites=sites,
        is_placed=request.place is not None,
        strategy=names.sites.strategy,
        may_split=names.sites.may_split,
        type=request.type,
        order_id=request.order_id,
        reference=request.reference,
        outlet_id=request.place.outlet_id if request.place is not None else None,
        expires_in=expires_in,
        ends_at=ends_at,
        pickup_at=request.pickup_at,
        pickup_until=request.pickup_until or (ends_at if request.pickup_at is not None else None),
        on_shortage=request.on_shortage,
        shelf_life_days=request.minimum_shelf_life_days,
        priority=request.priority,
        fills_partially=request.fills_partially,
        by=request.actor.subject,
    )


def _check_on_sale(request: Reserve, names: Names, lines: Sequence[Wanted], sites: Sequence[Site]) -> None:
    """What somebody took off sale, there and on the channel, is promised to nobody, whatever the stock says."""
    outlet_ids = {site.outlet_id for site in sites}
    for position, line in enumerate(lines):
        for stop in names.stops if line.quantity and request.is_sale else ():
            if (
                stop.item_id == line.item_id
                and stop.variant_id in (None, line.variant_id)
                and (stop.outlet_id is None or outlet_ids == {stop.outlet_id})
                and stop.channel in (None, request.channel)
            ):
                raise InsufficientStock(
                    sku=line.sku,
                    requested=line.quantity,
                    available=ZERO,
                    where=f"on sale ({stop.reason})",
                    path=("lines", str(position), "sku"),
                    warehouse_ids=tuple(site.warehouse_id for site in sites),
                )


def _end(request: Reserve, now: datetime) -> tuple[datetime | None, timedelta | None]:
    """When the hold ends: an instant for what is collected, else so long from when it is taken; neither for a hard hold."""
    if request.pickup_at is None and request.pickup_until is not None:
        raise InvalidInput("A pickup window has a beginning: give pickupAt too.", path=("pickup_until",))
    if request.pickup_at is not None and not now - timedelta(minutes=5) <= request.pickup_at <= now + requests.HOLD_MAX:
        raise InvalidInput(f"A pickup is now or later, within {requests.HOLD_MAX.days} days.", path=("pickup_at",))
    if request.pickup_at is not None and request.pickup_until is not None and request.pickup_until <= request.pickup_at:
        raise InvalidInput("The pickup window ends before it begins.", path=("pickup_until",))
    if request.is_hard:
        if not request.actor.may("inventory.reservations.manage"):
            raise Forbidden(
                "A hold without an end takes the permission inventory.reservations.manage.", path=("expires_in",)
            )
        return None, None
    if request.expires_in is not None:
        if not timedelta() < request.expires_in <= requests.HOLD_MAX:
            raise InvalidInput(
                f"A hold lasts more than no time and at most {requests.HOLD_MAX.days} days.", path=("expires_in",)
            )
        return None, request.expires_in
    if request.pickup_at is not None:
        return _end_of_pickup(request.pickup_until or request.pickup_at + requests.PICKUP_GRACE, now), None
    return None, requests.HOLD_DEFAULT


def _end_of_pickup(ends_at: datetime, now: datetime) -> datetime:
    if ends_at <= now:
        raise InvalidInput("The pickup window has ended already.", path=("pickup_until",))
    if ends_at > now + requests.HOLD_MAX + requests.PICKUP_GRACE:
        raise InvalidInput(f"A hold lasts at most {requests.HOLD_MAX.days} days.", path=("pickup_until",))
    return ends_at


def _sites(request: Reserve, names: Names) -> tuple[Site, ...]:
    if request.place is not None:
        warehouse = _warehouse(request.place, names)
        request.actor.require_outlet(warehouse.outlet_id)
        return (Site(warehouse_id=warehouse.id, outlet_id=warehouse.outlet_id, priority=warehouse.priority),)
    allowed = request.actor.outlet_ids
    target = coordinates_of(*request.deliver_to, path=("deliver_to",)) if request.deliver_to is not None else None
    sites = tuple(
        Site(
            warehouse_id=row.warehouse_id,
            outlet_id=row.outlet_id,
            priority=row.priority,
            distance_km=row.distance_km(target),
        )
        for row in names.sites.rows
        if allowed is None or row.outlet_id in allowed
    )
    if not sites:
        raise NotFound("There is no warehouse to reserve from.", path=("warehouse",))
    return sites


def _warehouse(place: Place, names: Names) -> WarehouseRecord:
    given = {"id": place.id, "code": place.code, "outlet_id": place.outlet_id}
    named = [name for name, key in given.items() if key is not None]
    if len(named) > 1:
        raise InvalidInput(f"Name the warehouse by one key, not by {' and '.join(named)}.", path=("warehouse",))
    path = ("outlet_id",) if named == ["outlet_id"] else ("warehouse", *named)
    found = names.warehouses.get(place)
    if found is None:
        raise NotFound(
            f"There is no warehouse with the {named[0].replace('_', ' ')} {str(given[named[0]])[:SHOWN_LENGTH_MAX]!r}."
            if named
            else "There is no default warehouse yet. Create a warehouse, or name one.",
            path=path,
        )
    if not found.is_active:
        raise Inactive(f"The warehouse {found.code} is archived.", path=path)
    return found


def _consume(request: ConsumeStock, names: Names, now: datetime) -> PreparedConsume:
    _check_lines(len(request.lines))
    _check_backdated(request.occurred_at, request, now)
    warehouse = _warehouse(request.place or DEFAULT, names)
    request.actor.require_outlet(warehouse.outlet_id)
    command_id = new_id()
    return PreparedConsume(
        command_id=command_id,
        scope=owner_of(request.order_id, request.reference, command_id),
        lines=wanted_lines(request.lines, names, at=request.occurred_at),
        site=Site(warehouse_id=warehouse.id, outlet_id=warehouse.outlet_id, priority=warehouse.priority),
        reason=request.reason,
        occurred_at=request.occurred_at,
        takes_what_is_there=request.on_shortage == "PARTIAL",
        is_additional=request.is_additional,
        reference=request.reference,
        order_id=request.order_id,
        by=request.actor.subject,
    )


def _reverse(request: ReverseConsumption, names: Names) -> PreparedReverse:
    requests.check_reason(request.reason)
    if request.order_id is None and request.reference is None:
        raise InvalidInput("Say what is to be taken back: give an orderId or a reference.", path=("order_id",))
    if len(request.lines) > requests.LINES_MAX:
        raise InvalidInput(f"At most {requests.LINES_MAX} lines.", path=("lines",))
    quantities = []
    for position, (sku, quantity) in enumerate(request.lines):
        article = names.articles.get(sku)
        if article is None:
            raise unknown_sku(sku, path=("lines", str(position), "sku"))
        if quantity <= 0:
            raise InvalidInput("The quantity must be more than 0.", path=("lines", str(position), "quantity"))
        path = ("lines", str(position), "quantity")
        quantities.append((article.variant_id, sku, article.quantity(quantity, None, path=path)))
    command_id = new_id()
    return PreparedReverse(
        command_id=command_id,
        scope=owner_of(request.order_id, request.reference, command_id),
        order_id=request.order_id,
        quantities=tuple(quantities) if quantities else None,
        reason=request.reason,
        by=request.actor.subject,
    )


def _check_lines(many: int) -> None:
    if not 1 <= many <= requests.LINES_MAX:
        raise InvalidInput(f"There are 1 to {requests.LINES_MAX} lines, not {many}.", path=("lines",))


def _check_backdated(occurred_at: datetime | None, request: requests.Request, now: datetime) -> None:
    if (
        occurred_at is not None
        and now - occurred_at > BACKDATED_FREELY
        and not request.actor.may("inventory.stock.manage")
    ):
        raise Forbidden(
            "To record what happened more than 48 hours ago takes the permission inventory.stock.manage.",
            path=("occurred_at",),
        )
