"""Who a request is from, by the real authenticator: a key, a visitor of a named tenant, nobody, or somebody who lies."""

from datetime import UTC, datetime

import pytest

from inventory_graph.db import Database
from inventory_graph.identity.api_keys import create_api_key
from tests.given.tenants import GivenTenant
from tests.http.conftest import Served


async def secret_of(database: Database, tenant: GivenTenant) -> str:
    made = await database.write(
        tenant.actor,
        lambda tx: create_api_key(tx, name="till", scopes=["inventory.items.view"], now=datetime.now(UTC)),
    )
    return made.secret


async def test_a_key_names_its_tenant(served: Served, database: Database, tenant: GivenTenant) -> None:
    """Whatever else the request says: the credential's tenant always wins."""
    headers = {
        "authorization": f"Bearer {await secret_of(database, tenant)}",
        "x-tenant-slug": "another-tenant",
    }
    response = await served.query("{ me tenant }", headers=headers)
    assert response.json()["data"]["me"].startswith("api-key:")
    assert response.json()["data"]["tenant"] == tenant.slug


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer ig_wrong", "Basic dXNlcjpwYXNz", "Bearer not.a.token", "Bearer " + "x" * 5_000]
)
async def test_a_bad_credential_is_401_before_anything_runs(served: Served, authorization: str) -> None:
    """Even for a field that needs none: a caller that thinks it is somebody must not be answered as nobody."""
    response = await served.query("{ __typename }", headers={"authorization": authorization})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert list(response.json()) == ["errors"]
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_nobody_is_answered_what_needs_nobody(served: Served) -> None:
    """A missing credential is an error of the field that wants one, not of the request."""
    response = await served.query('{ __typename echo(text: "x") me }')
    assert response.status_code == 200
    assert response.json()["data"] == {"__typename": "Query", "echo": "x", "me": None}
    assert [error["path"] for error in response.json()["errors"]] == [["me"]]
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_header_names_the_tenant_of_a_visitor(served: Served, tenant: GivenTenant) -> None:
    """A visitor has a tenant and is still nobody."""
    response = await served.query("{ tenant me }", headers={"x-tenant-slug": tenant.slug})
    assert response.json()["data"] == {"tenant": tenant.slug, "me": None}


async def test_an_outlet_names_the_tenant_of_a_visitor(served: Served, tenant: GivenTenant) -> None:
    """A shop page knows its outlet and nothing else."""
    response = await served.query(f'{{ tenant(outletId: "{tenant.outlet_id}") }}')
    assert response.json() == {"data": {"tenant": tenant.slug}}


@pytest.mark.parametrize("slug", ["no-such-tenant", "UPPER", "x' OR 1=1", "a" * 500])
async def test_an_unknown_tenant_is_no_tenant(served: Served, slug: str) -> None:
    """It is neither an error of the request nor a way to learn which tenants there are."""
    response = await served.query("{ tenant }", headers={"x-tenant-slug": slug})
    assert response.json()["data"] == {"tenant": None}
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_the_tenant_stays_what_it_was_named_first(
    served: Served, database: Database, tenant: GivenTenant
) -> None:
    """Neither an outlet of another tenant nor a second one in the same operation moves a caller elsewhere."""
    named = await served.query(
        '{ tenant(outletId: "5f0c0c8e-3a76-4ad5-a5a5-0d2f8f9d1c11") }', headers={"x-tenant-slug": tenant.slug}
    )
    assert named.json() == {"data": {"tenant": tenant.slug}}
    headers = {"authorization": f"Bearer {await secret_of(database, tenant)}"}
    bound = await served.query('{ tenant(outletId: "5f0c0c8e-3a76-4ad5-a5a5-0d2f8f9d1c11") }', headers=headers)
    assert bound.json() == {"data": {"tenant": tenant.slug}}


async def test_an_unknown_outlet_names_no_tenant(served: Served) -> None:
    """Reading then asks for a credential or a tenant."""
    response = await served.query('{ tenant(outletId: "5f0c0c8e-3a76-4ad5-a5a5-0d2f8f9d1c11") }')
    assert response.json()["data"] == {"tenant": None}
    assert "X-Tenant-Slug" in response.json()["errors"][0]["message"]
