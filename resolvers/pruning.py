"""A document without what is selected of fields that nobody knows.

Nothing can be said of it: its fields have no types. To find that out takes as long as if something could, so that a stranger's
document of unknown fields in unknown fields would be the dearest of all.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)


def without_selections_of(document: DocumentNode, unknown: Iterable[FieldNode]) -> DocumentNode:
    """The document with these of its fields selecting nothing; what has none of them below it is the same as before."""
    pruned = {id(field) for field in unknown}
    return replace(document, definitions=tuple(_without(each, pruned) for each in document.definitions))


def _without(node: Any, pruned: set[int]) -> Any:
    """The definition or selection without them."""
    if id(node) in pruned:
        return replace(node, selection_set=None)
    if not isinstance(node, FieldNode | InlineFragmentNode | OperationDefinitionNode | FragmentDefinitionNode):
        return node
    if node.selection_set is None:
        return node
    before = node.selection_set.selections
    selections = tuple(_without(each, pruned) for each in before)
    if all(now is then for now, then in zip(selections, before, strict=True)):
        return node
    return replace(node, selection_set=replace(node.selection_set, selections=selections))
