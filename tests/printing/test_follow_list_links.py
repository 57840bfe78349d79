"""A link to a list opens that list of one tenant, as whoever made it may see it, for a quarter of an hour."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from inventory_graph.app import create_app
from inventory_graph.config import Settings
from inventory_graph.printing.links import LIFETIME, Links, ListLink
from inventory_graph.printing.listings import ListKey
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, wanted
from tests.given.tenants import given_tenant
from tests.graph import BASE_URL, NOBODY, GraphClient
from tests.printing.exported import EXPORT, export, rows
from tests.printing.printed import fetched, rows_of
from tests.printing.test_follow_links import code_of

SECRET = b"a secret of the service, shared by all"
ORDERS = ListKey(kind="purchase-orders", filter={})


@pytest.fixture(autouse=True)
async def _orders(graph: GraphClient) -> None:
    """Two orders of milk."""
    await given_item(graph.tenant, sku="MILK")
    await given_acme(graph)
    for reference in ("R-1", "R-2"):
        await given_order(graph, wanted("MILK", 1), reference=reference)


@pytest.fixture
async def signing(graph: GraphClient) -> AsyncIterator[httpx.AsyncClient]:
    """The service with a secret that the test knows, too."""

    async def ready() -> bool:
        return True

    settings = Settings.load(dotenv=None, document_secrets=(SecretStr(SECRET.decode()),))
    app = create_app(settings, database=graph.tenant.database, authenticator=graph.callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as client:
        yield client


def url_of(tenant_id: UUID, key: ListKey = ORDERS, *, now: datetime | None = None) -> str:
    """The address of a list that the service with the known secret has signed."""
    link = ListLink(tenant_id=tenant_id, subject="ada", key=key)
    signed = Links([SECRET]).sign(link, file_name="list.csv", now=now or datetime.now(UTC))
    assert signed is not None
    return signed.url


async def test_is_good_for_a_quarter_of_an_hour(graph: GraphClient) -> None:
    """And the caller is told until when."""
    found = await export(graph, "purchaseOrders")
    left = datetime.fromisoformat(found["expiresAt"]) - datetime.now(UTC)
    assert LIFETIME - timedelta(minutes=1) < left <= LIFETIME
    assert found["fileName"] == f"purchase-orders-{datetime.now(UTC):%Y-%m-%d}.csv"
    assert urlsplit(found["url"]).path.endswith(f"/{found['fileName']}")


async def test_may_be_opened_again(graph: GraphClient) -> None:
    """It has what the list has then."""
    url = (await export(graph, "purchaseOrders", reference="R-2"))["url"]
    assert [row["reference"] for row in rows_of((await fetched(graph, url)).content)] == ["R-2"]
    await given_order(graph, wanted("MILK", 1), reference="R-2")
    assert len(rows_of((await fetched(graph, url)).content)) == 2


@pytest.mark.parametrize("place", range(3))
async def test_refuses_a_link_that_was_changed(graph: GraphClient, place: int) -> None:
    """In its head, in what it names, in its signature."""
    url = (await export(graph, "purchaseOrders", reference="R-2"))["url"]
    parts = url.split("/")[2].split(".")
    middle = len(parts[place]) // 2
    parts[place] = f"{parts[place][:middle]}{'A' if parts[place][middle] != 'A' else 'B'}{parts[place][middle + 1 :]}"
    answer = await fetched(graph, f"/documents/{'.'.join(parts)}/list.csv")
    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")


async def test_finds_nothing_of_another_tenant(graph: GraphClient, signing: httpx.AsyncClient) -> None:
    """Whatever the link names, it is the tenant's own."""
    neighbour = await given_tenant(graph.tenant.database)
    ours, theirs = [
        rows_of((await signing.get(url_of(tenant.id, key))).content)
        for tenant, key in (
            (graph.tenant, ORDERS),
            (neighbour, ListKey(kind="purchase-orders", filter={"warehouse_id": str(graph.tenant.warehouse_id)})),
        )
    ]
    assert (len(ours), theirs) == (2, [])


async def test_is_gone_after_its_time(graph: GraphClient, signing: httpx.AsyncClient) -> None:
    """A link in an old mail opens nothing."""
    late = datetime.now(UTC) - LIFETIME - timedelta(seconds=1)
    answer = await signing.get(url_of(graph.tenant.id, now=late))
    assert (answer.status_code, code_of(answer)) == (410, "LINK_ENDED")


async def test_keeps_to_the_outlets_of_its_maker(graph: GraphClient, signing: httpx.AsyncClient) -> None:
    """Though it is opened without a credential; bound to none is to see nothing."""
    counts = [
        len(rows_of((await signing.get(url_of(graph.tenant.id, replace(ORDERS, outlet_ids=outlet_ids)))).content))
        for outlet_ids in (None, (graph.tenant.outlet_id,), (uuid4(),), ())
    ]
    assert counts == [2, 2, 0, 0]


@pytest.mark.parametrize(
    ("name", "given", "permission"),
    [
        ("purchaseOrders", {}, "inventory.purchasing.view"),
        ("purchaseOrders", {}, "inventory.stock.add"),
        ("goodsReceipts", {}, "inventory.stock.add"),
        ("transfers", {}, "inventory.transfers.view"),
        ("items", {}, "inventory.items.view"),
        ("supplierItems", {}, "inventory.purchasing.view"),
        ("stockBalances", {}, "inventory.stock.view"),
        ("movements", {"recordedSince": "2020-01-01T00:00:00Z"}, "inventory.stock.view"),
    ],
)
async def test_needs_the_permission_of_the_query(
    graph: GraphClient, name: str, given: dict[str, Any], permission: str
) -> None:
    """It is enough, and all that is enough for other lists is not."""
    await rows(graph, name, actor=graph.tenant.actor_with(permission), **given)
    every = {
        "inventory.purchasing.view",
        "inventory.stock.add",
        "inventory.transfers.view",
        "inventory.items.view",
        "inventory.stock.view",
    }
    either = (
        {"inventory.purchasing.view", "inventory.stock.add"}
        if name in {"purchaseOrders", "goodsReceipts"}
        else {permission}
    )
    others = graph.tenant.actor_with(*(every - either))
    (error,) = await graph.errors(EXPORT, {"of": {name: given}}, actor=others)
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_takes_a_caller(graph: GraphClient) -> None:
    """Shoppers get no lists."""
    (error,) = await graph.errors(EXPORT, {"of": {"purchaseOrders": {}}}, actor=NOBODY)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


def test_is_none_where_it_would_be_too_long() -> None:
    """An address that a proxy cuts off is worse than none."""
    key = replace(ORDERS, outlet_ids=tuple(uuid4() for _ in range(200)))
    link = ListLink(tenant_id=uuid4(), subject="ada", key=key)
    assert Links([SECRET]).sign(link, file_name="list.csv", now=datetime.now(UTC)) is None
