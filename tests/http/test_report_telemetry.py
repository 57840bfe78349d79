"""What an operator can count and read."""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import stamina.instrumentation
from prometheus_client import generate_latest

from inventory_graph.config import Settings
from inventory_graph.db import Database, LostRace, Transaction
from inventory_graph.outbox_age import OutboxAge
from inventory_graph.telemetry import JsonLines, Metrics, RequestLabels, TextLines, configure_logging, current_request
from tests.given.tenants import GivenTenant
from tests.graph import GivenCallers
from tests.http.conftest import Opened


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    """Metrics that count the retries of this process."""
    made = Metrics()
    made.watch_retries()
    yield made
    stamina.instrumentation.set_on_retry_hooks(None)


def record(message: str, *arguments: object, error: Exception | None = None) -> logging.LogRecord:
    information = (type(error), error, None) if error is not None else None
    return logging.LogRecord("resolvers.http", logging.ERROR, __file__, 1, message, arguments, information)


async def test_transactions_that_ran_again_are_counted(
    metrics: Metrics, database: Database, tenant: GivenTenant
) -> None:
    """Rising retries are the first that shows of a lock that everybody wants."""
    attempts = iter([LostRace(), LostRace(), None])

    async def run(_tx: Transaction) -> str:
        failure = next(attempts)
        if failure is not None:
            raise failure
        return "done"

    assert await database.write(tenant.actor, run) == "done"
    assert 'inventory_graph_transaction_retries_total{error="LostRace"} 2.0' in metrics.text().decode()


async def test_the_pool_is_seen_as_it_is_now(metrics: Metrics, database: Database) -> None:
    """Busy at the number allowed means that requests wait for connections."""
    metrics.watch_pool(database.pool)
    busy = 'inventory_graph_database_connections{state="busy"}'
    assert f"{busy} 0.0" in metrics.text().decode()
    async with database.pool.acquire():
        assert f"{busy} 1.0" in metrics.text().decode()


def test_a_json_line_is_one_line_with_the_request() -> None:
    """Whatever a client sent: no line break of its own, nothing that is no text."""
    token = current_request.set(RequestLabels("request-7", tenant="urban-loft", operation="Items"))
    try:
        line = JsonLines().format(record("got %s", "two\nlines \ud800", error=ValueError("wrong \udfff")))
    finally:
        current_request.reset(token)
    assert "\n" not in line
    read = orjson.loads(line)
    assert read["message"] == "got two\nlines ?"
    assert (read["level"], read["logger"], read["requestId"]) == ("ERROR", "resolvers.http", "request-7")
    assert (read["tenant"], read["operation"]) == ("urban-loft", "Items")
    assert read["exception"] == "ValueError: wrong ?"


def test_a_line_outside_of_a_request_names_none() -> None:
    """Start and shutdown belong to nobody."""
    assert "requestId" not in orjson.loads(JsonLines().format(record("Serving.")))
    assert TextLines("%(message)s").format(record("Serving.")) == "Serving."
    token = current_request.set(RequestLabels("request-8"))
    try:
        assert TextLines("%(message)s").format(record("Failed.")) == "Failed. [request-8]"
    finally:
        current_request.reset(token)


async def test_listed_operations_are_counted_by_name(opened: Opened) -> None:
    """Rate, errors and duration of what the operator listed; a client that makes up names makes up no time series."""
    async with opened(metrics_operations=("Till", "Report")) as client:
        for query in (
            "query Till { __typename }",
            "query Till { boom }",
            "query Made_up { __typename }",
            "{ __typename }",
        ):
            await client.post("/graphql", json={"query": query})
        text = (await client.get("/metrics")).text
    counted = dict(re.findall(r"^inventory_graph_operations_total\{(.*)\} (.*)$", text, re.MULTILINE))
    assert counted == {'name="Till",outcome="ok"': "1.0", 'name="Till",outcome="failed"': "1.0"}
    assert 'inventory_graph_operation_seconds_count{name="Till"} 2.0' in text
    assert "Made_up" not in text


async def test_operations_of_trusted_documents_are_counted_by_name(opened: Opened, tmp_path: Path) -> None:
    """The operator has listed them already."""
    document = "query Shelf { __typename }"
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({hashlib.sha256(document.encode()).hexdigest(): document}))
    async with opened(trusted_documents=file) as client:
        await client.post("/graphql", json={"query": document})
        assert 'inventory_graph_operations_total{name="Shelf",outcome="ok"} 1.0' in (await client.get("/metrics")).text


def test_the_names_counted_are_bounded(metrics: Metrics) -> None:
    """Each is a dozen time series."""
    metrics.name_operations(f"Operation{number}" for number in range(5_000))
    for number in range(5_000):
        metrics.answered("query", "ok", 0.001, name=f"Operation{number}")
    assert metrics.text().decode().count("inventory_graph_operations_total{") == 1_000


async def test_a_slow_operation_is_a_line_in_the_log(
    opened: Opened, callers: GivenCallers, tenant: GivenTenant, caplog: pytest.LogCaptureFixture
) -> None:
    """With what it cost; the line bears the tenant, the operation and the request."""
    caplog.handler.setFormatter(JsonLines())
    with caplog.at_level(logging.WARNING):
        async with opened(slow_operation_seconds=0) as client:
            await client.post(
                "/graphql",
                json={"query": "query Shelf { things(first: 3) { id } }"},
                headers={"authorization": callers.credential_of(tenant.actor), "x-request-id": "request-7"},
            )
    lines: list[dict[str, Any]] = [orjson.loads(line) for line in caplog.text.splitlines()]
    slow = next(line for line in lines if line["message"].startswith("Slow: "))
    assert re.fullmatch(r"Slow: a query of 3 points took \d\.\d{3} s \(ok\)\.", slow["message"])
    assert (slow["tenant"], slow["operation"], slow["requestId"]) == (tenant.slug, "Shelf", "request-7")


async def test_the_age_of_the_outbox_is_known(tenant: GivenTenant, worker_database: Database) -> None:
    """Of the oldest event of any tenant; the tenant's own making left some."""
    age = OutboxAge()
    seconds = await age.look(worker_database)
    assert 0 < seconds < 3_600
    assert f"inventory_graph_outbox_oldest_seconds {seconds}" in generate_latest(age.registry).decode()
    everything = Metrics()
    everything.add(age.registry)
    assert "inventory_graph_outbox_oldest_seconds" in everything.text().decode()


def test_the_log_does_not_tell_where_callbacks_are_posted() -> None:
    """The client's own line would hold the whole address, for each post and each sign of life."""
    root, client = logging.getLogger(), logging.getLogger("httpx")
    handlers, levels = list(root.handlers), (root.level, client.level)
    try:
        configure_logging(Settings.load(dotenv=None, log_level="INFO"))
        assert (root.isEnabledFor(logging.INFO), client.isEnabledFor(logging.INFO)) == (True, False)
        assert client.isEnabledFor(logging.WARNING)
        configure_logging(Settings.load(dotenv=None, log_level="ERROR"))
        assert not client.isEnabledFor(logging.WARNING)
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        client.setLevel(levels[1])
