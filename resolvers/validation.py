"""The rules a document is validated by: those of the specification, and what graphql-core 3.3.2 misses of them."""

from typing import Any

from graphql import (
    ASTValidationRule,
    GraphQLError,
    KnownTypeNamesRule,
    NamedTypeNode,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    ValidationRule,
    VariableDefinitionNode,
    VariablesInAllowedPositionRule,
    get_nullable_type,
    is_input_object_type,
    is_non_null_type,
    specified_rules,
    type_from_ast,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule


class NonNullOneOfVariables(ValidationRule):
    """A variable in a oneOf input must be non-null, or the input might come to have no field at all.

    graphql-core has this rule but looks only at arguments that may be null, not at the usual ``key: ItemKey!``.
    """

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._definitions: dict[str, VariableDefinitionNode] = {}

    def enter_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        self._definitions = {
            definition.variable.name.value: definition for definition in operation.variable_definitions or ()
        }

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = self._definitions.get(usage.node.name.value)
            parent = get_nullable_type(usage.parent_type)
            if definition is None or not is_non_null_type(usage.parent_type) or not is_input_object_type(parent):
                continue
            type_ = type_from_ast(self.context.schema, definition.type)
            if parent.is_one_of and type_ is not None and not is_non_null_type(type_):
                self.report_error(
                    GraphQLError(
                        f"Variable '${usage.node.name.value}' is of type '{type_}' but must be non-nullable to be used"
                        f" for OneOf Input Object '{parent}'.",
                        [definition, usage.node],
                    )
                )


class KnownTypeNames(KnownTypeNamesRule):
    """The rule of graphql-core, which says of an unknown type which one was meant only for the first ones of a document.

    It compares the name with those of all types, letter by letter: 10 ms of CPU each in a schema of 300 types.
    """

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self._suggestions_left = TYPE_SUGGESTIONS_MAX

    def enter_named_type(self, node: NamedTypeNode, *place: Any) -> None:
        name = node.name.value
        if name not in self.existing_types_map:
            if self._suggestions_left == 0 and not self.context.hide_suggestions:
                self.report_error(GraphQLError(f"Unknown type '{name}'.", node))
                return
            self._suggestions_left -= 1
        super().enter_named_type(node, *place)


TYPE_SUGGESTIONS_MAX = 2

VARIABLE_RULES: tuple[type[ASTValidationRule], ...] = (
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    VariablesInAllowedPositionRule,
    NonNullOneOfVariables,
)
"""What is asked of variables. To find them takes going through each operation once more, so it waits until ``RULES`` has found
nothing wrong, and is left out where there are none."""

RULES = (
    *(KnownTypeNames if rule is KnownTypeNamesRule else rule for rule in specified_rules if rule not in VARIABLE_RULES),
    MaybeNullValidationRule,
)
