"""The limits that stop the others let ordinary work through, as shipped."""

import asyncio
from typing import Any

import httpx

from tests.fuzz.target import Target, headers_of

PAGE = """query Items($first: Int!) {
  items(first: $first) {
    nodes {
      sku name type status tags category { slug name } unit { code }
      variants(first: 20) { nodes { sku name status attributes { name value } balances { onHand available warehouse { code } } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
CHANGE = (
    "mutation($input: CreateCategoryInput!) { createCategory(input: $input) { category { slug } errors { message } } }"
)


def test_a_page_of_a_hundred_items_with_their_variants_is_answered(target: Target) -> None:
    """What the list of a back office asks for, at once."""
    answer = target.query(PAGE, {"first": 100}, token=target.service.token)
    assert "errors" not in answer.body, answer.body["errors"]
    assert len(answer.body["data"]["items"]["nodes"]) > 10


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
