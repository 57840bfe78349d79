"""The worker tells how old the outbox is, at a port of its own, and ends when it is told to."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from migrations.roles import APP
from tests.given.tenants import given_tenant
from tests.servers import PostgresServer, free_port
from tests.statements import CountingDatabase

START_SECONDS_MAX = 60


@contextmanager
def working(url: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [Path(sys.executable).with_name("inventory-graph"), "worker"],
        env={**os.environ, "DATABASE_URL": url, "INVENTORY_WORKER_HTTP_PORT": str(port)},
        cwd=sys.prefix,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def answer(port: int, path: str) -> httpx.Response:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the worker does not answer"
            time.sleep(0.1)


async def test_the_worker_tells_the_age_of_the_outbox(postgres: PostgresServer) -> None:
    """Whatever else goes wrong with events, this rises."""
    url, port = await postgres.clone(), free_port()
    database = await CountingDatabase.connect(url, role=APP)
    await given_tenant(database)
    await database.close()
    with working(url, port) as process:
        assert answer(port, "/healthz").json() == {"status": "alive"}
        seconds = age_when_known(port)
        assert 0 < seconds < 3_600
        process.terminate()
        assert process.wait(timeout=10) == 0


def age_when_known(port: int) -> float:
    """The metric, as soon as the worker has looked."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while (seconds := _age(answer(port, "/metrics").text)) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    return seconds


def _age(text: str) -> float:
    line = next(line for line in text.splitlines() if line.startswith("inventory_graph_outbox_oldest_seconds"))
    return float(line.split()[1])
