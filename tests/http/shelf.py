"""A little schema in which one field fails while those beside it and elsewhere wait for the same row; it exports what a resolver
module exports."""

import asyncio
from collections.abc import Mapping, Sequence

import strawberry

from inventory_graph.db import Transaction
from resolvers.context import Info
from resolvers.kit import field

WAIT = "SELECT pg_sleep(0.2)"


async def labels(tx: Transaction, keys: Sequence[str]) -> Mapping[str, str]:
    """What the loader reads: slowly, so that a failure comes first."""
    await tx.raw.execute(WAIT)
    return {key: f"label {key}" for key in keys}


@strawberry.type(description="A box.")
class Box:
    number: int = strawberry.field(description="Its number.")

    @field(description="What is written on all of them.")
    async def label(self, info: Info) -> str:
        return await info.context.load(labels, "A") or ""

    @field(description="What is in it: the first cannot be opened.")
    async def content(self) -> str:
        await asyncio.sleep(0.05)
        if self.number == 1:
            raise RuntimeError("It cannot be opened.")
        return "tea"


async def boxes() -> list[Box | None]:
    return [Box(number=number) for number in (1, 2)]


queries = [strawberry.field(boxes, description="Two of them.")]
