"""One query over three subgraphs: each gateway puts the same answer together."""

import pytest

from tests.gateway.gateways import COST_MAX, COUNTING, Gateway

ORDERS = """
query Orders($skus: [String!]!) {
  orders {
    number
    outlet { code warehouses { code isDefault } availability(skus: $skus) { sku available level } }
    lines {
      quantity
      product {
        name
        price { amount currency }
        availability { available level limitingComponents { sku } }
        variant { sku balances { onHand warehouse { code } } }
      }
    }
  }
}
"""


def test_an_order_has_its_prices_and_its_stock(gateway: Gateway) -> None:
    """From ordering to the catalogue by SKU, from there here; and from the order's outlet to what lies there."""
    (order,) = gateway(ORDERS, {"skus": ["RAW-MLK-001"]})["orders"]
    assert order["number"] == "UL-1"
    assert order["outlet"] == {
        "code": "MAIN",
        "warehouses": [{"code": "MAIN", "isDefault": True}],
        "availability": [{"sku": "RAW-MLK-001", "available": "100", "level": "IN_STOCK"}],
    }
    milk, latte, _ = order["lines"]
    assert milk == {
        "quantity": 1,
        "product": {
            "name": "A litre of milk",
            "price": {"amount": "150", "currency": "KES"},
            "availability": {"available": "100", "level": "IN_STOCK", "limitingComponents": []},
            "variant": {"sku": "RAW-MLK-001", "balances": [{"onHand": "100", "warehouse": {"code": "MAIN"}}]},
        },
    }
    assert latte["product"]["name"] == "Latte"
    assert latte["product"]["availability"] == {
        "available": "400",
        "level": "IN_STOCK",
        "limitingComponents": [{"sku": "RAW-MLK-001"}],
    }


def test_what_is_not_stocked_keeps_its_name_and_price(gateway: Gateway) -> None:
    """An SKU that is unknown here takes nothing away from what the catalogue knows, and is no error."""
    query = "{ products { sku name price { amount } availability { level } variant { sku } item { sku } } }"
    found = {each["sku"]: each for each in gateway(query)["products"]}
    assert found["VOUCHER-50"] == {
        "sku": "VOUCHER-50", "name": "Voucher", "price": {"amount": "50"}, "availability": None, "variant": None, "item": None,
    }  # fmt: skip
    assert found["RAW-MLK-001"]["item"] == {"sku": "RAW-MLK-001"}


def test_stock_leads_to_the_catalogues_prices(gateway: Gateway) -> None:
    """A stock list with what things sell for: the router fills the product in by its SKU."""
    query = '{ stockBalance(sku: "RAW-MLK-001") { onHand variant { sku product { name price { amount } } } } }'
    assert gateway(query)["stockBalance"] == {
        "onHand": "100",
        "variant": {"sku": "RAW-MLK-001", "product": {"name": "A litre of milk", "price": {"amount": "150"}}},
    }


def test_another_subgraph_builds_on_what_is_known_here(gateway: Gateway) -> None:
    """``@requires``: the catalogue's field is computed there from the status that the variant has here."""
    found = gateway("{ products { sku isDiscontinued } }")["products"]
    assert {each["sku"]: each["isDiscontinued"] for each in found} == {
        "RAW-MLK-001": False, "BEV-LAT-001": False, "VOUCHER-50": None,
    }  # fmt: skip


def test_entities_are_found_by_every_name(gateway: Gateway) -> None:
    """Aliases, fragments and variables of the client's document survive the router's plan."""
    query = """
    query Names($key: ItemKey!, $first: Int!) {
      milk: item(key: $key) { ...Named variants(first: $first) { totalCount nodes { name balances { ...Where } } } }
      place: warehouse(key: {code: "MAIN"}) { ... on Warehouse { code balances(first: 1) { pageInfo { hasNextPage } } } }
    }
    fragment Named on Item { sku title: name unit { code } }
    fragment Where on StockBalance { available warehouse { timezone } }
    """
    data = gateway(query, {"key": {"sku": "RAW-MLK-001"}, "first": 1})
    assert data == {
        "milk": {
            "sku": "RAW-MLK-001",
            "title": "Fresh Milk",
            "unit": {"code": "LITRE"},
            "variants": {
                "totalCount": 1,
                "nodes": [
                    {
                        "name": "Fresh Milk",
                        "balances": [{"available": "100", "warehouse": {"timezone": "Africa/Nairobi"}}],
                    }
                ],
            },
        },
        "place": {"code": "MAIN", "balances": {"pageInfo": {"hasNextPage": True}}},
    }


def test_a_bad_argument_is_told_through_the_router(gateway: Gateway) -> None:
    """The code and the argument reach the client; the router hides neither."""
    answer = gateway.response("query($first: Int!) { items(first: $first) { nodes { sku } } }", {"first": 101})
    (error,) = answer["errors"]
    assert error["message"] == "first is 101; it must be 1 to 100."
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["argument"] == ["first"]


def test_what_is_not_of_the_graph_cannot_be_asked_for(gateway: Gateway) -> None:
    """Neither the router's own fields nor what is ``@inaccessible``."""
    names = {each["name"] for each in gateway('{ __type(name: "Mutation") { fields { name } } }')["__type"]["fields"]}
    assert "updateTenant" in names
    assert "createTenant" not in names
    for query in ("{ _service { sdl } }", "{ _entities(representations: []) { __typename } }"):
        assert "errors" in gateway.response(query)


@pytest.mark.parametrize("gateway", COUNTING, indirect=True)
@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ('{ item(key: {sku: "RAW-MLK-001"}) { sku } }', 1),
        ("{ items(first: 5) { nodes { sku variants { nodes { sku } totalCount } } } }", 161),
        ("{ items(first: 100) { nodes { variants { nodes { balances { onHand } } } } } }", 12_201),
        ("{ stockAudit { driftCount } }", 1_001),
    ],
)
def test_the_router_knows_what_a_query_costs(gateway: Gateway, query: str, cost: int) -> None:
    """By ``@cost`` and ``@listSize``: a page as large as its ``first``, its default where there is none, a list as long as it
    usually is. What costs too much never reaches the service."""
    answer = gateway.response(query)
    assert answer["extensions"]["cost"] == {"estimated": cost, "max": COST_MAX}
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert codes == (["COST_ESTIMATED_TOO_EXPENSIVE"] if cost > COST_MAX else [])
