"""Sixteen buyers want the last unit at the same time, at two processes: one has it, the others are told that there is none."""

import asyncio
from collections import Counter as Tally
from random import Random
from typing import Any

import pytest

from tests.faults.shop import Counter, Shop

SEED = 20_261_125
BUYERS = 16
ROUNDS = 1_000
SKU = "LAST-CROISSANT"
NONE_LEFT = {
    "__typename": "InsufficientStock", "code": "INSUFFICIENT_STOCK", "path": ["input", "lines", "0", "quantity"],
    "requested": "1", "available": "0",
}  # fmt: skip


async def buy(counter: Counter, name: str) -> dict[str, Any]:
    """Reserve one unit for an order of the name."""
    given = {"idempotencyKey": name, "reference": name, "lines": [{"sku": SKU, "quantity": "1"}]}
    payload = await counter.ask("reserveStock", given, "reservation { id status } replayed")
    assert payload is not None, "a process does not answer"
    return payload


@pytest.mark.timeout(500)
async def test_one_of_sixteen_has_the_last_unit(shop: Shop, counters: tuple[Counter, Counter]) -> None:
    """A thousand times, each time with the next single unit on the shelf: the ledger has a thousand sales and nothing else."""
    await shop.stock(SKU, "1")
    random = Random(SEED)
    winners: Tally[int] = Tally()
    for number in range(ROUNDS):
        buyers = list(range(BUYERS))
        random.shuffle(buyers)
        answers = await asyncio.gather(*(buy(counters[each % 2], f"round {number}, buyer {each}") for each in buyers))
        won = [(each, answer) for each, answer in zip(buyers, answers, strict=True) if not answer["errors"]]
        assert [answer["reservation"]["status"] for _, answer in won] == ["HELD"], f"round {number}"
        for answer in answers:
            for error in answer["errors"]:
                assert {name: error[name] for name in NONE_LEFT} == NONE_LEFT, f"round {number}"
        ((buyer, answer),) = won
        winners[buyer % 2] += 1
        sale = {"idempotencyKey": f"sale {number}", "reservationId": answer["reservation"]["id"]}
        await counters[number % 2].accepted("commitReservation", sale)
        if number < ROUNDS - 1:
            next_one = {"idempotencyKey": f"unit {number}", "lines": [{"sku": SKU, "quantity": "1"}]}
            await counters[(number + 1) % 2].accepted("receiveStock", next_one)
    assert min(winners.values()) > ROUNDS // 20, winners
    assert await shop.balance(SKU) == ("0", "0")
    (sold,) = await shop.fetch(
        "SELECT count(*) AS count FROM movements JOIN variants ON variants.tenant_id = $1 AND variants.id = variant_id"
        " WHERE movements.tenant_id = $1 AND sku = $2 AND from_state = 'RESERVED' AND to_state IS NULL",
        SKU,
    )
    (refused,) = await shop.fetch(
        "SELECT count(*) AS count FROM idempotency_keys WHERE tenant_id = $1 AND operation = 'reserveStock'"
        " AND key LIKE 'round %'"
    )
    assert (sold["count"], refused["count"]) == (ROUNDS, ROUNDS)
    await shop.assert_clean()
