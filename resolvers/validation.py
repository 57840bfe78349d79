"""The rules a document is validated by: those of the specification, and what graphql-core 3.3.2 misses of them."""

from typing import Any

from graphql import (
    ASTValidationRule,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    FieldNode,
    FieldsOnCorrectTypeRule,
    FragmentsOnCompositeTypesRule,
    GraphQLError,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownTypeNamesRule,
    MaxIntrospectionDepthRule,
    NamedTypeNode,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    PossibleFragmentSpreadsRule,
    StreamDirectiveOnListField,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    ValidationRule,
    VariableDefinitionNode,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    get_nullable_type,
    is_input_object_type,
    is_non_null_type,
    is_object_type,
    specified_rules,
    type_from_ast,
)
from graphql.pyutils import did_you_mean
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from resolvers.document_limits import Findings
from resolvers.spelling import meant


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
    """The rule of graphql-core, which compares an unknown name with those of all types, letter by letter: 40 ms of CPU each in a
    schema of 400 types. Here it is given the likely ones."""

    def enter_named_type(self, node: NamedTypeNode, *place: Any) -> None:
        if node.name.value not in self.existing_types_map and not self.context.hide_suggestions:
            self.type_names = meant(node.name.value, self.existing_types_map)
        super().enter_named_type(node, *place)


class FieldsOnCorrectType(FieldsOnCorrectTypeRule):
    """The same for fields: ``Mutation`` has a hundred."""

    def enter_field(self, node: FieldNode, *place: Any) -> None:
        parent = self.context.get_parent_type()
        if not is_object_type(parent):
            super().enter_field(node, *place)
        elif self.context.get_field_def() is None:
            name = node.name.value
            suggested = [] if self.context.hide_suggestions else meant(name, parent.fields)
            self.report_error(
                GraphQLError(f"Cannot query field '{name}' on type '{parent}'.{did_you_mean(suggested)}", node)
            )


VARIABLE_RULES: tuple[type[ASTValidationRule], ...] = (
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    VariablesInAllowedPositionRule,
    NonNullOneOfVariables,
)
"""What is asked of variables. To find them takes going through each operation once more, so it waits until ``RULES`` has found
nothing wrong, and is left out where there are none."""

CHEAPER: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    KnownTypeNamesRule: KnownTypeNames,
    FieldsOnCorrectTypeRule: FieldsOnCorrectType,
}

RULES = (
    *(CHEAPER.get(rule, rule) for rule in specified_rules if rule not in VARIABLE_RULES),
    MaybeNullValidationRule,
)

_OF_DIRECTIVES = frozenset(
    {
        DeferStreamDirectiveLabel,
        DeferStreamDirectiveOnRootField,
        DeferStreamDirectiveOnValidOperationsRule,
        KnownDirectivesRule,
        StreamDirectiveOnListField,
        UniqueDirectivesPerLocationRule,
    }
)
_OF_VARIABLES = frozenset({UniqueVariableNamesRule, VariablesAreInputTypesRule})
_OF_FRAGMENTS = frozenset(
    {
        FragmentsOnCompositeTypesRule,
        KnownFragmentNamesRule,
        NoFragmentCyclesRule,
        NoUnusedFragmentsRule,
        PossibleFragmentSpreadsRule,
        UniqueFragmentNamesRule,
    }
)


def rules_for(findings: Findings, *, is_whole: bool) -> list[type[ASTValidationRule]]:
    """The rules that have something to say of a document with this in it: each one that goes through it takes its time.

    Of a document that is not whole parts are left out, which may have used the fragments.
    """
    left_out: set[type[ASTValidationRule]] = set()
    if not findings.has_directives:
        left_out |= _OF_DIRECTIVES
    if not findings.has_variables:
        left_out |= _OF_VARIABLES
    if not findings.has_fragments:
        left_out |= _OF_FRAGMENTS
    if not findings.introspects:
        left_out.add(MaxIntrospectionDepthRule)
    if not is_whole:
        left_out.add(NoUnusedFragmentsRule)
    return [rule for rule in RULES if rule not in left_out]
