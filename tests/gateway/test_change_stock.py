"""Changing stock through a gateway: the answer, its replay, and refusals as data with types of their own."""

from typing import Any
from uuid import uuid4

from tests.gateway.gateways import Gateway

ADJUST = """
mutation Adjust($input: AdjustStockInput!) {
  adjustStock(input: $input) {
    balances { onHand variant { product { name } } }
    movements { kind quantity onHandAfter }
    replayed
    errors { __typename code message path ... on InsufficientStock { sku requested available nextAvailableAt } }
  }
}
"""


def adjusted(gateway: Gateway, delta: str, key: str | None = None) -> dict[str, Any]:
    """The payload of an adjustment of milk."""
    given = {"idempotencyKey": key or uuid4().hex, "sku": "RAW-MLK-001", "delta": delta, "reason": "CORRECTION"}
    payload: dict[str, Any] = gateway(ADJUST, {"input": given})["adjustStock"]
    return payload


def on_hand(gateway: Gateway) -> str:
    found: str = gateway('{ stockBalance(sku: "RAW-MLK-001") { onHand } }')["stockBalance"]["onHand"]
    return found


def test_a_change_happens_once_and_its_answer_goes_on_into_the_graph(gateway: Gateway) -> None:
    """What a mutation answers is the graph like any other: the balance leads to the catalogue's name. A router that sends it
    again gets the first answer again."""
    key = uuid4().hex
    done = {
        "balances": [{"onHand": "97.5", "variant": {"product": {"name": "A litre of milk"}}}],
        "movements": [{"kind": "ADJUSTMENT", "quantity": "2.5", "onHandAfter": "97.5"}],
        "errors": [],
    }
    assert adjusted(gateway, "-2.5", key) == {**done, "replayed": False}
    assert adjusted(gateway, "-2.5", key) == {**done, "replayed": True}
    assert on_hand(gateway) == "97.5"
    assert adjusted(gateway, "2.5")["balances"][0]["onHand"] == "100"


def test_a_refusal_keeps_its_type_and_what_it_says(gateway: Gateway) -> None:
    """A client reads how much is missing from the fields of the type; nothing was taken."""
    assert adjusted(gateway, "-100.5") == {
        "balances": [],
        "movements": [],
        "replayed": False,
        "errors": [
            {
                "__typename": "InsufficientStock",
                "code": "INSUFFICIENT_STOCK",
                "message": "100.5 of RAW-MLK-001 were asked but 100 are available: 0.5 short.",
                "path": ["input", "delta"],
                "sku": "RAW-MLK-001",
                "requested": "100.5",
                "available": "100",
                "nextAvailableAt": None,
            }
        ],
    }
    assert on_hand(gateway) == "100"


def test_each_of_two_changes_has_its_own_answer(gateway: Gateway) -> None:
    """Both root fields go to the service in one request, in their order; the second is refused and the first stands."""
    query = """
    mutation($first: AdjustStockInput!, $second: AdjustStockInput!) {
      first: adjustStock(input: $first) { balances { onHand } errors { code } }
      second: adjustStock(input: $second) { balances { onHand } errors { code } }
    }
    """
    given = {"sku": "RAW-MLK-001", "reason": "CORRECTION"}
    data = gateway(
        query,
        {
            "first": {**given, "idempotencyKey": uuid4().hex, "delta": "-1"},
            "second": {**given, "idempotencyKey": uuid4().hex, "delta": "-99.5"},
        },
    )
    assert data == {
        "first": {"balances": [{"onHand": "99"}], "errors": []},
        "second": {"balances": [], "errors": [{"code": "INSUFFICIENT_STOCK"}]},
    }
    assert adjusted(gateway, "1")["balances"][0]["onHand"] == "100"
