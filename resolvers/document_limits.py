"""What one document may ask for. Every check is linear in the document: a fragment is weighed once, however often spread."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from inventory_graph.pages import FIRST_MAX

VALUE_DEPTH_MAX = 32
NESTING_MAX = 64
LIST_ARGUMENT_SIZE_MAX = 1_000
LIST_SIZE_ASSUMED = 5
SATURATED = 10**15
INTEGER_MAX = 2**63 - 1
INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """How large a document may be.

    ``fields_max`` and ``aliases_max`` count after fragments are expanded. Validation compares every two selections of one
    name with each other, so ``repeats_max`` bounds how often a selection may name again what it named before, and
    ``fragments_max`` how many fragments one selection may have. ``cost_max`` bounds the fields of the largest
    possible answer: a page counts as its ``first``, a list as its longest list argument, any other list as 5.
    """

    characters_max: int = 20_000
    tokens_max: int = 2_000
    comments_max: int = 500
    operations_max: int = 50
    depth_max: int = 15
    fields_max: int = 2_000
    aliases_max: int = 30
    directives_max: int = 50
    repeats_max: int = 20
    fragments_max: int = 30
    cost_max: int = 100_000


class LimitError(GraphQLError):
    """A document that asks for too much; the message says of what, how much, and how much is allowed."""


class Weight(NamedTuple):
    """What a selection comes to: levels of fields, fields, aliases, and fields of the largest possible answer."""

    depth: int
    fields: int
    aliases: int
    cost: int


NOTHING = Weight(0, 0, 0, 0)


class Findings(NamedTuple):
    """What a document has in it that changes how it is run."""

    introspects: bool
    has_directives: bool


def check_nodes(document: DocumentNode, limits: DocumentLimits) -> Findings:
    """Look at every node once.

    Raises ``GraphQLError`` for a string with NUL, a number outside 64 bits and values nested too deeply, and
    ``LimitError`` for too many operations, directives, and repetitions in one selection.
    """
    operations = sum(isinstance(each, OperationDefinitionNode) for each in document.definitions)
    if operations > limits.operations_max:
        raise LimitError(f"The document has {operations} operations; {limits.operations_max} are allowed.")
    directives = repeats = 0
    introspects = False
    for node, depth in _nodes(document):
        if isinstance(node, FieldNode):
            introspects = introspects or node.name.value in INTROSPECTION_ROOTS
        elif isinstance(node, SelectionSetNode):
            repeats += _repeats_in(node, limits)
            if repeats > limits.repeats_max:
                raise LimitError(
                    f"Selections name a field again more than {limits.repeats_max} times; once is enough.", node
                )
        elif isinstance(node, DirectiveNode):
            directives += 1
            if directives > limits.directives_max:
                raise LimitError(f"The document has more than {limits.directives_max} directives; use fewer.", node)
        elif isinstance(node, ValueNode):
            _check_literal(node, depth)
    return Findings(introspects, directives > 0)


def _repeats_in(node: SelectionSetNode, limits: DocumentLimits) -> int:
    """How many fields of the selection answer under a name that an earlier one has; raises for too many fragments."""
    names = [(each.alias or each.name).value for each in node.selections if isinstance(each, FieldNode)]
    if len(node.selections) - len(names) > limits.fragments_max:
        raise LimitError(f"One selection has more than {limits.fragments_max} fragments.", node)
    return len(names) - len(set(names))


def _check_literal(node: ValueNode, depth: int) -> None:
    if depth > VALUE_DEPTH_MAX:
        raise GraphQLError(f"Values may be nested {VALUE_DEPTH_MAX} levels deep, not more.", node)
    if isinstance(node, StringValueNode):
        if "\x00" in node.value:
            raise GraphQLError("This string contains the character NUL, which cannot be stored; remove it.", node)
    elif isinstance(node, IntValueNode):
        if len(node.value) > 20 or abs(int(node.value)) > INTEGER_MAX:
            raise GraphQLError("This number is outside 64 bits; send a decimal as a string.", node)
    elif isinstance(node, FloatValueNode) and not math.isfinite(float(node.value)):
        raise GraphQLError("This number is too large; send a decimal as a string.", node)


def _nodes(document: DocumentNode) -> Iterator[tuple[Node, int]]:
    """Every node below the document, each with the number of lists and objects it lies in."""
    stack: list[tuple[Node, int]] = [(document, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        if isinstance(node, ListValueNode | ObjectValueNode):
            depth += 1
        for key in node.keys:
            child = getattr(node, key)
            if isinstance(child, Node):
                stack.append((child, depth))
            elif isinstance(child, tuple | list):
                stack.extend((each, depth) for each in child if isinstance(each, Node))


class Scales:
    """Weighs the operations of one document.

    With ``variables`` (as sent, not coerced) sizes that they give are taken as they are; without them the largest
    possible is assumed.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, *, variables: Mapping[str, Any] | None = None
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._defaults: dict[str, ValueNode | None] = {}
        self._weights: dict[tuple[str, bool], Weight] = {}
        self._entered: set[str] = set()
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def weigh(self, operation: OperationDefinitionNode) -> Weight:
        """The weight of the operation; raises ``LimitError`` for fragments and selections nested too deeply."""
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
        }
        # Sizes may come from variables, which belong to an operation: a fragment weighs anew in each.
        self._weights.clear()
        root = self._schema.get_root_type(operation.operation)
        return self._selections(operation.selection_set, root, sliced=False, nesting=0)

    def _selections(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, *, sliced: bool, nesting: int
    ) -> Weight:
        if nesting > NESTING_MAX:
            raise LimitError(f"Selections and fragments are nested more than {NESTING_MAX} levels deep.", selection_set)
        depth = fields = aliases = cost = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                weight = self._field(selection, parent, sliced=sliced, nesting=nesting)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                weight = self._selections(selection.selection_set, inner, sliced=sliced, nesting=nesting + 1)
            elif isinstance(selection, FragmentSpreadNode):
                weight = self._fragment(selection.name.value, sliced=sliced, nesting=nesting)
            else:
                weight = NOTHING
            depth = max(depth, weight.depth)
            fields += weight.fields
            aliases += weight.aliases
            cost += weight.cost
        return Weight(depth, min(fields, SATURATED), min(aliases, SATURATED), min(cost, SATURATED))

    def _fragment(self, name: str, *, sliced: bool, nesting: int) -> Weight:
        known = self._weights.get((name, sliced))
        if known is not None:
            return known
        fragment = self._fragments.get(name)
        # An unknown fragment and one that contains itself are for validation to report.
        if fragment is None or name in self._entered:
            return NOTHING
        self._entered.add(name)
        try:
            condition = self._schema.get_type(fragment.type_condition.name.value)
            weight = self._selections(fragment.selection_set, condition, sliced=sliced, nesting=nesting + 1)
        finally:
            self._entered.discard(name)
        self._weights[name, sliced] = weight
        return weight

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, *, sliced: bool, nesting: int) -> Weight:
        name = node.name.value
        aliases = 1 if node.alias is not None else 0
        if node.selection_set is None:
            return Weight(1, 1, aliases, 1)
        field = self._schema.get_field(parent, name) if parent is not None and is_composite_type(parent) else None
        is_page = field is not None and "first" in field.args
        child = self._selections(
            node.selection_set,
            get_named_type(field.type) if field is not None else None,
            sliced=is_page,
            nesting=nesting + 1,
        )
        size = 1 if sliced and name in ("edges", "nodes") else self._size(node, field)
        depth = 1 if name in INTROSPECTION_ROOTS else 1 + child.depth
        return Weight(depth, 1 + child.fields, aliases + child.aliases, min(1 + size * child.cost, SATURATED))

    def _size(self, node: FieldNode, field: GraphQLField | None) -> int:
        """How many objects the field answers at most."""
        if field is None:
            return 1
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        if "first" in field.args:
            return self._number(given.get("first"), field.args["first"])
        if not is_list_type(get_nullable_type(field.type)):
            return 1
        lengths = [
            self._length(given[name])
            for name, argument in field.args.items()
            if name in given and is_list_type(get_nullable_type(argument.type))
        ]
        return max(lengths, default=LIST_SIZE_ASSUMED)

    def _number(self, value: ValueNode | None, argument: GraphQLArgument) -> int:
        number: Any = argument.default_value
        if isinstance(value, VariableNode):
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
            if self._variables is None:
                return LIST_ARGUMENT_SIZE_MAX
            sent = self._variables.get(value.name.value)
            if sent is not None:
                return len(sent) if isinstance(sent, list) else 1
            default = self._defaults.get(value.name.value)
            return self._length(default) if default is not None else LIST_SIZE_ASSUMED
        return len(value.values) if isinstance(value, ListValueNode) else 1


def check_weight(weight: Weight, limits: DocumentLimits, operation: OperationDefinitionNode) -> None:
    """Raise ``LimitError`` where the operation is deeper or wider than allowed; the cost is checked by ``check_cost``."""
    for what, found, allowed in (
        ("levels of fields", weight.depth, limits.depth_max),
        ("aliases after its fragments are expanded", weight.aliases, limits.aliases_max),
        ("fields after its fragments are expanded", weight.fields, limits.fields_max),
    ):
        if found > allowed:
            raise LimitError(f"The operation has {_count(found)} {what}; {allowed} are allowed.", operation)


def check_cost(cost: int, limits: DocumentLimits, operation: OperationDefinitionNode) -> None:
    """Raise ``LimitError`` where the largest possible answer has more fields than allowed."""
    if cost > limits.cost_max:
        raise LimitError(
            f"The operation may answer {_count(cost)} fields; {limits.cost_max} are allowed."
            " Ask for smaller pages (`first`) or fewer lists within lists.",
            operation,
        )


def _count(number: int) -> str:
    return "too many" if number >= SATURATED else str(number)
