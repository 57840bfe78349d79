"""Servers to measure, each a process on one core of its own; the client and the database share the rest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TypeAlias

from inventory_graph.signing import development_key, sign_token
from tests.bench.shop import Shop
from tests.servers import free_port, temporary_directory

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30

TokenFor: TypeAlias = Callable[[Shop], str]


@contextmanager
def service(database_url: str) -> Iterator[tuple[int, TokenFor]]:
    """This service on the database: its port, and tokens for a shop."""
    with temporary_directory() as directory:
        key_file = directory / "key.pem"
        key = development_key(key_file)

        def token_for(shop: Shop) -> str:
            return sign_token(
                key,
                tenant_id=shop.actor.tenant_id,
                tenant_slug=shop.actor.tenant_slug,
                subject="bench",
                roles=["inventory_admin"],
                now=datetime.now(UTC),
            )

        port = free_port()
        environment = {"DATABASE_URL": database_url, "INVENTORY_DEVELOPMENT_KEY_FILE": str(key_file)}
        with _process([sys.executable, "-m", "inventory_graph.cli", "serve", "--port", str(port)], port, environment):
            yield port, token_for


@contextmanager
def stock_strawberry() -> Iterator[int]:
    """Strawberry as it comes: its port."""
    port = free_port()
    with _process([sys.executable, "-m", "tests.bench.stock_strawberry", str(port)], port, {}):
        yield port


@contextmanager
def _process(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {0})
        deadline = time.monotonic() + START_SECONDS_MAX
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} does not serve")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS_MAX)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
