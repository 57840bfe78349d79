"""Whom to talk to at a supplier, and how it is paid."""

from typing import Any

import pytest

from tests.emitted import emitted, forget_emitted
from tests.given.items import given_item
from tests.given.purchases import given_acme, given_order, receive, receive_goods, wanted
from tests.given.returns import goods
from tests.given.suppliers import given_supplier
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import GraphClient
from tests.rows import unchanged
from tests.statements import CountingDatabase, statements

CONTACTS = "supplier { contacts { name role email phone } }"
PAYMENT = """supplier { payment { method taxPin mpesaPhone mpesaBusinessName bankName bankAccountNumber paystackRecipientCode
  requiresInvoice isAutomatic } }"""
WANJIKU = {"name": "Wanjiku", "role": "Deliveries", "email": "wanjiku@example.com", "phone": "+254 700 000 000"}
OTIENO = {"name": "Otieno", "role": None, "email": None, "phone": None}


@pytest.fixture(autouse=True)
async def _acme(graph: GraphClient) -> None:
    await given_acme(graph)


async def test_contacts_are_stated_in_full(graph: GraphClient, tenant: GivenTenant) -> None:
    """In their order; the same again changes nothing, none takes them away."""
    await forget_emitted(tenant)
    given = {"supplierCode": "ACME", "contacts": [WANJIKU, OTIENO]}
    assert (await graph.accepted("setSupplierContacts", given, CONTACTS))["supplier"] == {"contacts": [WANJIKU, OTIENO]}
    assert [event.type for event in await emitted(tenant)] == ["inventory.supplier.updated"]
    async with unchanged(tenant):
        await graph.accepted("setSupplierContacts", given)
    given = {"supplierCode": "ACME", "contacts": [{"name": "Otieno", "role": " "}]}
    assert (await graph.accepted("setSupplierContacts", given, CONTACTS))["supplier"] == {"contacts": [OTIENO]}
    given = {"supplierCode": "ACME", "contacts": []}
    assert (await graph.accepted("setSupplierContacts", given, CONTACTS))["supplier"] == {"contacts": []}


async def test_a_payment_is_stated_in_full(graph: GraphClient, tenant: GivenTenant) -> None:
    """What is left out the second time is none. Events of suppliers do not tell it."""
    await forget_emitted(tenant)
    given: dict[str, Any] = {
        "supplierCode": "ACME", "method": "BANK_TRANSFER", "taxPin": "P051234567X", "bankName": "Bank",
        "bankAccountNumber": "0011223344", "isAutomatic": True,
    }  # fmt: skip
    payload = await graph.accepted("setSupplierPayment", given, PAYMENT)
    assert payload["supplier"]["payment"] == {
        "method": "BANK_TRANSFER", "taxPin": "P051234567X", "mpesaPhone": None, "mpesaBusinessName": None, "bankName": "Bank",
        "bankAccountNumber": "0011223344", "paystackRecipientCode": None, "requiresInvoice": True, "isAutomatic": True,
    }  # fmt: skip
    (event,) = await emitted(tenant)
    assert event.type == "inventory.supplier.updated"
    assert "0011223344" not in str(event.payload)
    async with unchanged(tenant):
        await graph.accepted("setSupplierPayment", given)
    payload = await graph.accepted("setSupplierPayment", {"supplierCode": "ACME", "method": "CASH"}, PAYMENT)
    assert (payload["supplier"]["payment"]["bankName"], payload["supplier"]["payment"]["isAutomatic"]) == (None, False)


async def test_whoever_pays_is_told_with_what_is_to_be_paid(graph: GraphClient, tenant: GivenTenant) -> None:
    """With a receipt, also of what nobody ordered, and with the order that is complete, as treasury reads it; with no other step of
    an order."""
    given = {
        "supplierCode": "ACME", "method": "MPESA", "mpesaPhone": "+254700000001", "mpesaBusinessName": "Acme", "taxPin": "P0512X",
        "requiresInvoice": False, "isAutomatic": True,
    }  # fmt: skip
    await graph.accepted("setSupplierPayment", given)
    await given_item(tenant, sku="TEA")
    order = await given_order(graph, wanted("TEA", 5), status="SENT")
    await receive(graph, order)
    await receive_goods(graph, goods("TEA", 2))
    told = await emitted(tenant, "inventory.goods_receipt.posted", "inventory.purchase_order.received")
    assert len(told) == 3
    for event in told:
        assert {
            "supplier_payment_method": "mpesa", "supplier_mpesa_phone": "+254700000001", "supplier_mpesa_business_name": "Acme",
            "supplier_bank_account_number": None, "supplier_bank_name": None, "supplier_tax_pin": "P0512X",
            "supplier_paystack_recipient_code": None, "requires_invoice_before_payment": False, "auto_pay_enabled": True,
        }.items() <= event.payload.items()  # fmt: skip
    for event in await emitted(tenant, "inventory.purchase_order.created", "inventory.purchase_order.sent"):
        assert "+254700000001" not in str(event.payload)


@pytest.mark.parametrize(
    ("mutation", "fields", "path"),
    [
        ("setSupplierContacts", {"contacts": [OTIENO, {"name": " "}]}, "contacts.1.name"),
        ("setSupplierContacts", {"contacts": [{"name": "x", "email": "no address"}]}, "contacts.0.email"),
        ("setSupplierContacts", {"contacts": [{"name": "x", "phone": "1" * 41}]}, "contacts.0.phone"),
        ("setSupplierContacts", {"contacts": [{"name": "x", "role": "a\nb"}]}, "contacts.0.role"),
        ("setSupplierPayment", {"method": "MPESA"}, "mpesaPhone"),
        ("setSupplierPayment", {"method": "MPESA", "mpesaPhone": "call me"}, "mpesaPhone"),
        ("setSupplierPayment", {"method": "BANK_TRANSFER"}, "bankAccountNumber"),
        ("setSupplierPayment", {"method": "PAYSTACK"}, "paystackRecipientCode"),
        ("setSupplierPayment", {"method": "CASH", "taxPin": "P 1"}, "taxPin"),
        ("setSupplierPayment", {"method": "CASH", "bankName": "x" * 101}, "bankName"),
    ],
)
async def test_refuses_what_is_not_valid(
    graph: GraphClient, tenant: GivenTenant, mutation: str, fields: dict[str, Any], path: str
) -> None:
    """Nothing of it is kept."""
    async with unchanged(tenant):
        error = await graph.refusal(mutation, {"supplierCode": "ACME", **fields})
    assert (error["code"], ".".join(error["path"][1:])) == ("INVALID_INPUT", path)


async def test_refuses_too_many_and_unknown_ones(graph: GraphClient, tenant: GivenTenant) -> None:
    """At most 20 contacts, of a supplier who is there."""
    async with unchanged(tenant):
        error = await graph.refusal("setSupplierContacts", {"supplierCode": "ACME", "contacts": [OTIENO] * 21})
        assert error["code"] == "LIMIT_EXCEEDED"
        for mutation, fields in (("setSupplierContacts", {"contacts": []}), ("setSupplierPayment", {"method": "CASH"})):
            error = await graph.refusal(mutation, {"supplierCode": "NOBODY", **fields})
            assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "supplierCode"])


async def test_details_take_permissions_and_the_tenant(graph: GraphClient, tenant: GivenTenant) -> None:
    """How a supplier is paid takes more than changing it: inventory.purchasing.manage. Another tenant has no such supplier."""
    contacts, payment = {"supplierCode": "ACME", "contacts": []}, {"supplierCode": "ACME", "method": "CASH"}
    changer = tenant.actor_with("inventory.purchasing.view", "inventory.purchasing.change")
    other = await given_tenant(tenant.database)
    async with unchanged(tenant):
        error = await graph.refusal("setSupplierContacts", contacts, actor=tenant.actor_as("viewer"))
        assert error["code"] == "FORBIDDEN"
        error = await graph.refusal("setSupplierPayment", payment, actor=changer)
        assert "inventory.purchasing.manage" in error["message"]
        for mutation, given in (("setSupplierContacts", contacts), ("setSupplierPayment", payment)):
            assert (await graph.refusal(mutation, given, actor=other.actor))["code"] == "NOT_FOUND"
    await graph.accepted("setSupplierContacts", contacts, actor=changer)


async def test_details_of_many_suppliers_take_one_statement_each(
    graph: GraphClient, tenant: GivenTenant, database: CountingDatabase
) -> None:
    """Contacts, payments and performance of a page of suppliers."""
    for number in range(6):
        await given_supplier(tenant, code=f"S{number}")
        await graph.accepted("setSupplierContacts", {"supplierCode": f"S{number}", "contacts": [OTIENO]})
    query = """query($first: Int!) { suppliers(first: $first) { nodes { contacts { name } payment { method }
      performance(from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z") { orders onTime { percent count } } } } }"""
    counts = []
    for first in (2, 7):
        async with statements(database) as counted:
            nodes = (await graph(query, {"first": first}))["suppliers"]["nodes"]
        assert len(nodes) == first
        counts.append(len(counted))
    assert counts == [4, 4]
