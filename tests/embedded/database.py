"""Short conversations with a server under test."""

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncpg


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run ``work`` in an event loop of its own; the loop that pytest keeps for other tests is left alone."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


def answer(url: str, query: str) -> Any:
    """The first value of the first row that a connection of its own gets for ``query``."""
    return run(_answer(url, query))


def keep_number(url: str, number: int) -> None:
    """Commit one row."""
    run(_keep_number(url, number))


def kept_numbers(url: str) -> Any:
    """All rows committed by ``keep_number``, ascending."""
    return answer(url, "select array_agg(number order by number) from kept")


async def _answer(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _keep_number(url: str, number: int) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("create table if not exists kept (number int)")
        await connection.execute("insert into kept values ($1)", number)
    finally:
        await connection.close()


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone_within(pid: int, *, seconds: float) -> bool:
    """Whether the process ends within ``seconds``."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
