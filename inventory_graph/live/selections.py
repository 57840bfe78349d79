"""What a subscriber wants to hear of, and under which topics the hub finds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias
from uuid import UUID

from inventory_graph.live.cursors import selection_of
from inventory_graph.live.log import Entry, Wanted
from inventory_graph.stock.events import StockUpdated

BALANCE = "balance"
RESERVATION = "reservation"
PURCHASE_ORDER = "purchase_order"
TRANSFER = "transfer"

Topic: TypeAlias = tuple[str, str]


class Selection(Protocol):
    """``wanted`` lets the database leave out what is not taken: everything that is taken is wanted."""

    @property
    def wanted(self) -> Wanted: ...

    def topics(self) -> list[Topic]:
        """Where the hub keeps its subscribers: an event that it takes is on exactly one of them."""

    def takes(self, entry: Entry) -> bool:
        """Whether the event is wanted."""


@dataclass(frozen=True)
class StockSelection:
    """The balances of these SKUs, warehouses and outlets; None for all."""

    skus: frozenset[str] | None = None
    warehouse_ids: frozenset[UUID] | None = None
    outlet_ids: frozenset[UUID] | None = None

    @property
    def wanted(self) -> Wanted:
        types = frozenset({StockUpdated.type})
        return Wanted(types=types, skus=self.skus, warehouse_ids=self._warehouses, outlet_ids=self._outlets)

    def topics(self) -> list[Topic]:
        if self.skus is not None:
            return [("sku", sku) for sku in self.skus]
        return [(BALANCE, "")]

    def takes(self, entry: Entry) -> bool:
        if entry.type != StockUpdated.type:
            return False
        data = entry.data
        return (
            (self.skus is None or data["sku"] in self.skus)
            and (self._warehouses is None or data["warehouse_id"] in self._warehouses)
            and (self._outlets is None or data["outlet_id"] in self._outlets)
        )

    @cached_property
    def key(self) -> bytes:
        """What tells it from others."""
        return selection_of(
            *(
                sorted(map(str, each)) if each is not None else None
                for each in (self.skus, self.warehouse_ids, self.outlet_ids)
            )
        )

    @cached_property
    def _warehouses(self) -> frozenset[str] | None:
        return _texts(self.warehouse_ids)

    @cached_property
    def _outlets(self) -> frozenset[str] | None:
        return _texts(self.outlet_ids)


@dataclass(frozen=True)
class ReservationSelection:
    """One reservation, those of an order, or all."""

    id: UUID | None = None
    order_id: UUID | None = None

    @property
    def wanted(self) -> Wanted:
        order_id = str(self.order_id) if self.order_id is not None else None
        return Wanted(aggregate_type=RESERVATION, aggregate_id=self.id, order_id=order_id)

    def topics(self) -> list[Topic]:
        return [(RESERVATION, str(self.id) if self.id is not None else "")]

    def takes(self, entry: Entry) -> bool:
        return (
            _is_step(entry, RESERVATION)
            and (self.id is None or entry.aggregate_id == self.id)
            and (self.order_id is None or entry.data["order_id"] == str(self.order_id))
        )

    @cached_property
    def key(self) -> bytes:
        """What tells it from others."""
        return selection_of("reservation", self.id, self.order_id)


@dataclass(frozen=True)
class PurchaseOrderSelection:
    """One purchase order, those for some warehouses, or all."""

    id: UUID | None = None
    warehouse_ids: frozenset[UUID] | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(aggregate_type=PURCHASE_ORDER, aggregate_id=self.id, warehouse_ids=_texts(self.warehouse_ids))

    def topics(self) -> list[Topic]:
        return [(PURCHASE_ORDER, str(self.id) if self.id is not None else "")]

    def takes(self, entry: Entry) -> bool:
        return (
            _is_step(entry, PURCHASE_ORDER)
            and (self.id is None or entry.aggregate_id == self.id)
            and (self.warehouse_ids is None or UUID(entry.data["warehouse_id"]) in self.warehouse_ids)
        )

    @cached_property
    def key(self) -> bytes:
        """What tells it from others."""
        warehouse_ids = sorted(map(str, self.warehouse_ids)) if self.warehouse_ids is not None else None
        return selection_of("purchase_order", self.id, warehouse_ids)


@dataclass(frozen=True)
class TransferSelection:
    """One transfer, those from or to some warehouses, or all."""

    id: UUID | None = None
    warehouse_ids: frozenset[UUID] | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(aggregate_type=TRANSFER, aggregate_id=self.id, end_warehouse_ids=_texts(self.warehouse_ids))

    def topics(self) -> list[Topic]:
        return [(TRANSFER, str(self.id) if self.id is not None else "")]

    def takes(self, entry: Entry) -> bool:
        return (
            _is_step(entry, TRANSFER)
            and (self.id is None or entry.aggregate_id == self.id)
            and (self.warehouse_ids is None or not self.warehouse_ids.isdisjoint(_ends(entry)))
        )

    @cached_property
    def key(self) -> bytes:
        """What tells it from others."""
        warehouse_ids = sorted(map(str, self.warehouse_ids)) if self.warehouse_ids is not None else None
        return selection_of("transfer", self.id, warehouse_ids)


def _ends(entry: Entry) -> tuple[UUID, UUID]:
    return UUID(entry.data["from_warehouse_id"]), UUID(entry.data["to_warehouse_id"])


@dataclass(frozen=True)
class EventSelection:
    """Every event, or those of the types."""

    types: frozenset[str] | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(types=self.types)

    def topics(self) -> list[Topic]:
        return [("", "")]

    def takes(self, entry: Entry) -> bool:
        return self.types is None or entry.type in self.types


def _texts(ids: frozenset[UUID] | None) -> frozenset[str] | None:
    return frozenset(map(str, ids)) if ids is not None else None


def _is_step(entry: Entry, *aggregate_types: str) -> bool:
    """Whether the event is a step of such a document. An alert about one has no version: it changes nothing of it."""
    return entry.aggregate_type in aggregate_types and entry.aggregate_version is not None


def topics_of(entry: Entry) -> Iterator[Topic]:
    """Every topic that the event is on."""
    yield "", ""
    if entry.type == StockUpdated.type:
        yield BALANCE, ""
        yield "sku", entry.data["sku"]
    elif _is_step(entry, RESERVATION, PURCHASE_ORDER, TRANSFER):
        yield entry.aggregate_type, ""
        yield entry.aggregate_type, str(entry.aggregate_id)
