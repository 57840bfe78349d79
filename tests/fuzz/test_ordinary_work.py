"""The limits that stop the others let ordinary work through, as shipped."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from inventory_graph.purchasing.drafting import LINES_MAX
from resolvers.entities import REPRESENTATIONS_MAX
from tests.fuzz.target import Target, headers_of

PAGE = """query Items($first: Int!, $filter: ItemFilter!) {
  items(first: $first, filter: $filter) {
    nodes {
      sku name type status tags category { slug name } unit { code }
      variants(first: 20) { nodes { sku name status attributes { name value } balances { onHand available warehouse { code } } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
MANY = 100
SIZES = ("L", "S")
CATEGORY = "a-page-of-them"
ENTITIES = "query($given: [_Any!]!) { _entities(representations: $given) { ... on Item { sku } } }"
CHANGE = (
    "mutation($input: CreateCategoryInput!) { createCategory(input: $input) { category { slug } errors { message } } }"
)


@pytest.fixture(scope="module")
async def items(target: Target) -> dict[str, list[str]]:
    """The SKUs of a hundred items, each with those of its variants: its own, and two sizes."""
    await change(target, "createCategory", [{"slug": CATEGORY, "name": "A page of them"}])
    names = [f"PAGE-{number:03}" for number in range(MANY)]
    given = [{"sku": sku, "name": f"Item {sku}", "unit": "PIECE", "categorySlug": CATEGORY} for sku in names]
    await change(target, "createItem", given)
    sizes = [
        {"item": {"sku": sku}, "sku": f"{sku}-{size}", "attributes": [{"name": "Size", "value": size}]}
        for sku in names
        for size in SIZES
    ]
    await change(target, "createVariant", sizes)
    return {sku: [sku, *(f"{sku}-{size}" for size in SIZES)] for sku in names}


async def change(target: Target, field: str, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Make changes at once, all of which are accepted."""
    query = (
        f"mutation($input: {field[0].upper()}{field[1:]}Input!) {{ {field}(input: $input) {{ errors {{ message }} }} }}"
    )
    headers = headers_of(target.service.token)
    async with httpx.AsyncClient(headers=headers, timeout=60, limits=httpx.Limits(max_connections=20)) as client:
        sent = [client.post(target.service.url, json={"query": query, "variables": {"input": each}}) for each in inputs]
        answers = [response.json() for response in await asyncio.gather(*sent)]
    assert [answer.get("data") for answer in answers] == [{field: {"errors": []}}] * len(inputs), answers[0]


def test_a_page_of_a_hundred_items_with_their_variants_is_answered(target: Target, items: dict[str, list[str]]) -> None:
    """What the list of a back office asks for, at once."""
    given = {"first": MANY, "filter": {"categorySlug": CATEGORY}}
    answer = target.query(PAGE, given, token=target.service.token)
    assert "errors" not in answer.body, answer.body["errors"]
    nodes = answer.body["data"]["items"]["nodes"]
    assert {node["sku"]: sorted(each["sku"] for each in node["variants"]["nodes"]) for node in nodes} == items


def test_a_thousand_entities_are_resolved_at_once(target: Target, items: dict[str, list[str]]) -> None:
    """What a router asks for that joins a long list."""
    wanted = list(items) * (REPRESENTATIONS_MAX // MANY)
    given = [{"__typename": "Item", "sku": sku} for sku in wanted]
    answer = target.query(ENTITIES, {"given": given}, token=target.service.token)
    assert answer.body["data"]["_entities"] == [{"sku": sku} for sku in wanted]


async def test_an_order_of_a_thousand_lines_with_their_prices_is_drafted(
    target: Target, items: dict[str, list[str]]
) -> None:
    """The longest that there may be, each line with everything that a line may have."""
    await change(target, "createSupplier", [{"code": "PAGES", "name": "Pages", "currency": "KES"}])
    line = {"quantity": "12", "unit": "PIECE", "unitPrice": {"amount": "12.50", "currency": "KES"}, "taxPercent": "16"}
    lines = [{"sku": sku, **line} for sku in list(items) * (LINES_MAX // MANY)]
    assert len(lines) == LINES_MAX
    await change(target, "createPurchaseOrder", [{"supplierCode": "PAGES", "lines": lines}])


async def test_fifty_changes_of_one_client_at_once_are_all_made(target: Target) -> None:
    """A till that was away catches up."""
    headers = headers_of(target.service.token)
    async with httpx.AsyncClient(headers=headers, timeout=60, limits=httpx.Limits(max_connections=50)) as client:

        async def change(number: int) -> dict[str, Any]:
            given = {"slug": f"rush-{number}", "name": f"Rush {number}", "idempotencyKey": f"rush-{number}"}
            response = await client.post(target.service.url, json={"query": CHANGE, "variables": {"input": given}})
            answered: dict[str, Any] = response.json()
            return answered

        answers = await asyncio.gather(*(change(number) for number in range(50)))
    assert [answer.get("errors") for answer in answers] == [None] * 50
    assert {answer["data"]["createCategory"]["category"]["slug"] for answer in answers} == {
        f"rush-{n}" for n in range(50)
    }
