"""Whatever happens, the log holds no secret: neither a caller's nor the operator's."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx

from inventory_graph.identity.api_keys import create_api_key
from migrations.roles import APP, READER
from tests.given.tenants import given_tenant
from tests.servers import PostgresServer, free_port
from tests.statements import CountingDatabase

START_SECONDS_MAX = 60


@contextmanager
def serving(port: int, log: Path, environment: dict[str, str]) -> Iterator[httpx.Client]:
    """The service with every line that it can say in a file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("inventory-graph"), "serve", "--port", str(port)],
            env={**os.environ, **environment},
            cwd=sys.prefix,
            stdout=output,
            stderr=output,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            deadline = time.monotonic() + START_SECONDS_MAX
            while not _is_ready(client):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=30)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def test_a_run_in_which_everything_goes_wrong_tells_no_secret(postgres: PostgresServer, tmp_path: Path) -> None:
    """At the loudest level: good and bad credentials, wrong documents, a Redis that is away, a database that goes away. What is
    in the log in their place: the tenant, the operation and the request."""
    secrets = {name: f"{name}-{uuid4().hex}" for name in ("password", "redis", "router", "bearer", "variable")}
    login = f"inventory_test_{uuid4().hex[:12]}"
    url = await postgres.clone()
    owner = await asyncpg.connect(url)
    await owner.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{secrets['password']}'; GRANT {APP}, {READER} TO {login}")
    parts = urlsplit(url)
    own_url = urlunsplit(parts._replace(netloc=f"{login}:{secrets['password']}@{parts.hostname}:{parts.port}"))
    database = await CountingDatabase.connect(url, role=APP)
    tenant = await given_tenant(database)
    made = await database.write(
        tenant.actor, lambda tx: create_api_key(tx, name="till", scopes=["inventory_admin"], now=datetime.now(UTC))
    )
    secrets["api key"] = made.secret
    await database.close()
    port, log = free_port(), tmp_path / "service.log"
    environment = {
        "DATABASE_URL": own_url,
        "REDIS_URL": f"redis://user:{secrets['redis']}@127.0.0.1:{free_port()}/0",
        "INVENTORY_ROUTER_SECRETS": secrets["router"],
        "INVENTORY_ENVIRONMENT": "production",
        "INVENTORY_LOG_LEVEL": "DEBUG",
        "INVENTORY_SLOW_OPERATION_SECONDS": "0",
        "INVENTORY_RATE_CLIENT_POINTS": "100000",
    }
    with serving(port, log, environment) as client:
        _ask_everything(client, secrets)
        # The database goes away in the middle: once its connections, then for good.
        await owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", login)
        _ask_everything(client, secrets)
        await owner.execute(f"ALTER ROLE {login} NOLOGIN")
        await owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", login)
        _ask_everything(client, secrets)
        assert client.get("/readyz").status_code == 503
    await owner.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")
    await owner.close()
    text = log.read_text()
    assert {name: secret for name, secret in secrets.items() if secret in text} == {}
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    slow = [line for line in lines if line["message"].startswith("Slow: ")]
    assert any(line.get("tenant") == tenant.slug and line.get("operation") == "Shelf" for line in slow)
    assert all(line["requestId"] for line in slow)


def _ask_everything(client: httpx.Client, secrets: dict[str, str]) -> None:
    good = {"authorization": f"Bearer {secrets['api key']}", "x-router-secret": secrets["router"]}
    bad = {"authorization": f"Bearer {secrets['bearer']}"}
    worse = {"authorization": f"Bearer ig_{secrets['bearer']}", "x-api-key": secrets["bearer"]}
    variable = {
        "query": "query Look($sku: String!) { stockBalance(sku: $sku) { onHand } }",
        "variables": {"sku": secrets["variable"]},
    }
    for body, headers in (
        ({"query": "query Shelf { items(first: 5) { nodes { sku } } }"}, good),
        (variable, good),
        (variable, bad),
        (variable, worse),
        ({"query": "{ me { subject } }"}, {"x-api-key": secrets["api key"]}),
        ({"query": f'{{ nothing(text: "{secrets["variable"]}") }}'}, good),
        ({"query": f'mutation {{ createItem(input: {{sku: "{secrets["variable"]}\\u0001", name: "", unit: "NOPE"}}) {{ errors {{ code }} }} }}'}, good),
        ({"query": "{ __schema { types { name } } }"}, good),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}}}, good),
    ):  # fmt: skip
        client.post("/graphql", json=body, headers=headers)
    client.post(
        "/graphql", content=f'{{"query": "{secrets["variable"]}', headers={**good, "content-type": "application/json"}
    )
    client.get("/graphql", params={"query": "{ __typename }", "variables": f'{{"a": "{secrets["variable"]}"}}'})
