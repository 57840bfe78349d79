"""Who calls is decided here, by what the router hands on: a token, another tenant's, none."""

from typing import Any

from tests.gateway.gateways import Gateway, Graph

PRODUCTS = "{ products { sku name availability { available level } variant { sku } } }"


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer["errors"]}


def test_the_callers_token_is_handed_on(gateway: Gateway) -> None:
    """The router acts for its caller, not for itself: the ledger says who did it."""
    assert gateway("{ me { subject tenantSlug } }")["me"] == {
        "subject": "inventory_admin@urban-loft",
        "tenantSlug": "urban-loft",
    }


def test_nobody_gets_the_catalogue_and_is_told_why_no_stock(gateway: Gateway) -> None:
    """The other subgraph's names stay, and each gap says what to do about it."""
    answer = gateway.response(PRODUCTS, token=None)
    assert [each["name"] for each in answer["data"]["products"]] == ["A litre of milk", "Latte", "Voucher"]
    assert {(each["availability"], each["variant"]) for each in answer["data"]["products"]} == {(None, None)}
    assert codes(answer) == {"UNAUTHENTICATED"}


def test_nobody_changes_anything(gateway: Gateway) -> None:
    """Not through the router either."""
    mutation = (
        'mutation { adjustStock(input: {idempotencyKey: "k", sku: "RAW-MLK-001", delta: "-1", reason: WASTE})'
        " { balances { onHand } } }"
    )
    answer = gateway.response(mutation, token=None)
    assert codes(answer) == {"UNAUTHENTICATED"}
    assert answer.get("data") in (None, {"adjustStock": None})
    assert gateway('{ stockBalance(sku: "RAW-MLK-001") { onHand } }')["stockBalance"] == {"onHand": "100"}


def test_a_token_that_does_not_do_is_refused(gateway: Gateway) -> None:
    """A forged or expired credential is not taken for none."""
    answer = gateway.response('{ item(key: {sku: "RAW-MLK-001"}) { sku } }', token="e30.e30.e30")
    assert codes(answer) == {"UNAUTHENTICATED"}
    assert answer.get("data") in (None, {"item": None})


def test_another_tenants_token_sees_nothing_of_this_one(gateway: Gateway, graph: Graph) -> None:
    """By name or by reference: what the other tenant does not have is null to it, and no error."""
    query = '{ item(key: {sku: "RAW-MLK-001"}) { sku } orders { outlet { code } lines { product { name variant { sku } } } } }'
    data = gateway(query, token=graph.stranger)
    assert data["item"] is None
    assert [each["outlet"] for each in data["orders"]] == [{"code": None}]
    assert [(each["product"]["name"], each["product"]["variant"]) for each in data["orders"][0]["lines"]] == [
        ("A litre of milk", None),
        ("Latte", None),
        ("Voucher", None),
    ]


def test_a_shopper_sees_levels(gateway: Gateway) -> None:
    """No token, but a tenant that shows its levels: the header that names it is handed on."""
    query = "{ products { sku availability { level available } } }"
    data = gateway(query, token=None, headers={"x-tenant-slug": "urban-loft"})
    assert {each["sku"]: each["availability"] for each in data["products"]} == {
        "RAW-MLK-001": {"level": "IN_STOCK", "available": None},
        "BEV-LAT-001": {"level": "IN_STOCK", "available": None},
        "VOUCHER-50": {"level": "OUT", "available": None},
    }
