"""Subscriptions through a gateway: what it asks of the service, and what reaches the client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.gateway.gateways import ANSWER_SECONDS_MAX, SUBSCRIBING, Gateway

subscribing = pytest.mark.parametrize("gateway", SUBSCRIBING, indirect=True)

SKU = "PST-MUF-001"
STOCK = """
subscription ($skus: [String!]) {
  stockChanged(skus: $skus) { kind balance { onHand version variant { sku } } }
}
"""
RECEIVE = """
mutation ($input: ReceiveStockInput!) { receiveStock(input: $input) { balances { version onHand } errors { message } } }
"""


@contextmanager
def subscribed(gateway: Gateway, token: str | None) -> Iterator[Iterator[dict[str, Any]]]:
    """The results of the subscription, as a browser gets them from the gateway."""
    headers = {"accept": "text/event-stream"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    body = {"query": STOCK, "variables": {"skus": [SKU]}}
    with httpx.stream("POST", gateway.url, json=body, headers=headers, timeout=ANSWER_SECONDS_MAX) as response:
        yield (
            json.loads(line.removeprefix("data:"))
            for line in response.iter_lines()
            if line.startswith("data:") and line.removeprefix("data:").strip()
        )


@subscribing
def test_changes_reach_the_client(gateway: Gateway) -> None:
    """The snapshot, then a change when it happens, with the caller's token at the service."""
    with subscribed(gateway, gateway.token) as results:
        while (first := next(results))["data"]["stockChanged"]["kind"] != "HEARTBEAT":
            assert first["data"]["stockChanged"]["balance"]["variant"] == {"sku": SKU}
        given = {"input": {"idempotencyKey": uuid4().hex, "lines": [{"sku": SKU, "quantity": "1"}]}}
        payload = gateway(RECEIVE, given)["receiveStock"]
        assert payload["errors"] == []
        while (change := next(results)["data"]["stockChanged"])["kind"] != "CHANGE":
            pass
    assert change["balance"] == {**payload["balances"][0], "variant": {"sku": SKU}}


@subscribing
def test_nobody_is_refused(gateway: Gateway) -> None:
    """By the service, with its code."""
    with subscribed(gateway, None) as results:
        errors = next(results)["errors"]
    assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
