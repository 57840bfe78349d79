"""A tenant chooses what it hears of, and whom the news is for."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.rows import unchanged

SETTINGS = "alerts alertTarget alertEmail lotExpiryAlertDays"


async def chosen(graph: GraphClient, **given: Any) -> dict[str, Any]:
    payload = await graph.accepted("updateTenant", given, f"tenant {{ {SETTINGS} }}")
    found: dict[str, Any] = payload["tenant"]
    return found


async def test_a_new_tenant_has_chosen_nothing(graph: GraphClient) -> None:
    """Alerts that nobody asked for are mails that nobody reads."""
    assert await chosen(graph, publicLevels=True) == {
        "alerts": [], "alertTarget": None, "alertEmail": None, "lotExpiryAlertDays": 30,
    }  # fmt: skip


async def test_alerts_are_stated_in_full(graph: GraphClient, tenant: GivenTenant) -> None:
    """In one order whatever the caller's, each once; the others are off. What is left out stays."""
    await forget_emitted(tenant)
    given = {"alerts": ["LOT_EXPIRING", "STOCK_OUT", "STOCK_LOW", "STOCK_LOW"], "lotExpiryAlertDays": 7}
    expected = {"alerts": ["STOCK_LOW", "STOCK_OUT", "LOT_EXPIRING"], "lotExpiryAlertDays": 7}
    assert await chosen(graph, **given) == {**expected, "alertTarget": None, "alertEmail": None}
    await chosen(graph, **given)
    told = {"alertTarget": "clerks", "alertEmail": "stock@example.com"}
    assert await chosen(graph, **told) == {**expected, **told}
    assert await chosen(graph, alerts=[], alertTarget=" ", alertEmail="") == {
        "alerts": [], "alertTarget": None, "alertEmail": None, "lotExpiryAlertDays": 7,
    }  # fmt: skip
    events = await emitted(tenant, "inventory.tenant.updated")
    names = ("alerts", "alert_target", "alert_email", "lot_expiry_alert_days")
    assert [tuple(event.payload[name] for name in names) for event in events] == [
        (["STOCK_LOW", "STOCK_OUT", "LOT_EXPIRING"], None, None, 7),
        (["STOCK_LOW", "STOCK_OUT", "LOT_EXPIRING"], "clerks", "stock@example.com", 7),
        ([], None, None, 7),
    ]


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"lotExpiryAlertDays": 0}, "lotExpiryAlertDays"),
        ({"lotExpiryAlertDays": 366}, "lotExpiryAlertDays"),
        ({"alertEmail": "nobody"}, "alertEmail"),
        ({"alertEmail": "a@b.c\nBcc: d@e.f"}, "alertEmail"),
        ({"alertEmail": f"{'a' * 250}@b.co"}, "alertEmail"),
        ({"alertTarget": "x" * 201}, "alertTarget"),
    ],
)
async def test_refuses_what_nobody_could_be_told_by(
    graph: GraphClient, tenant: GivenTenant, given: dict[str, Any], argument: str
) -> None:
    """The error names the argument and nothing is written, the other settings of the request neither."""
    async with unchanged(tenant):
        error = await graph.refusal("updateTenant", {"alerts": ["STOCK_OUT"], **given})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", argument])


async def test_takes_a_permission(graph: GraphClient, tenant: GivenTenant) -> None:
    """Who counts stock does not decide who gets mail."""
    async with unchanged(tenant):
        error = await graph.refusal(
            "updateTenant", {"alerts": ["STOCK_OUT"]}, actor=tenant.actor_with("inventory.stock.manage")
        )
    assert error["code"] == "FORBIDDEN"
