"""A link opens one version of one document of one tenant, for a quarter of an hour."""

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import jwt
import orjson
import pytest
from pydantic import SecretStr

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.errors import Forbidden
from inventory_graph.printing.links import LIFETIME, Link, LinkEnded, Links
from inventory_graph.printing.paper import DocumentKey
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, order_step, wanted
from tests.given.tenants import given_tenant
from tests.graph import BASE_URL, GraphClient
from tests.printing.printed import document, fetched, file_of

SECRET = b"a secret of the service, shared by all"
NOW = datetime(2026, 11, 1, 8, 30, 15, 500_000, tzinfo=UTC)


@pytest.fixture
async def order(graph: GraphClient) -> dict[str, Any]:
    """An order that can be printed."""
    await given_item(graph.tenant, sku="MILK")
    await given_acme(graph)
    return await given_order(graph, wanted("MILK", 1))


@pytest.fixture
async def signing(graph: GraphClient) -> AsyncIterator[httpx.AsyncClient]:
    """The service with a secret that the test knows, too."""

    async def ready() -> bool:
        return True

    settings = Settings.load(dotenv=None, document_secrets=(SecretStr(SECRET.decode()),))
    app = create_app(settings, database=graph.tenant.database, authenticator=graph.callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as client:
        yield client


def a_link(tenant_id: UUID | None = None, version: int = 1, **fields: Any) -> Link:
    """A link to some purchase order."""
    key = DocumentKey(kind="purchase-order", id=uuid4(), version=version)
    return Link(**{"tenant_id": tenant_id or uuid4(), "subject": "ada", "document": key, "form": "PDF", **fields})


def token_of(links: Links, link: Link, *, now: datetime | None = None) -> str:
    """What the address of a link carries."""
    signed = links.sign(link, file_name="PO-1.pdf", now=now or datetime.now(UTC))
    assert signed is not None
    return signed.url.split("/")[2]


def code_of(answer: Any) -> str:
    """The code of the one error of an answer that is no file."""
    assert answer.headers["content-type"] == "application/json"
    assert "content-disposition" not in answer.headers
    (error,) = answer.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


async def test_hands_out_a_file_that_is_saved_and_kept_by_nobody(graph: GraphClient, order: dict[str, Any]) -> None:
    """A browser saves it under its name; no proxy, page or other site gets hold of it."""
    found = await document(graph, "purchaseOrder", order["id"])
    answer = await fetched(graph, found["url"])
    assert found["fileName"] == f"{order['number']}.pdf"
    assert urlsplit(found["url"]).path.endswith(f"/{order['number']}.pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == found["mediaType"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{order["number"]}.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    left = datetime.fromisoformat(found["expiresAt"]) - datetime.now(UTC)
    assert LIFETIME - timedelta(minutes=1) < left <= LIFETIME


@pytest.mark.parametrize("form", ["PDF", "CSV"])
async def test_bytes_are_the_file(graph: GraphClient, order: dict[str, Any], form: str) -> None:
    """Who cannot follow links gets the same."""
    query = f"query($id: ID!) {{ purchaseOrder(id: $id) {{ document(format: {form}) {{ bytes }} }} }}"
    data = await graph(query, {"id": order["id"]})
    assert b64decode(data["purchaseOrder"]["document"]["bytes"]) == await file_of(
        graph, "purchaseOrder", order["id"], form
    )


@pytest.mark.parametrize("place", range(3))
async def test_refuses_a_link_that_was_changed(graph: GraphClient, order: dict[str, Any], place: int) -> None:
    """In its head, in what it names, in its signature."""
    url = (await document(graph, "purchaseOrder", order["id"]))["url"]
    parts = url.split("/")[2].split(".")
    middle = len(parts[place]) // 2
    parts[place] = f"{parts[place][:middle]}{'A' if parts[place][middle] != 'A' else 'B'}{parts[place][middle + 1 :]}"
    answer = await fetched(graph, f"/documents/{'.'.join(parts)}/file.pdf")
    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")


async def test_refuses_another_tenants_name_in_a_link(graph: GraphClient, order: dict[str, Any]) -> None:
    """Neither written into a link that is signed for one, nor by a signature of none."""
    url = (await document(graph, "purchaseOrder", order["id"]))["url"]
    head, claims, signature = url.split("/")[2].split(".")
    other = await given_tenant(graph.tenant.database)
    changed = {**orjson.loads(urlsafe_b64decode(f"{claims}==")), "tenant": str(other.actor.tenant_id)}
    written = urlsafe_b64encode(orjson.dumps(changed)).rstrip(b"=").decode()
    unsigned = jwt.encode(changed, "", algorithm="none")
    for token in (f"{head}.{written}.{signature}", unsigned):
        answer = await fetched(graph, f"/documents/{token}/file.pdf")
        assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")


async def test_finds_nothing_of_another_tenant(
    graph: GraphClient, order: dict[str, Any], signing: httpx.AsyncClient
) -> None:
    """Even a link that this service signed for a neighbour, of an id that is ours."""
    neighbour = await given_tenant(graph.tenant.database)
    key = DocumentKey(kind="purchase-order", id=UUID(order["id"]), version=1)
    statuses = {}
    for tenant in (graph.tenant, neighbour):
        link = a_link(tenant.actor.tenant_id, document=key)
        answer = await signing.get(f"/documents/{token_of(Links([SECRET]), link)}/file.pdf")
        statuses[tenant.actor.tenant_id] = answer.status_code
    assert statuses == {graph.tenant.actor.tenant_id: 200, neighbour.actor.tenant_id: 404}


async def test_is_gone_after_its_time(graph: GraphClient, order: dict[str, Any], signing: httpx.AsyncClient) -> None:
    """A link in an old mail opens nothing."""
    key = DocumentKey(kind="purchase-order", id=UUID(order["id"]), version=1)
    link = a_link(graph.tenant.actor.tenant_id, document=key)
    token = token_of(Links([SECRET]), link, now=datetime.now(UTC) - LIFETIME - timedelta(seconds=1))
    answer = await signing.get(f"/documents/{token}/file.pdf")
    assert (answer.status_code, code_of(answer)) == (410, "LINK_ENDED")


async def test_needs_the_permission_of_the_document(graph: GraphClient, order: dict[str, Any]) -> None:
    """Who may not see the order gets no link to it."""
    clerk = graph.tenant.actor_with("inventory.transfers.view")
    query = "query($id: ID!) { purchaseOrder(id: $id) { document { url bytes } } }"
    (error,) = await graph.errors(query, {"id": order["id"]}, actor=clerk)
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_ends_when_the_document_changes(graph: GraphClient, order: dict[str, Any]) -> None:
    """An old link never shows what the one who made it has not seen."""
    url = (await document(graph, "purchaseOrder", order["id"]))["url"]
    assert (await fetched(graph, url)).status_code == 200
    await order_step(graph, "submit", order)
    answer = await fetched(graph, url)
    assert (answer.status_code, code_of(answer)) == (410, "LINK_ENDED")


@pytest.mark.parametrize("path", ["/documents", "/documents/a", "/documents/a/b/c"])
async def test_has_nothing_beside_links(graph: GraphClient, path: str) -> None:
    """No list, no folder."""
    assert (await fetched(graph, path)).status_code == 404


def test_ends_after_its_time() -> None:
    """To the second."""
    links, link = Links([SECRET]), a_link()
    assert links.verify(token_of(links, link)) == link
    with pytest.raises(LinkEnded, match="ask for a new one"):
        links.verify(token_of(links, link, now=datetime.now(UTC) - LIFETIME - timedelta(seconds=1)))


def test_says_when_it_ends() -> None:
    """What the caller is told is what the link says."""
    signed = Links([SECRET]).sign(a_link(), file_name="PO-1.pdf", now=NOW)
    assert signed is not None
    assert signed.expires_at == NOW.replace(microsecond=0) + LIFETIME


def test_believes_the_secret_that_is_being_replaced() -> None:
    """Links that were made a minute before stay good; those of a secret that is gone do not."""
    old, link = Links([SECRET]), a_link()
    token = token_of(old, link)
    assert Links([b"the next secret, not that one", SECRET]).verify(token) == link
    with pytest.raises(Forbidden):
        Links([b"the next secret, not that one"]).verify(token)


def test_believes_no_token_of_another_purpose() -> None:
    """The secret itself signs nothing here, and a token for somebody else is none."""
    claims = jwt.decode(token_of(Links([SECRET]), a_link()), options={"verify_signature": False})
    with pytest.raises(Forbidden):
        Links([SECRET]).verify(jwt.encode(claims, SECRET, algorithm="HS256"))


def test_makes_no_links_without_a_secret() -> None:
    """In production every process would make links that no other one knows."""
    links = Links(Settings.load(dotenv=None, environment="production").link_secrets())
    assert links.sign(a_link(), file_name="PO-1.pdf", now=NOW) is None
    with pytest.raises(Forbidden):
        links.verify(token_of(Links([SECRET]), a_link()))


def test_begins_with_the_public_address() -> None:
    """A browser that was given the answer by a router cannot guess where this service is."""
    signed = Links([SECRET], base_url="https://stock.example/").sign(a_link(), file_name="PO 1.pdf", now=NOW)
    assert signed is not None
    assert signed.url.startswith("https://stock.example/documents/")
    assert signed.url.endswith("/PO%201.pdf")
