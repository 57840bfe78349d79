"""Lists as they are fetched, and what the API answers of the same things."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from inventory_graph.actor import Actor
from tests.graph import GraphClient
from tests.printing.printed import fetched, rows_of

EXPORT = """query($of: ExportInput!) { export(of: $of) { url fileName mediaType expiresAt rowCount } }"""
BYTES = """query($of: ExportInput!) { export(of: $of) { bytes } }"""


async def export(graph: GraphClient, name: str, *, actor: Actor | None = None, **given: Any) -> dict[str, Any]:
    """The list of that name in the input, as the API answers it."""
    found: dict[str, Any] = (await graph(EXPORT, {"of": {name: given}}, actor=actor))["export"]
    return found


async def rows(graph: GraphClient, name: str, *, actor: Actor | None = None, **given: Any) -> list[dict[str, str]]:
    """The rows behind its link, fetched without a credential."""
    found = await export(graph, name, actor=actor, **given)
    answer = await fetched(graph, found["url"])
    assert answer.status_code == 200, answer.text
    read = rows_of(answer.content)
    assert len(read) == found["rowCount"]
    return read


async def content(graph: GraphClient, name: str, **given: Any) -> bytes:
    """The bytes of it in the answer itself."""
    return b64decode((await graph(BYTES, {"of": {name: given}}))["export"]["bytes"])


def written(node: Mapping[str, Any], *names: str, **more: Any) -> dict[str, str]:
    """What the API answers as it stands in a CSV: nothing for null, lists joined."""
    values = {**{name: node[name] for name in names}, **more}
    return {name: _cell(value) for name, value in values.items()}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return str(value["amount"])
    return ", ".join(value) if isinstance(value, list) else str(value)
