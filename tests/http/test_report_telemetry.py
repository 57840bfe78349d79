"""What an operator can count and read."""

import logging
from collections.abc import Iterator
from uuid import uuid4

import orjson
import pytest
import stamina.instrumentation

from inventory_graph.db import Database, LostRace, Transaction
from inventory_graph.telemetry import JsonLines, Metrics, TextLines, current_request_id
from tests.given.tenants import GivenTenant


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
    token = current_request_id.set("request-7")
    try:
        line = JsonLines().format(record("got %s", "two\nlines \ud800", error=ValueError("wrong \udfff")))
    finally:
        current_request_id.reset(token)
    assert "\n" not in line
    read = orjson.loads(line)
    assert read["message"] == "got two\nlines ?"
    assert (read["level"], read["logger"], read["requestId"]) == ("ERROR", "resolvers.http", "request-7")
    assert read["exception"] == "ValueError: wrong ?"


def test_a_line_outside_of_a_request_names_none() -> None:
    """Start and shutdown belong to nobody."""
    assert "requestId" not in orjson.loads(JsonLines().format(record("Serving.")))
    assert TextLines("%(message)s").format(record("Serving.")) == "Serving."
    token = current_request_id.set(f"request-{uuid4().hex[:4]}")
    try:
        assert TextLines("%(message)s").format(record("Failed.")) == f"Failed. [{current_request_id.get()}]"
    finally:
        current_request_id.reset(token)
