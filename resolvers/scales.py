"""What an operation comes to: how deep and how wide it is, how large its answer may get, and what that costs.

Linear in the document: a fragment is weighed once, however often it is spread.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from inventory_graph.pages import FIRST_MAX
from resolvers.costs import LIST_SIZE_ASSUMED, OBJECT_POINTS, CostTable, FieldCost
from resolvers.document_limits import INTROSPECTION_ROOTS, DocumentLimits, LimitError

NESTING_MAX = 64
LIST_ARGUMENT_SIZE_MAX = 1_000
SATURATED = 10**15

_NOTHING_SIZED: frozenset[str] = frozenset()


class Weight(NamedTuple):
    """What a selection comes to: levels of fields, fields, aliases, fields of the largest possible answer, points.

    ``answers_each`` and ``points_each`` are those of its sized fields, of which there are as many as the field around says.
    Kept apart, the weight of a fragment is the same wherever it is spread.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    answers: int = 0
    points: int = 0
    answers_each: int = 0
    points_each: int = 0


_NOTHING = Weight()


class Scales:
    """Weighs the operations of one document.

    With ``variables`` (as sent, not coerced) sizes that they give are taken as they are; without them the largest
    possible is assumed.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        costs: CostTable,
        document: DocumentNode,
        *,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self._schema = schema
        self._costs = costs
        self._variables = variables
        self._defaults: dict[str, ValueNode | None] = {}
        self._weights: dict[tuple[str, frozenset[str]], Weight] = {}
        self._entered: set[str] = set()
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self.is_fixed = True
        """Whether no size came from a variable: then the weight is the same whatever the variables are."""
        self.points_by_node: dict[int, int] = {}
        """The points of one object or value of each field, by the identity of its node; the usual ones are left out."""
        self.unknown: list[FieldNode] = []
        """The fields with selections that their types do not have. What they select is not looked at."""

    def weigh(self, operation: OperationDefinitionNode) -> Weight:
        """The weight of the operation; raises ``LimitError`` for fragments and selections nested too deeply."""
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
        }
        # Sizes may come from variables, which belong to an operation: a fragment weighs anew in each.
        self._weights.clear()
        self.is_fixed = True
        root = self._schema.get_root_type(operation.operation)
        return self._selections(operation.selection_set, root, _NOTHING_SIZED, nesting=0)

    def _selections(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, sized: frozenset[str], *, nesting: int
    ) -> Weight:
        if nesting > NESTING_MAX:
            raise LimitError(f"Selections and fragments are nested more than {NESTING_MAX} levels deep.", selection_set)
        depth = 0
        sums = [0] * 6
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                weight = self._field(selection, parent, sized, nesting=nesting)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                weight = self._selections(selection.selection_set, inner, sized, nesting=nesting + 1)
            elif isinstance(selection, FragmentSpreadNode):
                weight = self._fragment(selection.name.value, sized, nesting=nesting)
            else:
                weight = _NOTHING
            depth = max(depth, weight.depth)
            sums = [sum_ + part for sum_, part in zip(sums, weight[1:], strict=True)]
        return Weight(depth, *(min(each, SATURATED) for each in sums))

    def _fragment(self, name: str, sized: frozenset[str], *, nesting: int) -> Weight:
        known = self._weights.get((name, sized))
        if known is not None:
            return known
        fragment = self._fragments.get(name)
        # An unknown fragment and one that contains itself are for validation to report.
        if fragment is None or name in self._entered:
            return _NOTHING
        self._entered.add(name)
        try:
            condition = self._schema.get_type(fragment.type_condition.name.value)
            weight = self._selections(fragment.selection_set, condition, sized, nesting=nesting + 1)
        finally:
            self._entered.discard(name)
        self._weights[name, sized] = weight
        return weight

    def _field(
        self, node: FieldNode, parent: GraphQLNamedType | None, sized: frozenset[str], *, nesting: int
    ) -> Weight:
        name = node.name.value
        cost = self._costs.of(parent, name)
        aliases = 1 if node.alias is not None else 0
        usual = 0 if node.selection_set is None else OBJECT_POINTS
        if cost is not None and cost.points != usual:
            self.points_by_node[id(node)] = cost.points
        if node.selection_set is None:
            return Weight(1, 1, aliases, 1, cost.points if cost is not None else 0)
        if cost is None and parent is not None:
            self.unknown.append(node)
            return Weight(1, 1, aliases, 1)
        inner = get_named_type(cost.definition.type) if cost is not None else None
        sized_fields = cost.sized_fields if cost is not None else _NOTHING_SIZED
        child = self._selections(node.selection_set, inner, sized_fields, nesting=nesting + 1)
        is_sized = name in sized
        size = 1 if is_sized or cost is None else self._size(node, cost)
        points = cost.points if cost is not None else 0
        if sized_fields:
            answers = 1 + child.answers + size * child.answers_each
            points += child.points + size * child.points_each
        else:
            answers = 1 + size * child.answers
            points = size * (points + child.points)
        points += self._argument_points(node, cost)
        answers, points = min(answers, SATURATED), min(points, SATURATED)
        return Weight(
            1 if name in INTROSPECTION_ROOTS else 1 + child.depth,
            1 + child.fields,
            aliases + child.aliases,
            *((0, 0, answers, points) if is_sized else (answers, points, 0, 0)),
        )

    @staticmethod
    def _argument_points(node: FieldNode, cost: FieldCost | None) -> int:
        if cost is None or not cost.argument_points:
            return 0
        return sum(cost.argument_points.get(argument.name.value, 0) for argument in node.arguments or ())

    def _size(self, node: FieldNode, cost: FieldCost) -> int:
        """How many objects the field answers at most."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = []
        for name in cost.slicing:
            argument = cost.definition.args[name]
            if is_list_type(get_nullable_type(argument.type)):
                if name in given:
                    sizes.append(self._length(given[name]))
            elif name in given or isinstance(argument.default_value, int):
                sizes.append(self._number(given.get(name), argument))
        return max(sizes, default=cost.size_assumed)

    def _number(self, value: ValueNode | None, argument: GraphQLArgument) -> int:
        number: Any = argument.default_value
        if isinstance(value, VariableNode):
            self.is_fixed = False
            if self._variables is None:
                return FIRST_MAX
            default = self._defaults.get(value.name.value)
            number = self._variables.get(
                value.name.value, default.value if isinstance(default, IntValueNode) else number
            )
        elif isinstance(value, IntValueNode):
            number = value.value
        try:
            return min(max(int(number), 0), FIRST_MAX)
        except (TypeError, ValueError):
            return FIRST_MAX

    def _length(self, value: ValueNode) -> int:
        if isinstance(value, VariableNode):
            self.is_fixed = False
            if self._variables is None:
                return LIST_ARGUMENT_SIZE_MAX
            sent = self._variables.get(value.name.value)
            if sent is not None:
                return len(sent) if isinstance(sent, list) else 1
            default = self._defaults.get(value.name.value)
            return self._length(default) if default is not None else LIST_SIZE_ASSUMED
        return len(value.values) if isinstance(value, ListValueNode) else 1


class CostError(LimitError):
    """An operation that costs more than one may; ``points`` is what it would have cost at most."""

    def __init__(self, message: str, node: OperationDefinitionNode, *, points: int) -> None:
        super().__init__(message, node)
        self.points = points


def check_weight(weight: Weight, limits: DocumentLimits, operation: OperationDefinitionNode) -> None:
    """Raise ``LimitError`` where the operation is deeper or wider than allowed; the rest is for ``check_cost``."""
    for what, found, allowed in (
        ("levels of fields", weight.depth, limits.depth_max),
        ("aliases after its fragments are expanded", weight.aliases, limits.aliases_max),
        ("fields after its fragments are expanded", weight.fields, limits.fields_max),
    ):
        if found > allowed:
            raise LimitError(f"The operation has {_count(found)} {what}; {allowed} are allowed.", operation)


def check_cost(weight: Weight, limits: DocumentLimits, operation: OperationDefinitionNode) -> None:
    """Raise ``CostError`` where the largest possible answer has more fields or costs more points than allowed."""
    advice = "Ask for smaller pages (`first`) or fewer lists within lists."
    if weight.answers > limits.answers_max:
        raise CostError(
            f"The operation may answer {_count(weight.answers)} fields; {limits.answers_max} are allowed. {advice}",
            operation,
            points=weight.points,
        )
    if weight.points > limits.cost_max:
        raise CostError(
            f"The operation may cost {_count(weight.points)} points; {limits.cost_max} are allowed. {advice}",
            operation,
            points=weight.points,
        )


def _count(number: int) -> str:
    return "too many" if number >= SATURATED else str(number)
