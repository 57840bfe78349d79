"""Requests with every name resolved: what the pure decisions are given."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from inventory_graph.reservations.requests import OfReservation
from inventory_graph.reservations.state import Need
from inventory_graph.stock.commands import BalanceKey
from inventory_graph.unlocked import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A warehouse that may give, in no order; ``distance_km`` None where it is not known."""

    warehouse_id: UUID
    outlet_id: UUID | None
    priority: int = 0
    distance_km: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line to be held or consumed: so many stock units of a variant, each taking its needs. ``id`` is for a line that is new.

    ``step``: what a part of it must be a multiple of. A line that holds nothing (a service) has no needs.
    """

    id: UUID
    line_reference: str | None
    item_id: UUID
    variant_id: UUID
    sku: str
    quantity: Decimal
    step: Decimal
    needs: tuple[Need, ...]
    lot_code: str | None = None
    serials: tuple[str, ...] = ()

    @property
    def is_picky(self) -> bool:
        """Whether it must be a given lot or given pieces."""
        return self.lot_code is not None or bool(self.serials)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedReserve:
    """What to hold, for whom, from where, until ``expires_in`` from now or ``ends_at``; neither: for good."""

    reservation_id: UUID
    command_id: UUID
    owner: str
    lines: tuple[Wanted, ...]
    sites: tuple[Site, ...]
    is_placed: bool
    strategy: str
    may_split: bool
    type: str
    order_id: UUID | None
    reference: str | None
    outlet_id: UUID | None
    expires_in: timedelta | None
    ends_at: datetime | None
    pickup_at: datetime | None
    pickup_until: datetime | None
    on_shortage: str
    shelf_life_days: int | None
    priority: int
    fills_partially: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedStep:
    """A step of a reservation that exists."""

    request: OfReservation
    command_id: UUID
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedConsume:
    """What to deduct, for which scope, from where."""

    command_id: UUID
    scope: str
    lines: tuple[Wanted, ...]
    site: Site
    reason: str
    occurred_at: datetime | None
    takes_what_is_there: bool
    is_additional: bool
    reference: str | None
    order_id: UUID | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedReverse:
    """What to take back of a scope: by variant so much, everything for None."""

    command_id: UUID
    scope: str
    order_id: UUID | None
    quantities: tuple[tuple[UUID, str, Decimal], ...] | None
    reason: str | None
    by: str


Prepared: TypeAlias = PreparedReserve | PreparedStep | PreparedConsume | PreparedReverse


def keys_of(prepared: PreparedReserve | PreparedConsume) -> set[BalanceKey]:
    """The balances that may be touched, besides those of what is held already."""
    sites = prepared.sites if isinstance(prepared, PreparedReserve) else (prepared.site,)
    return {(need.variant_id, site.warehouse_id) for line in prepared.lines for need in line.needs for site in sites}
