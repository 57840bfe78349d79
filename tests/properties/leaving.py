"""What goes from one warehouse to the other, as random lines: shipped, and off the way again."""

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from inventory_graph.stock.commands import Arrive, ComeBack, Line, Lose, LotReference, Ship, StockState, lot_id
from tests.properties.naive_transit import Load
from tests.properties.naive_values import MILLION
from tests.properties.world import Place

if TYPE_CHECKING:
    from tests.properties.generator import Generator

STATES = (StockState.AVAILABLE, StockState.QUARANTINED, StockState.DAMAGED)


class Leaving:
    """Makes lines of transfers with the means of the generator. What is on the way comes off it once, in one command too."""

    def __init__(self, generator: "Generator") -> None:
        self.g = generator
        self.unloaded: Counter[Load] = Counter()
        self.unridden: set[tuple[UUID, str]] = set()

    def begin(self) -> None:
        """A new command begins."""
        self.unloaded.clear()
        self.unridden.clear()

    def line(self, place: Place) -> Line:
        """Something leaves for the other warehouse, or what left arrives, comes back or is lost."""
        if self.g.chance(38):
            return self.ship(place)
        return self.unload(place, self.g.random.choices((Arrive, ComeBack, Lose), (48, 26, 26))[0])

    def ship(self, place: Place) -> Line:
        """From anywhere, from one location, of one lot, or pieces by their numbers."""
        heaps = {heap: q for heap, q in self.g.naive.contents(place.key).items() if heap[0] == "AVAILABLE" and q > 0}
        if not heaps:
            return self.g.receive(place)
        (_, location, lot), quantity = self.g.random.choice(list(heaps.items()))
        wanted = self.g.part(place, quantity)
        serials: tuple[str, ...] = ()
        if place.good.tracking == "SERIAL" and self.g.chance(50):
            here = [
                each
                for each in self.g.naive.here(place.key, "AVAILABLE")
                if (each.location, each.lot) == (location, lot)
            ]
            serials = tuple(each.number for each in self.g.random.sample(here, min(int(wanted), len(here))))
        return Ship(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=wanted,
            location_id=location if self.g.chance(40) else None,
            lot=LotReference(code=lot) if lot is not None and self.g.chance(30) else None,
            serials=serials,
        )

    def unload(self, place: Place, kind: type[Arrive] | type[Lose]) -> Line:
        """A part of what is on the way to the place or left it, or all of that."""
        is_back = kind is ComeBack
        loads = [
            load
            for load, quantity in self.g.naive.on_the_way.items()
            if load.variant == place.variant_id
            and (load.source == place.warehouse_id) == is_back
            and quantity > self.unloaded[load]
        ]
        if not loads:
            return self.ship(place)
        load = self.g.random.choice(loads)
        return self.off(place, load, kind, all_of_it=self.g.chance(40))

    def off(self, place: Place, load: Load, kind: type[Arrive] | type[Lose], *, all_of_it: bool) -> Line:
        """So much of the load comes off the way at the place."""
        left = self.g.naive.on_the_way[load] - self.unloaded[load]
        step = MILLION if place.good.tracking == "SERIAL" else 1
        quantity = left if all_of_it else self.g.random.randrange(step, left + 1) // step * step
        numbers = [
            number
            for (item, number), riding in self.g.naive.riding.items()
            if item == place.item_id and riding == load and (item, number) not in self.unridden
        ]
        serials = tuple(self.g.random.sample(numbers, quantity // MILLION)) if numbers else ()
        self.unloaded[load] += quantity
        self.unridden |= {(place.item_id, number) for number in serials}
        off = Lose(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=self.g.decimal(quantity),
            unit_cost=Decimal(load.cost).scaleb(-10) if load.cost is not None else None,
            lot_id=lot_id(place.item_id, load.lot) if load.lot is not None else None,
            serials=serials,
        )
        return off if kind is Lose else self.arriving(place, off, ComeBack if kind is ComeBack else Arrive)

    def arriving(self, place: Place, off: Lose, kind: type[Arrive]) -> Arrive:
        """What is not lost after all, but comes to the place."""
        return kind(
            variant_id=off.variant_id,
            warehouse_id=off.warehouse_id,
            quantity=off.quantity,
            unit_cost=off.unit_cost,
            location_id=self.g.location(place),
            lot_id=off.lot_id,
            serials=off.serials,
            state=StockState.AVAILABLE if kind is ComeBack else self.g.random.choices(STATES, (70, 15, 15))[0],
        )
