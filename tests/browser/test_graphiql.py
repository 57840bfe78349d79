"""GraphiQL, in a real browser that has no network, on the running service."""

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx

from tests.browser.chromium import CHECKOUT
from tests.browser.page import GraphiQL
from tests.servers import Service

SCREENSHOT = CHECKOUT / ".artifacts" / "graphiql.png"
SKU = "PST-CRO-001"
BALANCE = f"""query Croissants {{
  stockBalance(sku: "{SKU}") {{
    onHand
    version
  }}
}}
"""
ADJUSTMENT = """mutation AdjustCroissants {
  adjustStock(
    input: {
      idempotencyKey: "%s"
      sku: "%s"
      delta: "%s"
      reason: FOUND
    }
  ) {
    balances {
      onHand
      version
    }
    errors {
      code
      message
    }
    replayed
  }
}
"""


async def balance_by_http(service: Service) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {service.token}"}
    async with httpx.AsyncClient() as client:
        response = await client.post(service.url, json={"query": BALANCE}, headers=headers)
    balance: dict[str, Any] = response.json()["data"]["stockBalance"]
    return balance


async def test_opens_without_a_network(graphiql: GraphiQL, http_service: Service) -> None:
    """A café's cellar has no internet: editor and docs are there, and nothing outside was even asked for."""
    await graphiql.open(http_service.url)

    docs = await graphiql.docs.inner_text()
    assert "query: Query" in docs
    assert "mutation: Mutation" in docs
    assert graphiql.foreign_requests == []
    assert graphiql.problems == []


async def test_runs_a_query_and_a_mutation(graphiql: GraphiQL, http_service: Service) -> None:
    """What is run in the page happens in the service, and the pane shows it, with the token the page came with."""
    before = await balance_by_http(http_service)
    await graphiql.open(http_service.url)

    await graphiql.write(BALANCE)
    assert await graphiql.run() == {"data": {"stockBalance": before}}

    await graphiql.write(ADJUSTMENT % (uuid4(), SKU, "7"))
    answer = await graphiql.run()
    after = {"onHand": str(Decimal(before["onHand"]) + 7), "version": before["version"] + 1}
    assert answer == {"data": {"adjustStock": {"balances": [after], "errors": [], "replayed": False}}}
    assert await balance_by_http(http_service) == after

    SCREENSHOT.parent.mkdir(exist_ok=True)
    await graphiql.page.screenshot(path=SCREENSHOT)

    # The service is shared: what was found is taken out again.
    await graphiql.write(ADJUSTMENT % (uuid4(), SKU, "-7"))
    assert (await graphiql.run())["data"]["adjustStock"]["balances"][0]["onHand"] == before["onHand"]
    assert graphiql.foreign_requests == []
    assert graphiql.problems == []


async def test_runs_its_examples(graphiql: GraphiQL, http_service: Service) -> None:
    """The examples are the first thing a newcomer presses: each answers, and none is refused."""
    await graphiql.open(http_service.url)
    await graphiql.show_examples()

    count = await graphiql.examples.count()
    assert count >= 2
    for position in range(count):
        example = graphiql.examples.nth(position)
        if await example.get_by_text("subscription", exact=True).count():
            continue
        await example.click()
        answer = await graphiql.run()
        assert "errors" not in answer, await example.inner_text()
        payloads = [field for field in answer["data"].values() if isinstance(field, dict)]
        assert all(payload.get("errors", []) == [] for payload in payloads), answer
    assert graphiql.problems == []


async def test_follows_the_example_of_live_stock(graphiql: GraphiQL, http_service: Service) -> None:
    """Run as it is, and somebody else's change arrives in the pane by itself."""
    await graphiql.open(http_service.url)
    await graphiql.show_examples()
    await graphiql.examples.filter(has_text="Live stock").click()
    await graphiql.follow()
    await graphiql.delivered('"kind":"HEARTBEAT"')

    before = await milk(http_service, "3")
    await graphiql.delivered('"kind":"CHANGE"', f'"onHand":"{before["onHand"]}"', f'"version":{before["version"]}')
    after = await milk(http_service, "-3")
    await graphiql.delivered('"kind":"CHANGE"', f'"onHand":"{after["onHand"]}"', f'"version":{before["version"] + 1}')
    await graphiql.stop()
    assert graphiql.problems == []


async def milk(service: Service, delta: str) -> dict[str, Any]:
    """The balance of the milk after a change by so much."""
    headers = {"Authorization": f"Bearer {service.token}"}
    async with httpx.AsyncClient(headers=headers) as client:
        response = await client.post(service.url, json={"query": ADJUSTMENT % (uuid4(), "RAW-MLK-001", delta)})
    balance: dict[str, Any] = response.json()["data"]["adjustStock"]["balances"][0]
    return balance


async def test_leaves_no_token_behind(graphiql: GraphiQL, http_service: Service) -> None:
    """A token that was typed in is gone with the page, so that the one of the service's last start is always used."""
    address = http_service.url
    await graphiql.open(address)
    token_given = json.loads(await graphiql.headers_text())["Authorization"].removeprefix("Bearer ")
    await graphiql.write(BALANCE)
    await graphiql.run()

    stored = await graphiql.stored_text()
    assert "Croissants" in stored
    assert token_given not in stored

    await graphiql.write_headers('{"Authorization": "Bearer stale"}')
    assert "stale" in await graphiql.headers_text()
    await graphiql.page.reload()

    headers = json.loads(await graphiql.headers_text())
    assert headers["Authorization"].removeprefix("Bearer ").count(".") == 2
    assert "Croissants" in await graphiql.operation_text()
