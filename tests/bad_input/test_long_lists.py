"""Lists of one element more than there may be: each is refused by what takes it, which says how many there may be."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, GraphQLList, get_nullable_type

from inventory_graph.identity.api_keys import OUTLETS_MAX, SCOPES_MAX
from inventory_graph.masterdata.barcodes import BARCODES_MAX
from inventory_graph.masterdata.item_values import ATTRIBUTES_MAX
from inventory_graph.masterdata.recipes import COMPONENTS_MAX
from inventory_graph.masterdata.supplier_details import CONTACTS_MAX
from inventory_graph.masterdata.supplier_prices import PRICES_MAX
from inventory_graph.masterdata.texts import ALLERGENS_MAX, TAGS_MAX
from inventory_graph.picking import gathering, taking
from inventory_graph.purchasing import announcing, drafting, invoicing, receiving, return_lines
from inventory_graph.replenishment.drafting import SKUS_MAX as SUGGESTED_MAX
from inventory_graph.reservations.requests import LINES_MAX as RESERVED_MAX
from inventory_graph.reservations.requests import MODIFIERS_MAX
from inventory_graph.stock.service import LINES_MAX as RECEIVED_MAX
from inventory_graph.transfers import drafting as transferring
from inventory_graph.transfers.shipping import ENTRIES_MAX
from inventory_graph.valuation.landing import RECEIPTS_MAX
from resolvers.availability import SKUS_MAX
from resolvers.export_filters import KINDS_MAX
from resolvers.kit import IDS_MAX, identifier_or_none
from tests.bad_input.answers import answer, refusals
from tests.bad_input.inner import nested_arguments, nested_query
from tests.bad_input.requests import send
from tests.given.worlds import World
from tests.hostile import Place, at, body, places, plausible, put
from tests.operations import OPERATIONS, Operation
from tests.rows import unchanged
from tests.selections import root_fields

MAXIMA: Mapping[str, int] = {
    "availability.skus": SKUS_MAX,
    "MovementFilter.kind": KINDS_MAX,
    "CreateApiKeyInput.scopes": SCOPES_MAX,
    "CreateApiKeyInput.outletIds": OUTLETS_MAX,
    "CreateItemInput.barcodes": BARCODES_MAX,
    "CreateItemInput.tags": TAGS_MAX,
    "CreateItemInput.allergens": ALLERGENS_MAX,
    "UpdateItemInput.tags": TAGS_MAX,
    "UpdateItemInput.allergens": ALLERGENS_MAX,
    "CreateVariantInput.attributes": ATTRIBUTES_MAX,
    "CreateVariantInput.barcodes": BARCODES_MAX,
    "UpdateVariantInput.attributes": ATTRIBUTES_MAX,
    "CreateBillOfMaterialsInput.components": COMPONENTS_MAX,
    "SetSupplierPricesInput.prices": PRICES_MAX,
    "SetSupplierContactsInput.contacts": CONTACTS_MAX,
    "ReceiveStockInput.lines": RECEIVED_MAX,
    "ReserveStockInput.lines": RESERVED_MAX,
    "ReserveLineInput.modifiers": MODIFIERS_MAX,
    "CommitReservationInput.lines": RESERVED_MAX,
    "ConsumeStockInput.lines": RESERVED_MAX,
    "ConsumeLineInput.modifiers": MODIFIERS_MAX,
    "ReverseConsumptionInput.lines": RESERVED_MAX,
    "CreatePurchaseOrderInput.lines": drafting.LINES_MAX,
    "UpdatePurchaseOrderInput.lines": drafting.LINES_MAX,
    "CreateAdvanceShippingNoticeInput.lines": announcing.LINES_MAX,
    "ReceivePurchaseOrderInput.lines": receiving.LINES_MAX,
    "ReceiveGoodsInput.lines": receiving.LINES_MAX,
    "RecordSupplierInvoiceInput.lines": invoicing.LINES_MAX,
    "ReturnToSupplierInput.lines": return_lines.LINES_MAX,
    "CreateTransferInput.lines": transferring.LINES_MAX,
    "UpdateTransferInput.lines": transferring.LINES_MAX,
    "TransferLineInput.serials": transferring.SERIALS_MAX,
    "ShipTransferInput.lines": ENTRIES_MAX,
    "ShipTransferLineInput.serials": transferring.SERIALS_MAX,
    "ReceiveTransferInput.lines": ENTRIES_MAX,
    "ReceiveTransferLineInput.serials": transferring.SERIALS_MAX,
    "ReportTransferLossInput.lines": ENTRIES_MAX,
    "TransferLossLineInput.serials": transferring.SERIALS_MAX,
    "CreatePurchaseOrdersFromSuggestionsInput.skus": SUGGESTED_MAX,
    "CreateTransfersFromSuggestionsInput.skus": SUGGESTED_MAX,
    "CreatePickWaveInput.reservationIds": gathering.IDS_MAX,
    "CreatePickWaveInput.orderIds": gathering.IDS_MAX,
    "CreatePickWaveInput.transferIds": gathering.IDS_MAX,
    "PickTasksInput.picks": taking.PICKS_MAX,
    "PickInput.serials": taking.SERIALS_MAX,
    "PackPickWaveInput.documentIds": gathering.IDS_MAX,
    "AddLandedCostInput.goodsReceiptIds": RECEIPTS_MAX,
}
"""How many elements each list has at most, by the input and its field, or the root field and its argument."""

BOUND_BY_OTHERS = frozenset(
    {
        "ReceiveLineInput.serials", "MoveStockInput.serials", "ReserveLineInput.serials", "ConsumeLineInput.serials",
        "AdvanceShippingNoticeLineInput.serials", "GoodsReceiptLineInput.serials", "DeliveredLineInput.serials",
        "SupplierReturnLineInput.serials", "AddLandedCostInput.measures",
    }
)  # fmt: skip
"""Of serials there are as many as the quantity beside them says, and of measures one for each article that came."""

NESTED_MAXIMA: Mapping[tuple[str, str, str], int] = {
    ("Variant", "balances", "warehouseIds"): IDS_MAX,
    ("Variant", "balances", "outletIds"): IDS_MAX,
    ("Outlet", "availability", "skus"): SKUS_MAX,
}


def is_list(type_: GraphQLInputType) -> bool:
    """Whether it is a list that has no end of its own: one of an enum's words names each of them once."""
    inner = get_nullable_type(type_)
    return isinstance(inner, GraphQLList) and not isinstance(get_nullable_type(inner.of_type), GraphQLEnumType)


def coordinate(operation: Operation, place: Place) -> str:
    """The input and the field of it, or the root field and the argument, that stand at the place."""
    holder, type_ = operation.field, None
    for step in place.path:
        inner = get_nullable_type(type_) if type_ is not None else None
        if isinstance(inner, GraphQLList):
            type_ = inner.of_type
        elif isinstance(inner, GraphQLInputObjectType):
            holder, type_ = inner.name, inner.fields[str(step)].type
        else:
            type_ = root_fields()[operation.field].args[str(step)].type
    return f"{holder}.{place.path[-1]}"


LISTS = {
    coordinate(operation, place): (operation, place)
    for operation in reversed(OPERATIONS)
    for place in places(operation.field, {})
    if is_list(place.type)
}


def elements(place: Place, arguments: Mapping[str, Any], many: int) -> list[Any]:
    """So many elements as those that stand there; texts and ids are different ones."""
    inner = get_nullable_type(place.type)
    assert isinstance(inner, GraphQLList)
    there = at(dict(arguments), place.path)
    element = there[0] if there else plausible(inner.of_type)
    if identifier_or_none(element) is not None:
        return [str(UUID(int=number)) for number in range(many)]
    return [f"{element}{number}" if isinstance(element, str) else element for number in range(many)]


def test_each_list_has_an_end() -> None:
    """A list that is new to the schema is new here."""
    assert LISTS.keys() == MAXIMA.keys() | BOUND_BY_OTHERS
    nested = {(type_, field, name) for type_, field, name, text in nested_arguments() if text.startswith("[")}
    assert nested == NESTED_MAXIMA.keys()


@pytest.mark.parametrize("name", MAXIMA)
async def test_one_more_than_there_may_be_is_refused_with_the_number(world: World, name: str) -> None:
    """By the field, in its own words; the number is in them."""
    operation, place = LISTS[name]
    arguments = await operation.arguments(world)
    given = elements(place, arguments, MAXIMA[name] + 1)
    async with unchanged(world.graph.tenant):
        errors = await send(world, operation, put(operation.field, arguments, place, given))
    assert_says(errors, MAXIMA[name])


@pytest.mark.parametrize("nested", NESTED_MAXIMA, ids=".".join)
async def test_one_more_is_refused_by_fields_within_others_too(world: World, nested: tuple[str, str, str]) -> None:
    """For each of the objects whose field it is."""
    (text,) = {each[3] for each in nested_arguments() if each[:3] == nested}
    given = [f"A{number}" for number in range(NESTED_MAXIMA[nested] + 1)]
    assert_says(
        refusals(await answer(world.graph, body(nested_query(*nested, text), {"value": given}))), NESTED_MAXIMA[nested]
    )


def assert_says(errors: list[dict[str, Any]], number: int) -> None:
    """Every error names the number, and there is one."""
    assert errors, "was taken"
    for error in errors:
        assert error.get("extensions", error).get("code") in {None, "LIMIT_EXCEEDED", "INVALID_INPUT"}, error
        assert str(number) in error["message"].replace(",", ""), error
