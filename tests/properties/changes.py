"""What happens between commands without being one: a policy is changed, a lot is recalled."""

from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.stock.commands import lot_id
from inventory_graph.stock.state import State
from tests.properties.generator import Generator
from tests.properties.naive import NaiveBook

RECALLED_PER_ITEM_MAX = 2


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """From now on the item may go below zero, or may not."""

    item_id: UUID
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class Recall:
    """The lot must not be received any more."""

    item_id: UUID
    code: str


Change: TypeAlias = PolicyChange | Recall


def random_change(generator: Generator) -> Change:
    """A change that is possible now."""
    naive, random = generator.naive, generator.random
    recalled = [item_id for (item_id, _), batch in naive.batches.items() if batch.is_recalled]
    candidates = [
        Recall(item_id, code)
        for (item_id, code), batch in naive.batches.items()
        if not batch.is_recalled and recalled.count(item_id) < RECALLED_PER_ITEM_MAX
    ]
    if candidates and random.randrange(100) < 30:
        return random.choice(candidates)
    return PolicyChange(random.choice(generator.stocked).item_id, is_allowed=random.randrange(100) < 40)


def change_naive(naive: NaiveBook, change: Change) -> None:
    """Make the change in the naive book."""
    if isinstance(change, Recall):
        key = (change.item_id, change.code)
        naive.batches[key] = naive.batches[key]._replace(is_recalled=True)
    else:
        for shelf in naive.shelves.values():
            if shelf.place.item_id == change.item_id:
                shelf.may_be_negative = change.is_allowed


def change_state(state: State, change: Change) -> None:
    """Make the change in the book's memory."""
    if isinstance(change, Recall):
        known = lot_id(change.item_id, change.code)
        state.lots[known] = replace(state.lots[known], status="RECALLED")
    else:
        for balance in state.balances.values():
            if balance.stockable.item_id == change.item_id:
                balance.stockable = replace(balance.stockable, allow_negative=change.is_allowed)


async def change_database(tx: Transaction, change: Change) -> None:
    """Make the change in the database."""
    if isinstance(change, Recall):
        await tx.raw.execute(
            "UPDATE lots SET status = 'RECALLED' WHERE tenant_id = $1 AND id = $2",
            tx.tenant_id,
            lot_id(change.item_id, change.code),
        )
    else:
        await tx.raw.execute(
            "UPDATE items SET allow_negative = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant_id,
            change.item_id,
            change.is_allowed,
        )
