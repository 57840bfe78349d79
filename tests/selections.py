"""Documents made from the schema: every field that can be reached, without listing any by hand."""

from collections.abc import Collection, Mapping
from functools import cache

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from resolvers.schema import build_schema

DEPTH = 2
ARGUMENTS: Mapping[tuple[str, str], str] = {
    ("StockBalance", "asOf"): '(at: "2030-01-01T00:00:00Z")',
    ("Warehouse", "location"): '(code: "SHELF")',
    ("Outlet", "availability"): '(skus: ["BREAD", "NOTHING"])',
    ("Supplier", "performance"): '(from: "2025-01-01T00:00:00Z")',
    ("SupplierItem", "priceFor"): '(quantity: "60")',
}
"""What is given to fields that must be given something; a new one is added here."""
ENTRIES: Mapping[str, str] = {
    "Item": 'item(key: {sku: "TOAST"})',
    "Variant": 'variant(key: {sku: "BREAD"})',
    "Warehouse": 'warehouse(key: {code: "MAIN"})',
    "Product": 'variant(key: {sku: "BREAD"}) { product',
    "Outlet": 'warehouse(key: {code: "MAIN"}) { outlet',
    "StockBalance": 'stockBalance(sku: "MILK")',
    "Transfer": 'transfer(number: "TR-000001")',
    "PickWave": 'pickWave(number: "PW-000001")',
    "Supplier": 'supplier(code: "ACME")',
    "SupplierItem": 'supplier(code: "ACME") { items(first: 1) { nodes',
    "Lot": 'lot(sku: "MILK", code: "LOT")',
    "Serial": 'serial(sku: "TILL", serial: "T-1")',
    "PurchaseOrder": 'purchaseOrder(number: "PO-000001")',
    "StockCosting": 'stockBalance(sku: "BREAD") { costing',
    "Valuation": "valuation",
    "LandedCost": 'landedCost(number: "LC-000001")',
    "GoodsReceipt": 'goodsReceipt(number: "GRN-000001")',
    "PurchaseMatch": 'purchaseMatch(number: "PO-000001")',
    "SupplierInvoice": 'purchaseOrder(number: "PO-000001") { invoices',
    "AdvanceShippingNotice": 'advanceShippingNotice(number: "ASN-000001")',
    "SupplierReturn": 'supplierReturn(number: "SR-000001")',
}
"""How to come to an object of each type that has fields with arguments; a new one is added here."""


@cache
def schema() -> GraphQLSchema:
    """The schema as it is served."""
    return build_schema()._schema


def root_fields() -> dict[str, GraphQLField]:
    """Every field of Query and Mutation, by name."""
    query, mutation = schema().query_type, schema().mutation_type
    assert query is not None
    assert mutation is not None
    return {**query.fields, **mutation.fields}


def is_mutation(field: str) -> bool:
    """Whether the root field changes anything."""
    mutation = schema().mutation_type
    return mutation is not None and field in mutation.fields


def document(field: str, arguments: Collection[str], select: str | None = None) -> str:
    """An operation of one root field with a variable for each of the arguments; it selects everything unless told what."""
    definition = root_fields()[field]
    variables = ", ".join(f"${name}: {definition.args[name].type}" for name in arguments)
    given = ", ".join(f"{name}: ${name}" for name in arguments)
    chosen = selection(definition, DEPTH) if select is None else select
    kind = "mutation" if is_mutation(field) else "query"
    return (
        f"{kind}{f'({variables})' if variables else ''} {{ {field}{f'({given})' if given else ''}"
        f"{f' {{ {chosen} }}' if chosen else ''} }}"
    )


def selection(definition: GraphQLField, depth: int, seen: tuple[str, ...] = ()) -> str:
    """The fields below one, to a depth; a type within itself is left out, for it would never end."""
    named = get_named_type(definition.type)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        parts = (f"... on {each} {{ {_fields(each, depth, seen)} }}" for each in schema().get_possible_types(named))
        return " ".join(("__typename", *parts))
    assert isinstance(named, GraphQLObjectType)
    return _fields(named, depth, seen)


def fields_of(object_type: GraphQLObjectType) -> str:
    """Everything of one type, to the depth at which documents stay within their limits."""
    return _fields(object_type, DEPTH, ())


def _fields(object_type: GraphQLObjectType, depth: int, seen: tuple[str, ...]) -> str:
    chosen = ["__typename"]
    for name, field in object_type.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            chosen.append(f"{name}{_arguments(object_type, name, field)}")
        elif depth and inner.name not in (*seen, object_type.name):
            # A page and its edges are not a step further away from what they are about.
            is_page = inner.name.endswith(("Connection", "Edge"))
            below = selection(field, depth if is_page else depth - 1, (*seen, object_type.name))
            chosen.append(f"{name}{_arguments(object_type, name, field)} {{ {below} }}")
    return " ".join(chosen)


def _arguments(object_type: GraphQLObjectType, name: str, field: GraphQLField) -> str:
    if "first" in field.args:
        return "(first: 4)"
    if any(is_required_argument(argument) for argument in field.args.values()):
        return ARGUMENTS[object_type.name, name]
    return ""
