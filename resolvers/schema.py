"""The schema: what the resolver modules export, put together as one federated subgraph."""

import functools
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal, TypeAlias, cast

import strawberry
import strawberry.federation
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    ValueNode,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from inventory_graph.errors import Forbidden
from resolvers import (
    advance_shipping_notice_mutations,
    advance_shipping_notices,
    availability,
    categories,
    consumption_mutations,
    dead_letters,
    exports,
    goods_receipt_mutations,
    goods_receipts,
    identity,
    item_mutations,
    item_queries,
    items,
    landed_costs,
    live,
    lots,
    periods,
    pick_wave_mutations,
    pick_waves,
    purchase_matches,
    purchase_order_mutations,
    purchase_orders,
    put_away,
    recipes,
    replenishment,
    replenishment_mutations,
    reservation_mutations,
    reservations,
    sale_stops,
    stock,
    stock_audit,
    stock_levels,
    stock_mutations,
    substitute_mutations,
    substitutes,
    supplier_invoices,
    supplier_return_mutations,
    supplier_returns,
    supplier_term_mutations,
    suppliers,
    transfer_deliveries,
    transfer_mutations,
    transfers,
    units,
    valuation,
    variant_mutations,
    warehouse_mutations,
    warehouses,
)
from resolvers.authorization import Authorization, authorized
from resolvers.calling import Callers
from resolvers.context import Info
from resolvers.entities import keys_by_type, resolve_entities
from resolvers.kit import RefusedError
from resolvers.scalars import SCALARS

FederationVersion: TypeAlias = Literal["2.3", "2.9"]
FEDERATION_VERSION: FederationVersion = "2.9"
"""The highest version that every composer takes."""


MODULES: tuple[ModuleType, ...] = (
    identity,
    units,
    categories,
    items,
    item_queries,
    item_mutations,
    variant_mutations,
    substitutes,
    substitute_mutations,
    recipes,
    suppliers,
    supplier_term_mutations,
    warehouses,
    warehouse_mutations,
    stock,
    stock_audit,
    stock_levels,
    lots,
    availability,
    sale_stops,
    stock_mutations,
    periods,
    reservations,
    reservation_mutations,
    consumption_mutations,
    purchase_orders,
    purchase_order_mutations,
    advance_shipping_notices,
    advance_shipping_notice_mutations,
    goods_receipts,
    goods_receipt_mutations,
    put_away,
    supplier_invoices,
    purchase_matches,
    supplier_returns,
    supplier_return_mutations,
    transfers,
    transfer_mutations,
    replenishment,
    replenishment_mutations,
    transfer_deliveries,
    pick_waves,
    pick_wave_mutations,
    landed_costs,
    valuation,
    exports,
    live,
    dead_letters,
)
"""The modules of the schema, in the order in which their fields are printed.

Each exports what it has of ``queries``, ``mutations`` and ``subscriptions`` (fields) and ``types`` (those that no field leads to).
"""


@strawberry.type(name="_Service", description="This subgraph, for the router.")
class Service:
    sdl: str = strawberry.field(description="The subgraph's schema with its federation directives.")


def _service(info: Info) -> Service:
    close_to_all_but_router(info)
    return Service(sdl=cast("InventorySchema", info.schema).sdl)


def close_to_all_but_router(info: Info) -> None:
    """Raise ``Forbidden`` unless the request came from the router; without router secrets anyone counts as it."""
    if not info.context.is_router:
        raise Forbidden("This field is for the router of the graph, which sends its secret in X-Router-Secret.")


class InventorySchema(strawberry.federation.Schema):
    """A federated schema whose entities are loaded in batches and whose inputs are coerced by graphql-core alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        callers = Callers(self.config)
        for graphql_type in self._schema.type_map.values():
            if is_introspection_type(graphql_type):
                continue
            if isinstance(graphql_type, GraphQLInputObjectType):
                _coerce_one_of_natively(graphql_type)
                _forget_null_defaults(graphql_type.fields.values())
            elif isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
                for field in graphql_type.fields.values():
                    _forget_null_defaults(field.args.values())
                    callers.give_to(field)
            elif isinstance(graphql_type, GraphQLScalarType) and not is_specified_scalar_type(graphql_type):
                _locate_errors_in_literals(graphql_type)
        if self._schema.mutation_type is not None:
            _describe_inputs(self._schema.mutation_type)
        self._keys = keys_by_type(self._schema.type_map)

    @functools.cached_property
    def sdl(self) -> str:
        """The printed schema, printed once."""
        return self.as_str()

    async def entities_resolver(  # type: ignore[override]
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        close_to_all_but_router(info)
        return await resolve_entities(info, representations, types=self._schema.type_map, keys=self._keys)


def _coerce_one_of_natively(input_type: GraphQLInputObjectType) -> None:
    # Strawberry checks a oneOf input by a function of its own, whose errors name neither the variable nor the path.
    definition = input_type.extensions.get("strawberry-definition")
    if definition is not None and definition.is_one_of:
        input_type.is_one_of = True
        vars(input_type).pop("out_type", None)


def _forget_null_defaults(values: Any) -> None:
    # A Python default of None says "may be left out"; printed as ``= null`` it would be noise in every signature.
    for value in values:
        if value.default_value is None:
            value.default_value = Undefined


def _describe_inputs(mutation_type: GraphQLObjectType) -> None:
    # Every mutation takes one ``input``; what there is to say about it is said where its type is.
    for field in mutation_type.fields.values():
        argument = field.args.get("input")
        if argument is not None and argument.description is None:
            argument.description = get_named_type(argument.type).description


def _locate_errors_in_literals(scalar: GraphQLScalarType) -> None:
    # A scalar's own refusal of a literal would otherwise reach the client without the place in the document.
    parse = scalar.parse_literal

    def parse_located(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        try:
            return parse(node, variables)
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from error

    scalar.parse_literal = parse_located  # type: ignore[method-assign]


def build_schema(
    modules: Sequence[ModuleType] = MODULES,
    *,
    authorization: Authorization = "none",
    federation_version: FederationVersion = FEDERATION_VERSION,
) -> InventorySchema:
    """The schema of the modules; the same text every time it is printed. ``authorization`` is what it says of callers."""
    queries = authorized(_exported(modules, "queries"), authorization)
    mutations = authorized(_exported(modules, "mutations"), authorization)
    subscriptions = authorized(_exported(modules, "subscriptions"), authorization)
    queries.append(
        strawberry.field(
            _service, name="_service", description="The subgraph's own schema; only the router may read it."
        )
    )
    return InventorySchema(
        query=_root_type("Query", queries, description="What can be read. Lists are pages of at most 100."),
        mutation=_root_type(
            "Mutation", mutations, description="What can be changed, each field in its own transaction."
        ),
        subscription=_root_type(
            "Subscription", subscriptions, description="What can be followed, each from wherever its reader left off."
        ),
        types=[RefusedError, *_exported(modules, "types")],
        federation_version=federation_version,
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def _exported(modules: Sequence[ModuleType], name: str) -> list[Any]:
    return [each for module in modules for each in getattr(module, name, ())]


def print_schema(schema: InventorySchema) -> str:
    """The text of ``schema.graphql``."""
    return f"{schema.sdl}\n"


def _root_type(name: str, fields: list[StrawberryField], *, description: str) -> type | None:
    return create_type(name, fields, description=description) if fields else None
