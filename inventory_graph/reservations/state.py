"""Reservations and consumption in memory: what the pure decisions look at and change."""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from inventory_graph.ids import id_after
from inventory_graph.masterdata.recipe_explosion import quantity_of
from inventory_graph.quantities import ZERO
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Command
from inventory_graph.stock.state import State
from inventory_graph.unlocked import dataclass

LIVE = ("HELD", "PARTIALLY_COMMITTED")
ITSELF = Fraction(1)
"""What a unit of a good that is held as itself takes of itself."""


class Need(NamedTuple):
    """What one sold unit takes of a leaf, in the leaf's stock unit."""

    variant_id: UUID
    quantity: Fraction
    is_optional: bool = False

    def of(self, units: Decimal) -> Decimal:
        """What so many units take, as a quantity."""
        # Most goods are held as themselves, and fractions are slow.
        return units if self.quantity is ITSELF else quantity_of(self.quantity * Fraction(units))


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of a reservation; quantities in the stock unit of its variant."""

    id: UUID
    position: int
    line_reference: str
    variant_id: UUID
    sku: str
    requested: Decimal
    reserved: Decimal = ZERO
    committed: Decimal = ZERO
    released: Decimal = ZERO
    backordered: Decimal = ZERO
    step: Decimal
    needs: tuple[Need, ...]
    lot_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What made one version of a reservation."""

    version: int
    kind: str
    at: datetime
    by: str
    reason: str | None = None
    details: dict[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Reservation:
    """A reservation as it stands in this transaction; ``steps`` are those it took in it."""

    id: UUID
    owner: str
    type: str
    status: str
    order_id: UUID | None
    reference: str | None
    warehouse_id: UUID | None
    outlet_id: UUID | None
    priority: int = 0
    fills_partially: bool = True
    minimum_shelf_life_days: int | None = None
    expires_at: datetime | None
    pickup_at: datetime | None = None
    pickup_until: datetime | None = None
    ready_at: datetime | None = None
    collected_at: datetime | None = None
    no_show_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 0
    created_at: datetime
    created_by: str
    lines: list[Line] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        """Whether it may still hold something; its time may have passed."""
        return self.status in LIVE

    def is_overdue(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.expires_at is not None and self.expires_at <= now

    def step(
        self, kind: str, *, at: datetime, by: str, reason: str | None = None, details: dict[str, str] | None = None
    ) -> None:
        """Take the next version."""
        self.version += 1
        self.steps.append(Step(version=self.version, kind=kind, at=at, by=by, reason=reason, details=details))

    def settle(self, now: datetime) -> None:
        """Give the reservation the status that follows from its lines."""
        is_open = any(line.reserved or line.backordered for line in self.lines)
        is_issued = any(line.committed for line in self.lines)
        if is_open:
            self.status = "PARTIALLY_COMMITTED" if is_issued else "HELD"
        else:
            self.status = "COMMITTED" if is_issued else "RELEASED"
            self.resolved_at = now


def consumption_id(command_id: UUID, number: int) -> UUID:
    """The id of a command's consumption of that number; they are in its order, as those of its movements are."""
    return id_after(command_id, 1 + number)


@dataclass(slots=True, kw_only=True)
class Component:
    """What was deducted of one leaf, from where and at which cost; ``reversed`` went back."""

    ordinal: int
    variant_id: UUID
    warehouse_id: UUID
    location_id: UUID | None
    lot_id: UUID | None
    serials: tuple[str, ...]
    quantity: Decimal
    reversed: Decimal = ZERO
    unit_cost: Decimal | None


@dataclass(slots=True, kw_only=True)
class Consumption:
    """What was deducted of one sold variant for one scope."""

    id: UUID
    scope: str
    source: str
    reservation_id: UUID | None
    line_reference: str | None
    variant_id: UUID
    quantity: Decimal
    shortfall: Decimal = ZERO
    claimed: Decimal = ZERO
    reversed: Decimal = ZERO
    step: Decimal
    reason: str
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str
    components: list[Component] = field(default_factory=list)

    @property
    def deducted(self) -> Decimal:
        """What was really there to deduct."""
        return self.quantity - self.shortfall

    @property
    def remaining(self) -> Decimal:
        """What can still go back."""
        return self.deducted - self.reversed


@dataclass(slots=True)
class World:
    """Everything a decision may look at, locked: the book's state, reservations by id, consumption by scope.

    ``post`` decides a command on the book. ``changed`` and ``changed_consumptions`` are to be written.
    """

    state: State
    now: datetime
    post: Callable[[Command], Posted]
    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    consumptions: dict[str, list[Consumption]] = field(default_factory=dict)
    changed: dict[UUID, Reservation] = field(default_factory=dict)
    changed_consumptions: dict[UUID, Consumption] = field(default_factory=dict)
    _live: dict[str, Reservation] = field(init=False)
    _new_steps: list[tuple[Reservation, Step]] = field(default_factory=list)
    _new_consumptions: list[Consumption] = field(default_factory=list)
    _steps_known: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._live = {each.owner: each for each in self.reservations.values() if each.is_live}

    def live(self, owner: str) -> Reservation | None:
        """The owner's live reservation, whose time may have passed."""
        found = self._live.get(owner)
        return found if found is not None and found.is_live and found.owner == owner else None

    def keep(self, reservation: Reservation) -> None:
        """The reservation has changed."""
        self.reservations[reservation.id] = reservation
        self.changed[reservation.id] = reservation
        if reservation.is_live:
            self._live[reservation.owner] = reservation
        known = self._steps_known.get(reservation.id, 0)
        self._new_steps += [(reservation, step) for step in reservation.steps[known:]]
        self._steps_known[reservation.id] = len(reservation.steps)

    def new_consumptions(self) -> list[Consumption]:
        """What was deducted since this was last asked."""
        consumptions, self._new_consumptions = self._new_consumptions, []
        return consumptions

    def new_steps(self) -> list[tuple[Reservation, Step]]:
        """The steps taken since this was last asked."""
        steps, self._new_steps = self._new_steps, []
        return steps

    def keep_consumption(self, consumption: Consumption) -> None:
        """The consumption is new or has changed."""
        if consumption.id not in self.changed_consumptions:
            known = self.consumptions.setdefault(consumption.scope, [])
            if all(each.id != consumption.id for each in known):
                known.append(consumption)
                self._new_consumptions.append(consumption)
        self.changed_consumptions[consumption.id] = consumption
