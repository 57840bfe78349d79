"""A shop whose stock lives in one database and is served by as many processes as a test starts."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from inventory_graph.db import Database
from inventory_graph.hooks import HOOKS
from inventory_graph.signing import development_key, sign_token
from inventory_graph.stock.audit import drift
from migrations.roles import APP, WORKER
from tests.faults.wire import NoAnswerError, Wire
from tests.given.items import given_item
from tests.given.stock import given_stock
from tests.given.tenants import GivenTenant, given_tenant
from tests.servers import PostgresServer, end, free_port, program

START_SECONDS_MAX = 120
ERRORS = "errors { __typename code message path ... on InsufficientStock { requested available } }"


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant in a database of its own; ``environment`` is what a process needs to serve it."""

    tenant: GivenTenant
    worker: Database
    token: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    directory: Path

    async def stock(self, sku: str, quantity: str) -> None:
        """A new item with so much of it in the default warehouse."""
        await given_item(self.tenant, sku=sku)
        await given_stock(self.tenant, sku, quantity)

    async def fetch(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the statement finds; $1 is the tenant."""
        async with self.tenant.database.read(self.tenant.actor) as tx:
            return [dict(row) for row in await tx.raw.fetch(sql, self.tenant.id, *arguments)]

    async def balance(self, sku: str) -> tuple[str, str]:
        """What is on hand and what is reserved of the SKU, as stored."""
        (row,) = await self.fetch(
            "SELECT trim_scale(on_hand)::text AS on_hand, trim_scale(reserved)::text AS reserved FROM balances"
            " JOIN variants ON variants.tenant_id = $1 AND variants.id = balances.variant_id"
            " WHERE balances.tenant_id = $1 AND variants.sku = $2",
            sku,
        )
        return row["on_hand"], row["reserved"]

    async def assert_clean(self) -> None:
        """Nothing that was stored disagrees with the ledger."""
        async with self.tenant.database.snapshot(self.tenant.actor) as tx:
            assert (await drift(tx)).drifts == []


@asynccontextmanager
async def opened_shop(postgres: PostgresServer, directory: Path) -> AsyncIterator[Shop]:
    """A shop in a new database; its processes keep their key and logs in the directory."""
    url = await postgres.clone()
    database = await Database.connect(url, role=APP, hooks=HOOKS)
    worker = await Database.connect(url, role=WORKER, hooks=HOOKS)
    tenant = await given_tenant(database)
    key_file = directory / "development-key.pem"
    token = sign_token(
        development_key(key_file),
        tenant_id=tenant.id,
        tenant_slug=tenant.slug,
        subject="user-at-the-counter",
        roles=["inventory_admin"],
        now=datetime.now(UTC),
    )
    environment = {"DATABASE_URL": url, "INVENTORY_DEVELOPMENT_KEY_FILE": str(key_file)}
    yield Shop(tenant=tenant, worker=worker, token=token, environment=environment, directory=directory)
    await worker.close()
    await database.close()


@dataclass(slots=True)
class Counter:
    """A process of the shop as one who calls it: answers, or None where there was none."""

    wire: Wire

    async def ask(self, mutation: str, given: Mapping[str, Any], select: str = "replayed") -> dict[str, Any] | None:
        """The payload of the mutation: what ``select`` names, and its errors; None when the connection broke."""
        named = f"{mutation[0].upper()}{mutation[1:]}Input"
        query = f"mutation($input: {named}!) {{ {mutation}(input: $input) {{ {select} {ERRORS} }} }}"
        try:
            answer = await self.wire.post(orjson.dumps({"query": query, "variables": {"input": dict(given)}}))
        except NoAnswerError:
            return None
        body = orjson.loads(answer)
        assert "errors" not in body, body["errors"]
        payload: dict[str, Any] = body["data"][mutation]
        return payload

    async def accepted(self, mutation: str, given: Mapping[str, Any], select: str = "replayed") -> dict[str, Any]:
        """``ask`` of a process that answers and does what it is asked."""
        payload = await self.ask(mutation, given, select)
        assert payload is not None, f"{mutation} was not answered"
        assert payload["errors"] == [], payload["errors"]
        return payload


@contextmanager
def counter_at(shop: Shop, port: int) -> Iterator[Counter]:
    """The process that serves on the port."""
    wire = Wire(port, shop.token)
    try:
        yield Counter(wire)
    finally:
        wire.close()


@contextmanager
def serving(shop: Shop) -> Iterator[int]:
    """``inventory-graph serve`` on a free port, which is answered when it is ready; ended by its process id."""
    port = free_port()
    log = shop.directory / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program(), "serve", "--port", str(port)],
            cwd=Path(sys.prefix),
            env={**os.environ, **shop.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until_ready(port, log, lambda: process.poll() is None)
        yield port
    finally:
        end(process)


def wait_until_ready(port: int, log: Path, is_running: Callable[[], bool]) -> None:
    """Returns when the process on the port says that it is ready to serve."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while not _is_ready(port):
        said = log.read_text(errors="replace")[-2_000:]
        assert is_running(), f"the process ended while it started:\n{said}"
        assert time.monotonic() < deadline, f"not ready after {START_SECONDS_MAX} seconds:\n{said}"
        time.sleep(0.05)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
