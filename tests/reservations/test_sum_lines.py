"""Lines that touch one balance are summed before they are checked: a cart cannot oversell itself."""

from tests.given.items import given_item, given_stock
from tests.graph import GraphClient

SHORT = """mutation($input: ReserveStockInput!) { reserveStock(input: $input) {
  reservation { id } errors { code ... on InsufficientStock { sku requested available } } } }"""
BALANCE = '{ stockBalance(sku: "TEA") { reserved available version } }'


async def test_lines_that_are_short_together_are_refused_together(graph: GraphClient) -> None:
    """Each would fit; the refusal names what all of them want, and none of them holds anything."""
    await given_item(graph.tenant, sku="TEA")
    await given_stock(graph.tenant, "TEA", "5")
    lines = [{"sku": "TEA", "quantity": "3"}, {"sku": "TEA", "quantity": "3"}]
    data = await graph(SHORT, {"input": {"idempotencyKey": "cart", "lines": lines}})
    assert data["reserveStock"] == {
        "reservation": None,
        "errors": [{"code": "INSUFFICIENT_STOCK", "sku": "TEA", "requested": "6", "available": "5"}],
    }
    assert (await graph(BALANCE))["stockBalance"] == {"reserved": "0", "available": "5", "version": 1}
