"""Servers to measure, each a process on one core of its own; the client and the database share the rest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from inventory_graph.signing import development_key, sign_token
from tests.bench.shop import Shop
from tests.servers import free_port, temporary_directory

SERVER_CORES = (0,)
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30

TokenFor: TypeAlias = Callable[[Shop], str]


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process: where it listens, and what it has cost so far."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The processor time that it has used, its own and the kernel's for it; needs Linux."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """The memory that it has at present; needs Linux."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@contextmanager
def service(database_url: str) -> Iterator[tuple[int, TokenFor]]:
    """This service on the database: its port, and tokens for a shop."""
    with module_with_database(None, database_url) as (serving, token_for):
        yield serving.port, token_for


@contextmanager
def module_with_database(
    name: str | None, database_url: str, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[Serving, TokenFor]]:
    """A module that serves on the database at the port it is given, by default this service: the server, and tokens for a
    shop. ``settings`` are more of its environment."""
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
        environment = {
            "DATABASE_URL": database_url,
            "INVENTORY_DEVELOPMENT_KEY_FILE": str(key_file),
            **(settings or {}),
        }
        command = [sys.executable, "-m", name, str(port)] if name else _serve_on(port)
        with pinned(command, port, environment) as pid:
            yield Serving(port, pid), token_for


def _serve_on(port: int) -> list[str]:
    return [sys.executable, "-m", "inventory_graph.cli", "serve", "--port", str(port)]


@contextmanager
def stock_strawberry() -> Iterator[int]:
    """Strawberry as it comes: its port."""
    with module("tests.bench.stock_strawberry") as serving:
        yield serving.port


@contextmanager
def module(name: str, *arguments: str) -> Iterator[Serving]:
    """A module that serves at the port that is its first argument."""
    port = free_port()
    with pinned([sys.executable, "-m", name, str(port), *arguments], port, {}) as pid:
        yield Serving(port, pid)


@contextmanager
def worker(database_url: str, settings: Mapping[str, str]) -> Iterator[None]:
    """This service's worker on the database, on the cores that no server has."""
    port = free_port()
    environment = {"DATABASE_URL": database_url, "INVENTORY_WORKER_HTTP_PORT": str(port), **settings}
    with pinned([sys.executable, "-m", "inventory_graph.cli", "worker"], port, environment, cores=other_cores()):
        yield


def other_cores() -> list[int]:
    """The cores that no server has; all where there is only one."""
    count = os.cpu_count() or 1
    return [core for core in range(count) if core not in SERVER_CORES] or list(range(count))


@contextmanager
def pinned(
    command: list[str],
    port: int,
    environment: dict[str, str],
    *,
    directory: Path | None = None,
    cores: Collection[int] = SERVER_CORES,
) -> Iterator[int]:
    """The command as a process on the first core, or on others, serving on the port: its process id."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        # Here it says that it serves; what is wrong it says on standard error.
        stdout=subprocess.DEVNULL,
    )
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, cores)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} does not serve")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS_MAX)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
