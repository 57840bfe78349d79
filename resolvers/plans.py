"""What every execution of one operation has in common, found out by the first of them."""

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    Node,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.execution.collect_fields import CollectedFields, FragmentDetails

from resolvers.costs import OBJECT_POINTS
from resolvers.document_limits import nodes_below
from resolvers.leaves import Leaf, LeafTable

FieldsByName: TypeAlias = dict[str, Any]


class Fragments:
    """The fragments of one document, in the two forms that graphql-core wants them in."""

    def __init__(self, document: DocumentNode) -> None:
        self.definitions = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self.details = {name: FragmentDetails(definition, None) for name, definition in self.definitions.items()}
        self._uses: dict[str, Counter[str]] = {}

    def uses_in(self, node: Node) -> Counter[str]:
        """How often each variable is used below the node, as often again as a fragment with it is spread."""
        uses: Counter[str] = Counter()
        for each, _ in nodes_below(node):
            if isinstance(each, VariableNode):
                uses[each.name.value] += 1
            elif isinstance(each, FragmentSpreadNode):
                uses += self._uses_of(each.name.value)
        return uses

    def _uses_of(self, name: str) -> Counter[str]:
        known = self._uses.get(name)
        if known is None:
            known = self._uses[name] = self.uses_in(self.definitions[name].selection_set)
        return known


class OperationPlan:
    """What every execution of one operation has in common.

    Which fields a selection comes to depends on variables only by directives such as @skip. Without them it is constant, and
    the executions of a cached document share what the first of them found out.
    """

    def __init__(
        self,
        node: OperationDefinitionNode,
        fragments: Fragments,
        *,
        leaves: LeafTable,
        points: Mapping[int, int],
        is_constant: bool,
    ) -> None:
        self.node = node
        self.fragments = fragments
        self.leaves = leaves
        self._points = points
        self._shared = Selections(leaves, points) if is_constant else None

    @functools.cached_property
    def uses(self) -> Mapping[str, int]:
        """How often the operation uses each of its variables, fragments expanded."""
        uses = self.fragments.uses_in(self.node.selection_set)
        for directive in self.node.directives or ():
            uses += self.fragments.uses_in(directive)
        return uses

    @functools.cached_property
    def most_uses(self) -> int:
        """How often it uses the variable that it uses most; at least once."""
        return max(self.uses.values(), default=1)

    def selections(self) -> "Selections":
        return self._shared or Selections(self.leaves, self._points)


class Row(NamedTuple):
    """The leaves of an object of which nothing else is selected, by the names that they are answered under, and how long those are that
    may be long."""

    leaves: list[tuple[str, Leaf]]
    lengths: list[tuple[str, Callable[[Any], int]]]


class Selections:
    """The fields selected on each object type, what an object of them costs, and of those that are leaves only, how to read
    them. ``points_by_node`` are the points of the fields' nodes that are not the usual ones, by their identity."""

    def __init__(self, leaves: LeafTable, points_by_node: Mapping[int, int]) -> None:
        self._leaves = leaves
        self._points_by_node = points_by_node
        self.points: dict[int, int] = {}
        self.collected: dict[tuple[GraphQLObjectType, tuple[int, ...]], CollectedFields] = {}
        # Keyed by identity: ``collected`` keeps the fields alive.
        self._rows: dict[int, Row | None] = {}

    def keep(
        self, key: tuple[GraphQLObjectType, tuple[int, ...]], field: FieldNode, collected: CollectedFields
    ) -> CollectedFields:
        """Remember the fields collected for the objects that ``field`` answers, and what each object costs."""
        self.collected[key] = collected
        values = (details[0].node for details in collected.grouped_field_set.values())
        self.points[id(collected.grouped_field_set)] = self._points_by_node.get(id(field), OBJECT_POINTS) + sum(
            self._points_by_node.get(id(node), 0) for node in values if node.selection_set is None
        )
        return collected

    def row(self, parent_type: GraphQLObjectType, fields: FieldsByName) -> Row | None:
        """What to read where nothing but leaves is selected, else None."""
        identity = id(fields)
        if identity not in self._rows:
            leaves = self._leaves.of(parent_type)
            row = [(name, leaves.get(details[0].node.name.value)) for name, details in fields.items()]
            leaves_only = [(name, leaf) for name, leaf in row if leaf is not None]
            lengths = [(name, leaf.length) for name, leaf in leaves_only if leaf.length is not None]
            self._rows[identity] = Row(leaves_only, lengths) if len(leaves_only) == len(row) else None
        return self._rows[identity]
