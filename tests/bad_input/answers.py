"""Answers to bad input: sent, and looked at."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.graph import GraphClient
from tests.hostile import (
    is_told,
)

WORDS_OF_OUR_OWN_MAX = 1_000
"""How much longer than what was sent a message may be: it may say a value back, and no more than that."""


async def answer(graph: GraphClient, content: bytes) -> dict[str, Any]:
    """The JSON that is answered to a body; never a failure of the service, and never an essay."""
    headers = {"authorization": graph.callers.credential_of(graph.tenant.actor), "content-type": "application/json"}
    response = await graph.client.post("/graphql", content=content, headers=headers)
    sent = content[:600].decode()
    assert response.status_code in {200, 400}, f"{response.status_code} {response.text[:300]} for {sent}"
    assert response.headers["content-type"].startswith("application/json")
    found: dict[str, Any] = response.json()
    for error in found.get("errors", ()):
        assert error["extensions"]["code"] not in {"INTERNAL", "UNAVAILABLE"}, f"{error} for {sent}"
    for error in refusals(found):
        assert len(error["message"]) <= len(content) + WORDS_OF_OUR_OWN_MAX, f"{error['message'][:300]} for {sent}"
    return found


def refusals(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The errors of an answer, at its top and in its payloads."""
    payloads = [each for each in (found.get("data") or {}).values() if isinstance(each, dict)]
    return [*found.get("errors", ()), *(error for payload in payloads for error in payload.get("errors") or ())]


def assert_told(errors: Sequence[Mapping[str, Any]], names: Sequence[str], sent: object) -> None:
    """Every error says which argument is wrong, and there is one."""
    assert errors, f"{'.'.join(names)}: {str(sent)[:200]!r} was taken"
    for error in errors:
        assert is_told(error, names), f"{'.'.join(names)} = {str(sent)[:100]!r}: {error}"
