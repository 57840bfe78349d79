"""What one document may ask for. Every check is linear in the document: a fragment is weighed once, however often spread."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

INTEGER_MAX = 2**63 - 1
INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """How large a document may be.

    ``fields_max`` and ``aliases_max`` count after fragments are expanded. Validation compares every two selections of one
    name with each other, so ``repeats_max`` bounds how often a selection may name again what it named before, and
    ``fragments_max`` how many fragments one selection may have, ``fragment_definitions_max`` how many there may be. What operations
    have in common is looked at for each of them: ``operation_nodes_max`` bounds operations times nodes. An answer has an alias once
    for each object, which are thousands where it is in a list. ``value_depth_max`` is how deep
    values may be nested, those of variables as well. ``answers_max`` bounds the fields of the largest
    possible answer, ``cost_max`` its points (``resolvers.costs``): a page counts as its ``first``, a list as its longest list
    argument, any other list as 5.
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
    fragment_definitions_max: int = 60
    alias_length_max: int = 100
    operation_nodes_max: int = 15_000
    value_depth_max: int = 32
    answers_max: int = 100_000
    cost_max: int = 50_000


class LimitError(GraphQLError):
    """A document that asks for too much; the message says of what, how much, and how much is allowed."""


class Findings(NamedTuple):
    """What a document has in it that changes how it is run."""

    introspects: bool
    has_directives: bool
    has_variables: bool
    has_fragments: bool


def check_nodes(document: DocumentNode, limits: DocumentLimits) -> Findings:
    """Look at every node once.

    Raises ``GraphQLError`` for a string with NUL, a number outside 64 bits and values nested too deeply, and
    ``LimitError`` for too many operations, fragments, directives, and repetitions in one selection, and for long aliases.
    """
    operations = _check_definitions(document, limits)
    directives = repeats = nodes = 0
    introspects = False
    kinds: set[type[Node]] = set()
    for node, depth in nodes_below(document):
        kinds.add(type(node))
        nodes += 1
        if isinstance(node, FieldNode):
            if node.alias is not None and len(node.alias.value) > limits.alias_length_max:
                raise LimitError(f"An alias may have {limits.alias_length_max} characters.", node)
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
            _check_literal(node, depth, limits)
    _check_together(operations, nodes, limits)
    return Findings(
        introspects=introspects,
        has_directives=directives > 0,
        has_variables=VariableNode in kinds,
        has_fragments=not kinds.isdisjoint((FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode)),
    )


def _check_definitions(document: DocumentNode, limits: DocumentLimits) -> int:
    """How many operations there are; raises for too many, and for too many fragments."""
    operations = sum(isinstance(each, OperationDefinitionNode) for each in document.definitions)
    if operations > limits.operations_max:
        raise LimitError(f"The document has {operations} operations; {limits.operations_max} are allowed.")
    fragments = sum(isinstance(each, FragmentDefinitionNode) for each in document.definitions)
    if fragments > limits.fragment_definitions_max:
        raise LimitError(f"The document has {fragments} fragments; {limits.fragment_definitions_max} are allowed.")
    return operations


def _check_together(operations: int, nodes: int, limits: DocumentLimits) -> None:
    if operations > 1 and operations * nodes > limits.operation_nodes_max:
        raise LimitError(f"The document is too long for {operations} operations; send fewer of them at once.")


def _repeats_in(node: SelectionSetNode, limits: DocumentLimits) -> int:
    """How many fields of the selection answer under a name that an earlier one has; raises for too many fragments."""
    names = [(each.alias or each.name).value for each in node.selections if isinstance(each, FieldNode)]
    if len(node.selections) - len(names) > limits.fragments_max:
        raise LimitError(f"One selection has more than {limits.fragments_max} fragments.", node)
    return len(names) - len(set(names))


def _check_literal(node: ValueNode, depth: int, limits: DocumentLimits) -> None:
    if depth > limits.value_depth_max:
        raise GraphQLError(f"Values may be nested {limits.value_depth_max} levels deep, not more.", node)
    if isinstance(node, StringValueNode):
        if "\x00" in node.value:
            raise GraphQLError("This string contains the character NUL, which cannot be stored; remove it.", node)
    elif isinstance(node, IntValueNode):
        if len(node.value) > 20 or abs(int(node.value)) > INTEGER_MAX:
            raise GraphQLError("This number is outside 64 bits; send a decimal as a string.", node)
    elif isinstance(node, FloatValueNode) and not math.isfinite(float(node.value)):
        raise GraphQLError("This number is too large; send a decimal as a string.", node)


def nodes_below(root: Node) -> Iterator[tuple[Node, int]]:
    """The node and every one below it but names, each with the number of lists and objects it lies in."""
    stack: list[tuple[Node, int]] = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        if isinstance(node, ListValueNode | ObjectValueNode):
            depth += 1
        for key in node.keys:
            child = getattr(node, key)
            if isinstance(child, tuple):
                stack += [(each, depth) for each in child if isinstance(each, Node)]
            # Half of all nodes are names, and there is nothing to see in them.
            elif isinstance(child, Node) and not isinstance(child, NameNode):
                stack.append((child, depth))
