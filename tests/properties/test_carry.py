"""Goods between two warehouses, alone: nothing comes of it that was not there, and nothing of it is gone."""

from collections import Counter
from datetime import timedelta
from random import Random
from uuid import UUID

from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Lose, Receive
from tests.properties.checked import CheckedBook
from tests.properties.generator import Generator
from tests.properties.naive_values import MILLION, whole
from tests.properties.settings import SEED
from tests.properties.world import BEGINNING, Good, World

GOODS = (
    Good(sku="FLOUR", strategy="FIFO"),
    Good(sku="JUICE", allow_negative=True),
    Good(sku="GRAVEL", is_bulk=True),
    Good(sku="YOGHURT", tracking="LOT", takes_lots=True),
    Good(sku="PHONE", tracking="SERIAL", takes_lots=True),
)
COMMANDS = 2_000


def test_what_was_received_is_in_a_warehouse_on_its_way_or_lost() -> None:
    """Received, shipped, arrived, come back and lost at random, each step as the naive book has it: at every hundredth the
    quantity of each good adds up, and so does what it is worth on its way."""
    random = Random(f"{SEED} carry")
    book = CheckedBook(World.of(random, GOODS))
    generator = Generator(random, book.world, book.naive)
    received: Counter[UUID] = Counter()
    lost: Counter[UUID] = Counter()
    for number in range(1, COMMANDS + 1):
        generator.leaving.begin()
        place = random.choice(generator.stocked)
        is_wrong = generator.chance(15)
        make = generator.receive if generator.chance(25) else generator.leaving.line
        command = generator.wrong.serial_in_stock() if is_wrong else generator.of(make(place))
        outcome = book.run(command, BEGINNING + timedelta(seconds=number))
        for line in command.lines if isinstance(outcome, Posted) else ():
            if isinstance(line, Receive):
                received[line.variant_id] += whole(line.quantity)
            elif isinstance(line, Lose):
                lost[line.variant_id] += whole(line.quantity)
        if number % 100 == 0:
            book.check_everything()
            assert _held(book) == received - lost
    assert min((received - lost).values()) >= MILLION
    assert lost.keys() == received.keys() == {place.variant_id for place in book.world.places}


def _held(book: CheckedBook) -> Counter[UUID]:
    """How much of each variant the ledger has in both warehouses and on the way between them."""
    held: Counter[UUID] = Counter()
    for balance in dict.values(book.balances):
        held[balance.stockable.variant_id] += whole(balance.on_hand)
    for (variant, _, _), quantity in book.ledger.on_the_way.items():
        held[variant] += quantity
    return held
