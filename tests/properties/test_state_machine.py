"""The same comparison, searched by Hypothesis: what it finds it makes as short as it can."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inventory_graph.stock.commands import (
    Adjust,
    Arrive,
    ComeBack,
    Command,
    Document,
    Line,
    Lose,
    LotReference,
    Move,
    Receive,
    SetOnHand,
    Ship,
    StockState,
)
from tests.properties.changes import PolicyChange, Recall
from tests.properties.checked import CheckedBook
from tests.properties.generator import Generator
from tests.properties.settings import OPERATIONS, SEED
from tests.properties.world import BEGINNING, Good, Place, World, lot_dates

GOODS = (
    Good(sku="FLOUR", strategy="FIFO"),
    Good(sku="JUICE", strategy="NEAREST", allow_negative=True),
    Good(sku="MILK", strategy="LIFO"),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True, variants=2),
    Good(sku="RADIO", tracking="SERIAL", takes_lots=True, variants=2),
)
EXAMPLES = max(OPERATIONS // 1_500, 20)
STEPS = 40

places = st.integers(min_value=0, max_value=2 * sum(good.variants for good in GOODS) - 1)
# Small numbers meet each other; the others have as many digits as there may be.
quantities = st.one_of(
    st.integers(1, 4).map(Decimal),
    st.integers(1, 3 * 10**6).map(lambda millionths: Decimal(millionths).scaleb(-6)),
    st.sampled_from([Decimal("0.000001"), Decimal("999999999999.999999"), Decimal(0), Decimal("0.0000001")]),
)
costs = (
    st.none() | st.integers(0, 10**6).map(lambda steps: Decimal(steps).scaleb(-10)) | st.integers(0, 99).map(Decimal)
)
states = st.sampled_from(list(StockState))
locations = st.none() | st.integers(0, 2)
lots = st.none() | st.sampled_from(["L1", "L2", "L3"])
pieces = st.lists(st.sampled_from(["a1", "B2", "c3", "d4"]), max_size=3).map(tuple)
days_ago = st.none() | st.integers(0, 3)


@seed(SEED)
class BookMachine(RuleBasedStateMachine):
    """One command a step; each is checked as in ``test_decide``."""

    @initialize()
    def begin(self) -> None:
        self.book = CheckedBook(World.of(Random(1), GOODS))
        self.numbers = Random(2)
        self.generator = Generator(self.numbers, self.book.world, self.book.naive)
        self.now = BEGINNING

    def place(self, number: int) -> Place:
        return self.book.world.places[number]

    def location(self, place: Place, number: int | None) -> UUID | None:
        return None if number is None else list(self.book.world.locations[place.warehouse_id])[number]

    @staticmethod
    def lot(code: str | None, *, has_dates: bool) -> LotReference | None:
        if code is None:
            return None
        manufactured_on, expires_on = lot_dates(code)
        return LotReference(code=code, manufactured_on=manufactured_on, expires_on=expires_on if has_dates else None)

    def run(self, *lines: Line, ago: int | None = None, document: Document | None = None) -> None:
        self.now += timedelta(seconds=1)
        command = Command(
            id=UUID(int=self.numbers.getrandbits(128)),
            lines=lines,
            recorded_by="user-random",
            occurred_at=BEGINNING - timedelta(days=ago) if ago is not None else None,
            document=document,
        )
        self.book.run(command, self.now)

    @rule(at=places, quantity=quantities, cost=costs, lies=locations, lot=lots, serials=pieces, ago=days_ago)
    def receive(
        self,
        at: int,
        quantity: Decimal,
        cost: Decimal | None,
        lies: int | None,
        lot: str | None,
        serials: tuple[str, ...],
        ago: int | None,
    ) -> None:
        place = self.place(at)
        is_numbered = place.good.tracking == "SERIAL"
        line = Receive(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=Decimal(len(serials)) if is_numbered else quantity,
            unit_cost=cost,
            location_id=self.location(place, lies),
            lot=self.lot(lot if place.good.takes_lots else None, has_dates=bool(ago)),
            serials=serials if is_numbered else (),
        )
        self.run(line, ago=ago)

    @rule(at=places, quantity=quantities, is_less=st.booleans(), lies=locations, lot=lots, times=st.integers(1, 3))
    def adjust(self, at: int, quantity: Decimal, is_less: bool, lies: int | None, lot: str | None, times: int) -> None:
        place = self.place(at)
        line = Adjust(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            delta=-quantity if is_less else quantity,
            location_id=self.location(place, lies),
            lot=self.lot(lot if place.good.takes_lots else None, has_dates=True),
        )
        self.run(*[line] * times)

    @rule(at=places, quantity=quantities, guard=st.sampled_from(["right", "wrong", "none"]))
    def set(self, at: int, quantity: Decimal, guard: str) -> None:
        place = self.place(at)
        found = Decimal(self.book.naive.quantity(place.key)).scaleb(-6)
        change_from = {"right": found, "wrong": found + Decimal("0.000001"), "none": None}[guard]
        self.run(
            SetOnHand(
                variant_id=place.variant_id,
                warehouse_id=place.warehouse_id,
                quantity=min(quantity, found) if place.good.tracking != "NONE" else quantity,
                change_from=change_from,
            )
        )

    @rule(
        at=places,
        quantity=quantities,
        from_state=states,
        to_state=states,
        lies=locations,
        goes=locations,
        lot=lots,
        serials=pieces,
    )
    def move(
        self,
        at: int,
        quantity: Decimal,
        from_state: StockState,
        to_state: StockState,
        lies: int | None,
        goes: int | None,
        lot: str | None,
        serials: tuple[str, ...],
    ) -> None:
        place = self.place(at)
        is_numbered = place.good.tracking == "SERIAL"
        self.run(
            Move(
                variant_id=place.variant_id,
                warehouse_id=place.warehouse_id,
                quantity=Decimal(len(serials)) if is_numbered and serials else quantity,
                from_state=from_state,
                to_state=to_state,
                from_location_id=self.location(place, lies),
                to_location_id=self.location(place, goes),
                lot=self.lot(lot if place.good.takes_lots else None, has_dates=True),
                serials=serials if is_numbered else (),
            )
        )

    @rule(at=places, quantity=quantities, lies=locations, lot=lots, serials=pieces, ago=days_ago)
    def ship(
        self, at: int, quantity: Decimal, lies: int | None, lot: str | None, serials: tuple[str, ...], ago: int | None
    ) -> None:
        place = self.place(at)
        is_numbered = place.good.tracking == "SERIAL"
        line = Ship(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=Decimal(len(serials)) if is_numbered and serials else quantity,
            location_id=self.location(place, lies),
            lot=self.lot(lot if place.good.takes_lots else None, has_dates=True),
            serials=serials if is_numbered else (),
        )
        self.run(line, ago=ago)

    @precondition(lambda self: self.book.naive.on_the_way)
    @rule(number=st.integers(0, 5), kind=st.sampled_from([Arrive, ComeBack, Lose]), all_of_it=st.booleans())
    def unload(self, number: int, kind: type[Arrive] | type[Lose], all_of_it: bool) -> None:
        """What is on the way arrives at the other warehouse, comes back or is lost, in part or all of it."""
        loads = list(self.book.naive.on_the_way)
        load = loads[number % len(loads)]
        (place,) = (
            each
            for each in self.book.world.places
            if each.variant_id == load.variant and (each.warehouse_id == load.source) == (kind is ComeBack)
        )
        self.generator.leaving.begin()
        self.run(self.generator.leaving.off(place, load, kind, all_of_it=all_of_it))

    @rule(at=places, other=places, document=st.integers(0, 3))
    def post_document(self, at: int, other: int, document: int) -> None:
        """Two balances, of which the second gives what the first may not: all or nothing, and once."""
        first, second = self.place(at), self.place(other)
        self.run(
            Receive(variant_id=first.variant_id, warehouse_id=first.warehouse_id, quantity=Decimal(2)),
            Adjust(variant_id=second.variant_id, warehouse_id=second.warehouse_id, delta=Decimal(-1)),
            document=Document(type="COUNT", id=UUID(int=document), line="1", kind="ADJUSTMENT"),
        )

    @rule(at=places, is_allowed=st.booleans())
    def change_policy(self, at: int, is_allowed: bool) -> None:
        self.book.change(PolicyChange(self.place(at).item_id, is_allowed))

    @precondition(lambda self: self.book.naive.batches)
    @rule(number=st.integers(0, 5))
    def recall(self, number: int) -> None:
        batches = list(self.book.naive.batches)
        self.book.change(Recall(*batches[number % len(batches)]))

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "book"):
            self.book.check_everything()


def test_no_sequence_of_commands_tells_the_books_apart() -> None:
    """Hypothesis searches for a sequence after which the book and the naive book differ, or an invariant is broken."""
    run_state_machine_as_test(
        BookMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
