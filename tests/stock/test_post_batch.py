"""Posting many commands in one transaction: they share the locks and the write, not their fate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import asyncpg
import pytest

from inventory_graph.errors import InvalidInput, LimitExceeded, NotFound, Refusal
from inventory_graph.stock.audit import drift
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Adjust, Command, Line, LotReference, Move, Receive, Ship, StockState
from inventory_graph.stock.posting import COMMANDS_MAX, Outcome, post
from inventory_graph.stock.refusals import InsufficientStock
from tests.given.tenants import GivenTenant, given_tenant
from tests.properties.world import Good, Place, World, register
from tests.statements import CountingDatabase, statements

GOODS = (
    Good(sku="FLOUR", strategy="NEAREST"),
    Good(sku="MILK"),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True),
    Good(sku="PHONE", tracking="SERIAL", takes_lots=True),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with four goods in one warehouse, and the locations there by path."""

    tenant: GivenTenant
    places: dict[str, Place]
    locations: dict[str, UUID]

    async def post(self, *lines: Line | Sequence[Line]) -> list[Outcome]:
        """Post a command for each line, or for each group of lines, in one transaction."""
        commands = [
            Command(id=uuid4(), lines=tuple(line) if isinstance(line, Sequence) else (line,), recorded_by="user-batch")
            for line in lines
        ]
        return await self.tenant.database.write(self.tenant.actor, lambda tx: post(tx, commands))

    def receive(self, sku: str, quantity: str, *, at: str | None = None, lot: str | None = None,
                serials: tuple[str, ...] = ()) -> Receive:  # fmt: skip
        place = self.places[sku]
        return Receive(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=Decimal(quantity),
            location_id=self.locations[at] if at else None,
            lot=LotReference(code=lot) if lot else None,
            serials=serials,
        )

    def adjust(self, sku: str, delta: str, *, at: str | None = None) -> Adjust:
        place = self.places[sku]
        return Adjust(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            delta=Decimal(delta),
            location_id=self.locations[at] if at else None,
        )

    def damage(self, sku: str, quantity: str, *, at: str | None = None, serials: tuple[str, ...] = ()) -> Move:
        place = self.places[sku]
        return Move(
            variant_id=place.variant_id,
            warehouse_id=place.warehouse_id,
            quantity=Decimal(quantity),
            to_state=StockState.DAMAGED,
            from_location_id=self.locations[at] if at else None,
            serials=serials,
        )

    async def on_hand(self, sku: str) -> Decimal | None:
        """What the balance has, None while there is none."""
        async with self.tenant.database.read(self.tenant.actor) as tx:
            found: Decimal | None = await tx.raw.fetchval(
                "SELECT on_hand FROM balances WHERE tenant_id = $1 AND variant_id = $2 AND warehouse_id = $3",
                tx.tenant_id,
                *self.places[sku].key,
            )
            return found

    async def assert_clean(self) -> None:
        """Nothing drifted."""
        async with self.tenant.database.read(self.tenant.actor) as tx:
            assert (await drift(tx)).drifts == []


@pytest.fixture
async def shop(database: CountingDatabase) -> Shop:
    """Nothing has been received yet."""
    world = World.of(Random(uuid4().int), GOODS)
    tenant = await given_tenant(database)
    await database.write(tenant.actor, lambda tx: register(tx, world))
    north = world.warehouses[0]
    places = {place.good.sku: place for place in world.places if place.warehouse_id == north}
    return Shop(tenant, places, {path: id_ for id_, path in world.locations[north].items()})


def serials_taken(outcome: Outcome) -> list[str]:
    """The pieces that the command moved, in the order of its movements."""
    assert isinstance(outcome, Posted), outcome
    return [number for movement in outcome.movements for number in movement.serials]


async def test_a_refused_command_leaves_its_neighbours_as_they_are(shop: Shop) -> None:
    """Each has its own answer, at its own position."""
    unknown = replace(shop.receive("FLOUR", "1"), variant_id=uuid4())
    outcomes = await shop.post(
        shop.receive("FLOUR", "2"),
        unknown,
        shop.adjust("FLOUR", "-3"),
        (),
        [shop.adjust("FLOUR", "-1"), shop.receive("MILK", "0")],
        shop.adjust("FLOUR", "-2"),
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Posted, NotFound, InsufficientStock, InvalidInput, InvalidInput, Posted]
    assert [await shop.on_hand(sku) for sku in ("FLOUR", "MILK")] == [0, 0]
    await shop.assert_clean()


async def test_only_unknown_variants_and_no_commands_at_all_do_nothing(shop: Shop) -> None:
    """There is nothing to lock, and nothing is made."""
    unknown = replace(shop.receive("FLOUR", "1"), warehouse_id=uuid4())
    (outcome,) = await shop.post(unknown)
    assert isinstance(outcome, NotFound)
    assert outcome.path == ("lines", "0")
    assert await shop.post() == []
    assert await shop.on_hand("FLOUR") is None


async def test_a_location_filled_by_one_command_is_emptied_by_the_next(shop: Shop) -> None:
    """The strategy knows where a location lies that held nothing when the transaction began."""
    await shop.post(shop.receive("FLOUR", "1", at="Z/9"))
    _, _, taken = await shop.post(
        shop.receive("FLOUR", "1", at="M/3"), shop.receive("FLOUR", "1", at="A/1"), shop.adjust("FLOUR", "-3")
    )
    assert isinstance(taken, Posted)
    paths = {id_: path for path, id_ in shop.locations.items()}
    assert [paths[m.from_location_id] for m in taken.movements if m.from_location_id] == ["A/1", "M/3", "Z/9"]
    await shop.assert_clean()


async def test_pieces_named_by_one_command_leave_the_next_oldest_to_another(shop: Shop) -> None:
    """As many pieces are read as all commands together may take, not as each would take alone."""
    await shop.post(shop.receive("PHONE", "4", serials=("a", "b", "c", "d")))
    outcomes = await shop.post(
        shop.damage("PHONE", "2", serials=("a", "b")), shop.adjust("PHONE", "-1"), shop.adjust("PHONE", "-1")
    )
    assert [serials_taken(outcome) for outcome in outcomes] == [["a", "b"], ["c"], ["d"]]
    await shop.assert_clean()


async def test_pieces_taken_at_a_location_leave_the_next_oldest_to_another(shop: Shop) -> None:
    """The oldest of all may be the oldest there."""
    await shop.post(shop.receive("PHONE", "2", at="A/1", serials=("a", "b")))
    await shop.post(shop.receive("PHONE", "1", serials=("c",)))
    outcomes = await shop.post(shop.damage("PHONE", "2", at="A/1"), shop.adjust("PHONE", "-1"))
    assert [serials_taken(outcome) for outcome in outcomes] == [["a", "b"], ["c"]]
    await shop.assert_clean()


async def test_pieces_are_shipped_from_the_place_that_is_named(shop: Shop) -> None:
    """The oldest that lies there, not the oldest of all, which lies elsewhere."""
    await shop.post(shop.receive("PHONE", "1", at="A/1", serials=("a",)))
    await shop.post(shop.receive("PHONE", "1", at="Z/9", serials=("b",)))
    place = shop.places["PHONE"]
    line = Ship(
        variant_id=place.variant_id,
        warehouse_id=place.warehouse_id,
        quantity=Decimal(1),
        location_id=shop.locations["Z/9"],
    )
    (outcome,) = await shop.post(line)
    assert serials_taken(outcome) == ["b"]
    await shop.assert_clean()


async def test_pieces_that_came_together_leave_in_the_order_of_the_pure_book(shop: Shop) -> None:
    """Whatever the database's collation thinks of capitals and umlauts."""
    await shop.post(shop.receive("PHONE", "4", serials=("b", "Ä", "A", "_")))
    outcomes = await shop.post(shop.adjust("PHONE", "-1"))
    outcomes += await shop.post(shop.adjust("PHONE", "-2"))
    assert [serials_taken(outcome) for outcome in outcomes] == [["A"], ["_", "b"]]


async def test_a_debt_can_be_paid_after_the_policy_has_changed(shop: Shop) -> None:
    """Less than nothing on hand, negative stock no longer allowed: a receipt that does not cover all of it is taken."""
    place = shop.places["MILK"]
    await _allow_negative(shop, place, allowed=True)
    await shop.post(shop.adjust("MILK", "-5"))
    await _allow_negative(shop, place, allowed=False)
    outcomes = await shop.post(shop.receive("MILK", "2"), shop.adjust("MILK", "-1"))
    assert [type(outcome) for outcome in outcomes] == [Posted, InsufficientStock]
    assert await shop.on_hand("MILK") == -3
    await shop.post(shop.receive("MILK", "4"))
    assert await shop.on_hand("MILK") == 1
    await shop.assert_clean()


async def test_quantities_and_values_at_the_end_of_the_ledger_are_refused(shop: Shop) -> None:
    """A refusal, not an error of the database."""
    most = "999999999999.999999"
    place = shop.places["MILK"]
    await _allow_negative(shop, place, allowed=True)
    outcomes = await shop.post(
        shop.receive("MILK", most),
        shop.receive("MILK", "0.000001"),
        replace(shop.receive("MILK", "1"), unit_cost=Decimal("1e15")),
        shop.adjust("MILK", f"-{most}"),
        shop.adjust("MILK", f"-{most}"),
        shop.adjust("MILK", "-0.000001"),
    )
    assert [type(outcome) for outcome in outcomes] == [Posted, *[LimitExceeded] * 2, Posted, Posted, LimitExceeded]
    await shop.assert_clean()


async def test_more_commands_than_a_transaction_takes_are_refused(shop: Shop) -> None:
    """All of them: nothing is locked, nothing is written."""
    with pytest.raises(LimitExceeded):
        await shop.post(*[shop.receive("FLOUR", "1")] * (COMMANDS_MAX + 1))
    assert await shop.on_hand("FLOUR") is None


async def test_many_commands_take_as_few_statements_as_one(shop: Shop, database: CountingDatabase) -> None:
    """Lock, read the quants, look for backorders, write, tell: five round trips, however many commands there are."""
    await shop.post(shop.receive("FLOUR", "1"), shop.receive("MILK", "1"))
    async with statements(database) as counted:
        for_each: list[Line] = [shop.receive("FLOUR", "1"), shop.adjust("MILK", "1"), shop.damage("FLOUR", "1")]
        await shop.post(*for_each * 50)
    counted.assert_at_most(5)
    async with statements(database) as counted:
        await shop.post(*[shop.receive("YOGHURT", "1", lot="L1"), shop.receive("PHONE", "0")] * 50)
    counted.assert_at_most(9)


async def test_the_service_cannot_change_what_the_ledger_says(shop: Shop) -> None:
    """Movements, their serials and postings are added, never changed: the role of the service may not."""
    await shop.post(shop.receive("PHONE", "1", serials=("a",)))
    for statement in (
        "UPDATE movements SET quantity = 2",
        "DELETE FROM movements",
        "TRUNCATE movements",
        "UPDATE movement_serials SET recorded_at = now()",
        "DELETE FROM movement_serials",
        "UPDATE postings SET line = '2'",
        "DELETE FROM postings",
        "DELETE FROM balances",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _run(shop, statement)
    await shop.assert_clean()


async def _run(shop: Shop, statement: str) -> None:
    async with shop.tenant.database.transaction(shop.tenant.actor) as tx:
        await tx.raw.execute(statement)


async def _allow_negative(shop: Shop, place: Place, *, allowed: bool) -> None:
    async with shop.tenant.database.transaction(shop.tenant.actor) as tx:
        await tx.raw.execute(
            "UPDATE items SET allow_negative = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant_id,
            place.item_id,
            allowed,
        )


async def test_refusals_alone_write_nothing(shop: Shop) -> None:
    """No version, no event."""
    await shop.post(shop.receive("FLOUR", "1"))
    outcomes = await shop.post(shop.adjust("FLOUR", "-2"), shop.damage("FLOUR", "2"))
    assert all(isinstance(outcome, Refusal) for outcome in outcomes)
    async with shop.tenant.database.read(shop.tenant.actor) as tx:
        report = await drift(tx)
    assert (report.versions, report.movements, report.drift_count) == (1, 1, 0)
