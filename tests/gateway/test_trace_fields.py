"""Inline traces as Apollo's own reader reads them."""

from typing import Any

import httpx

from tests.gateway.gateways import PACKAGE, SECRET, Graph

ASK = {"apollo-federation-include-trace": "ftv1", "x-router-secret": SECRET}


def test_apollo_reads_what_each_field_took(graph: Graph) -> None:
    """A protocol buffer that is read with other numbers or types would show nonsense, or nothing."""
    query = """{
      milk: stockBalance(sku: "RAW-MLK-001") { onHand variant { sku } }
      item(key: {sku: "RAW-MLK-001"}) { variants(first: 101) { nodes { sku } } }
    }"""
    headers = {**ASK, "authorization": f"Bearer {graph.service.token}"}
    answer = httpx.post(graph.service.url, json={"query": query}, headers=headers, timeout=10).json()
    trace: dict[str, Any] = PACKAGE.run("trace.mjs", answer["extensions"]["ftv1"])
    milk, item = trace["root"]["child"]
    assert (milk["responseName"], milk["originalFieldName"], milk["type"], milk["parentType"]) == (
        "milk", "stockBalance", "StockBalance", "Query",
    )  # fmt: skip
    assert [(each["responseName"], each["type"]) for each in milk["child"]] == [
        ("onHand", "Quantity!"),
        ("variant", "Variant!"),
    ]
    assert 0 < milk["startTime"] < milk["endTime"] <= trace["durationNs"]
    (error,) = item["child"][0]["error"]
    assert error["message"] == "first is 101; it must be 1 to 100."
    assert error["location"] == [{"line": 3, "column": 41}]
    began, ended = (trace[name]["seconds"] + trace[name]["nanos"] / 1e9 for name in ("startTime", "endTime"))
    assert ended - began <= trace["durationNs"] / 1e9 + 1e-3
    assert began > 1_700_000_000
