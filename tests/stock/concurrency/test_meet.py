"""Two transactions want the same thing at the same time: one has it, the other is told, nobody is stuck."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import uuid4

import pytest

from inventory_graph.db import Database, Transaction
from inventory_graph.errors import InvalidInput, Refusal
from inventory_graph.stock.audit import drift
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Adjust, Command, Document, Line, LotReference, Receive, SetOnHand
from inventory_graph.stock.posting import Outcome, post
from inventory_graph.stock.refusals import AlreadyPosted, SerialNotAvailable, StaleQuantity
from tests.given.tenants import GivenTenant, given_tenant
from tests.properties.settings import SEED
from tests.properties.world import Good, Place, World, register

CONNECTIONS = 16
GOODS = (
    Good(sku="FLOUR"),
    Good(sku="MILK"),
    Good(sku="SUGAR"),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True),
    Good(sku="PHONE", tracking="SERIAL"),
)

Result = TypeVar("Result")


class Meeting:
    """A world in a tenant of its own, and how often transactions ran."""

    def __init__(self, tenant: GivenTenant, world: World) -> None:
        self.tenant = tenant
        self.world = world
        self.attempts = 0

    def places(self, sku: str) -> list[Place]:
        """The balances of the good, one in each warehouse."""
        return [place for place in self.world.places if place.good.sku == sku]

    async def post(self, *lines: Line, document: Document | None = None) -> Outcome:
        """Post one command in a transaction of its own."""
        command = Command(id=uuid4(), lines=lines, recorded_by="user-meeting", document=document)

        async def work(tx: Transaction) -> Outcome:
            self.attempts += 1
            (outcome,) = await post(tx, [command])
            return outcome

        return await self.tenant.database.write(self.tenant.actor, work)

    async def assert_clean(self) -> None:
        """Nothing drifted."""
        async with self.tenant.database.snapshot(self.tenant.actor) as tx:
            assert (await drift(tx)).drifts == []

    async def on_hand(self, place: Place) -> Decimal:
        """What the balance has."""
        async with self.tenant.database.read(self.tenant.actor) as tx:
            found: Decimal = await tx.raw.fetchval(
                "SELECT on_hand FROM balances WHERE tenant_id = $1 AND variant_id = $2 AND warehouse_id = $3",
                tx.tenant_id,
                *place.key,
            )
            return found


@pytest.fixture
async def meeting(owner_url: str) -> AsyncIterator[Meeting]:
    """Sixteen connections, ten balances that nobody has touched."""
    pool = await Database.connect(owner_url, connections_max=CONNECTIONS)
    world = World.of(Random(SEED), GOODS)
    tenant = await given_tenant(pool)
    await pool.write(tenant.actor, lambda tx: register(tx, world))
    yield Meeting(tenant, world)
    await pool.close()


async def together(works: Sequence[Awaitable[Result]]) -> list[Result]:
    """Run all at once, as many as there are connections."""
    turns = asyncio.Semaphore(CONNECTIONS)

    async def in_turn(work: Awaitable[Result]) -> Result:
        async with turns:
            return await work

    return list(await asyncio.gather(*(in_turn(work) for work in works)))


def receive(place: Place, quantity: int, **more: object) -> Receive:
    """A receipt of the place's good."""
    return Receive(
        variant_id=place.variant_id,
        warehouse_id=place.warehouse_id,
        quantity=Decimal(quantity),
        **more,  # type: ignore[arg-type]
    )


def refusals(outcomes: Sequence[Outcome]) -> list[type[Refusal]]:
    """The kinds of refusal among the outcomes."""
    return [type(outcome) for outcome in outcomes if isinstance(outcome, Refusal)]


async def test_opposite_line_orders_never_deadlock(meeting: Meeting) -> None:
    """Half the commands name their balances forwards, half backwards; locks are taken in one order, so no transaction ran
    twice."""
    places = [*meeting.places("FLOUR"), *meeting.places("MILK"), *meeting.places("SUGAR")]
    await meeting.post(*(receive(place, 1) for place in places))
    meeting.attempts = 0
    lines = [receive(place, 1) for place in places]
    outcomes = await together([meeting.post(*(lines if number % 2 else lines[::-1])) for number in range(160)])
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    assert meeting.attempts == 160
    assert [await meeting.on_hand(place) for place in places] == [Decimal(161)] * 6
    await meeting.assert_clean()


async def test_the_first_commands_of_balances_never_deadlock(meeting: Meeting) -> None:
    """Balances that do not exist yet are made by whoever comes first, in one order too, also where some of them exist."""
    places = [*meeting.places("FLOUR"), *meeting.places("MILK"), *meeting.places("SUGAR")]
    random = Random(SEED)
    chosen = [random.sample(places, random.randint(1, 6)) for _ in range(48)]
    outcomes = await together([meeting.post(*(receive(place, 1) for place in some)) for some in chosen])
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    assert meeting.attempts == 48
    expected = [Decimal(sum(place in some for some in chosen)) for place in places]
    assert [await meeting.on_hand(place) for place in places] == expected
    await meeting.assert_clean()


async def test_a_document_line_posts_once_on_one_balance(meeting: Meeting) -> None:
    """Eight tasks retry the same line: one posts it, seven learn that it has posted."""
    (place, _) = meeting.places("FLOUR")
    line = Document(type="RECEIPT", id=uuid4(), line="1", kind="RECEIPT")
    outcomes = await together([meeting.post(receive(place, 5), document=line) for _ in range(8)])
    assert refusals(outcomes) == [AlreadyPosted] * 7
    assert await meeting.on_hand(place) == 5
    await meeting.assert_clean()


async def test_a_document_line_posts_once_on_different_balances(meeting: Meeting) -> None:
    """No lock of a balance keeps the eight apart here: the line itself does."""
    places = meeting.world.places[:6]
    line = Document(type="RECEIPT", id=uuid4(), line="1", kind="RECEIPT")
    await together([meeting.post(receive(place, 1)) for place in places])
    outcomes = await together([meeting.post(receive(places[number % 6], 5), document=line) for number in range(8)])
    assert refusals(outcomes) == [AlreadyPosted] * 7
    assert sum([await meeting.on_hand(place) for place in places]) == 6 + 5
    await meeting.assert_clean()


async def test_only_one_of_many_equal_guesses_is_right(meeting: Meeting) -> None:
    """Eight tasks have read 10 and set another quantity: the first changes it, the others are stale."""
    (place, _) = meeting.places("FLOUR")
    await meeting.post(receive(place, 10))
    variant_id, warehouse_id = place.key
    outcomes = await together(
        [
            meeting.post(
                SetOnHand(
                    variant_id=variant_id,
                    warehouse_id=warehouse_id,
                    quantity=Decimal(20 + number),
                    change_from=Decimal(10),
                )
            )
            for number in range(8)
        ]
    )
    assert refusals(outcomes) == [StaleQuantity] * 7
    (winner,) = (number for number, outcome in enumerate(outcomes) if isinstance(outcome, Posted))
    assert await meeting.on_hand(place) == 20 + winner
    await meeting.assert_clean()


async def test_the_last_units_are_taken_once(meeting: Meeting) -> None:
    """Sixteen tasks take 1 of 5: five get it, and nothing is below zero."""
    (place, _) = meeting.places("FLOUR")
    await meeting.post(receive(place, 5))
    variant_id, warehouse_id = place.key
    take = Adjust(variant_id=variant_id, warehouse_id=warehouse_id, delta=Decimal(-1))
    outcomes = await together([meeting.post(take) for _ in range(16)])
    assert len(refusals(outcomes)) == 11
    assert await meeting.on_hand(place) == 0
    await meeting.assert_clean()


async def test_a_serial_arrives_in_one_warehouse_only(meeting: Meeting) -> None:
    """The same new piece is received in both warehouses at once, whose balances have different locks."""
    north, south = meeting.places("PHONE")
    for number in range(8):
        serial = (f"S{number}",)
        outcomes = await together(
            [meeting.post(receive(north, 1, serials=serial)), meeting.post(receive(south, 1, serials=serial))]
        )
        assert refusals(outcomes) == [SerialNotAvailable]
    assert await meeting.on_hand(north) + await meeting.on_hand(south) == 8
    await meeting.assert_clean()


async def test_a_lot_has_the_dates_of_whoever_made_it(meeting: Meeting) -> None:
    """The same new lot is received in both warehouses at once with different dates: one of them is contradicted."""
    north, south = meeting.places("YOGHURT")
    for number in range(8):
        lots = [LotReference(code=f"L{number}", expires_on=date(2027, 1, day)) for day in (1, 2)]
        outcomes = await together(
            [meeting.post(receive(north, 1, lot=lots[0])), meeting.post(receive(south, 1, lot=lots[1]))]
        )
        assert refusals(outcomes) == [InvalidInput]
    assert await meeting.on_hand(north) + await meeting.on_hand(south) == 8
    await meeting.assert_clean()
