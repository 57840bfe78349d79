"""How tests of reservations read what came of a request."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from inventory_graph.actor import Actor
from tests.given.reservations import LINE
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.stock.requests import balance

STOCK = "onHand reserved available"
_REFUSAL = """
errors {
  __typename code message path
  ... on InsufficientStock { sku requested available component { sku } reasons }
  ... on AlreadyResolved { status resolvedAt }
  ... on ReservationExpired { expiredAt }
}
"""
_READ = f"""
query($id: ID!) {{
  reservation(id: $id) {{
    id status version expiresAt resolvedAt readyAt collectedAt noShowAt pickupAt pickupUntil orderId
    warehouse {{ code }}
    lines {{
      {LINE}
      components {{ variant {{ sku }} quantity }}
      allocations {{ quantity serials lot {{ code }} location {{ code }} warehouse {{ code }} }}
    }}
    history {{ version kind by reason details at }}
  }}
}}
"""


async def reservation_now(graph: GraphClient, reservation: Mapping[str, Any]) -> dict[str, Any]:
    """The reservation as the query answers it, with its lines, what is held for them, and its history."""
    found: dict[str, Any] = (await graph(_READ, {"id": reservation["id"]}))["reservation"]
    return found


async def stock(graph: GraphClient, sku: str, **warehouse: str) -> tuple[str, str, str]:
    """On hand, reserved and available, in the default warehouse unless a key names another."""
    found = await balance(graph, sku, STOCK, **warehouse)
    return found["onHand"], found["reserved"], found["available"]


async def refusal_of(
    graph: GraphClient, verb: str, given: Mapping[str, Any], *, actor: Actor | None = None
) -> dict[str, Any]:
    """The one refusal of a verb, with the fields of its type; it left no row, no key and no event behind."""
    values = {"idempotencyKey": uuid4().hex, **given}
    async with unchanged(graph.tenant):
        data = await graph(
            f"mutation($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ {_REFUSAL} }} }}",
            {"input": values},
            actor=actor,
        )
    (error,) = data[verb]["errors"]
    found: dict[str, Any] = error
    return found


def amounts(reservation: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Of each line: what was asked, is held, was issued, was given back and waits."""
    return [
        (line["requested"], line["reserved"], line["committed"], line["released"], line["backordered"])
        for line in reservation["lines"]
    ]


def held(reservation: Mapping[str, Any]) -> dict[str, str]:
    """How much of each leaf is held for the lines of a reservation that was read; lines of one leaf must be read apart."""
    found: dict[str, str] = {}
    for line in reservation["lines"]:
        found |= {each["variant"]["sku"]: each["quantity"] for each in line["components"]}
        if line["allocations"]:
            found[line["variant"]["sku"]] = line["reserved"]
    return found


def lots(reservation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Which lots were chosen for the first line, and how much of each."""
    return [(each["lot"]["code"], each["quantity"]) for each in reservation["lines"][0]["allocations"]]
