"""A peer: the inventory module of Medusa, a shop in Node.js, bare and inside the lock its own workflow holds around it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import asyncpg

from tests.node import NodePackage
from tests.servers import temporary_directory

PACKAGE: Final = NodePackage("medusa", Path(__file__).parent / "peers" / "medusa")
CALLERS: Final = 32
ANSWER_SECONDS_MAX: Final = 120
STOP_SECONDS_MAX: Final = 30

Way = Literal["bare", "locked"]


class Reserved(NamedTuple):
    """What a number of calls came to. ``held`` are the units of all rows of reservations, ``counted`` what the level says."""

    rate: float
    p50_ms: float
    p99_ms: float
    accepted: int
    held: int
    counted: int


@dataclass(slots=True)
class Medusa:
    """The modules in a process of their own, with the tables they made in a database of their own."""

    url: str
    process: asyncio.subprocess.Process
    log: Path
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def reserve(
        self, way: Way, *, quantity: int, items: int = 1, seconds: float = ANSWER_SECONDS_MAX, calls: int | None = None
    ) -> Reserved:
        """Reserve single units of new items with the quantity each, 32 calls at once, for so long or so often."""
        location = f"place-{next(self._numbers)}"
        asked = {"location": location, "way": way, "items": items, "quantity": quantity, "callers": CALLERS}
        found = await self._ask({**asked, "seconds": seconds, "calls": calls})
        connection = await asyncpg.connect(self.url)
        try:
            held = await connection.fetchval(
                "SELECT coalesce(sum(quantity), 0) FROM reservation_item WHERE location_id = $1", location
            )
            counted = await connection.fetchval(
                "SELECT coalesce(sum(reserved_quantity), 0) FROM inventory_level WHERE location_id = $1", location
            )
        finally:
            await connection.close()
        return Reserved(
            rate=found["calls"] / found["seconds"],
            p50_ms=found["p50_ms"],
            p99_ms=found["p99_ms"],
            accepted=found["accepted"],
            held=int(held),
            counted=int(counted),
        )

    async def answer(self) -> Any:
        """The next line the process says; raises ``RuntimeError`` with its log when it ends or stays silent."""
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), ANSWER_SECONDS_MAX)
        except TimeoutError:
            line = b""
        if not line:
            raise RuntimeError(f"Medusa gave no answer:\n{self.log.read_text(errors='replace')[-2_000:]}")
        return json.loads(line)

    async def _ask(self, request: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.answer()


@asynccontextmanager
async def medusa(url: str) -> AsyncIterator[Medusa]:
    """Medusa on the empty database; installs its package on first use, which takes a minute or two."""
    package = await asyncio.to_thread(PACKAGE.installed)
    with temporary_directory() as directory:
        log = directory / "medusa.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                "node", "reserve.mjs", cwd=package, env={**os.environ, "DATABASE_URL": url},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=output,
            )  # fmt: skip
        peer = Medusa(url, process, log)
        try:
            await peer.answer()
            yield peer
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
            except TimeoutError:
                process.kill()
                await process.wait()
