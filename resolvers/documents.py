"""Documents by their text: parsed, limited and validated once, whether they turn out right or wrong."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from resolvers.costs import CostTable
from resolvers.document_limits import DocumentLimits, Findings, LimitError, check_nodes
from resolvers.leaves import LeafTable
from resolvers.masking import LIMIT_EXCEEDED
from resolvers.plans import Fragments, OperationPlan
from resolvers.pruning import without_selections_of
from resolvers.scales import Scales, Weight, check_cost, check_weight
from resolvers.sources import IndexedSource
from resolvers.validation import VARIABLE_RULES, rules_for

DOCUMENTS_KEPT_MAX = 2_000
CHARACTERS_KEPT_MAX = 300_000
"""A parsed document takes about 150 bytes of memory for each character of its text: 45 MB at most."""
ERRORS_REPORTED_MAX = 10
MESSAGE_LENGTH_MAX = 1_000

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document that has so many characters; ``weight`` is that of its largest possible answer with any variables,
    and it is fixed where variables make no difference to it."""

    node: OperationDefinitionNode
    characters: int
    weight: Weight
    is_fixed: bool
    plan: OperationPlan

    @property
    def type(self) -> OperationType:
        return self.node.operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that may be executed, or the errors (as they are answered) why it may not."""

    ast: DocumentNode | None = None
    operations: Mapping[str | None, Operation] = field(default_factory=dict)
    introspects: bool = False
    errors: tuple[dict[str, Any], ...] = ()


class OperationUnknownError(Exception):
    """The request does not say which of the document's operations to run, or names one that it lacks."""


class Documents:
    """The documents seen lately. The least recently used are dropped once there are 2,000 or 300,000 characters of them."""

    def __init__(self, schema: GraphQLSchema, *, limits: DocumentLimits, suggestions: bool) -> None:
        self._schema = schema
        self._suggestions = suggestions
        self._costs = CostTable(schema)
        self._leaves = LeafTable()
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        self.limits = limits

    def known(self, text: str) -> Document | None:
        """The document of the text, if it was read already and is not forgotten."""
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def read(self, text: str) -> Document:
        """The document of the text."""
        document = self.known(text)
        if document is not None:
            return document
        document = self._read(text)
        # Refusing a text for its length costs nothing, so it is not worth keeping.
        if len(text) <= self.limits.characters_max:
            self._keep(text, document)
        return document

    def points_of(
        self, document: Document, operation: Operation, variables: Mapping[str, Any] | None, *, exactly: bool
    ) -> int:
        """What the operation may cost with these variables: at most, or ``exactly``, which takes longer.

        Raises ``CostError`` where the largest possible answer is too large or costs too much.
        """
        weight = operation.weight
        is_doubtful = weight.answers > self.limits.answers_max or weight.points > self.limits.cost_max
        if (is_doubtful or exactly) and not operation.is_fixed and document.ast is not None:
            weight = Scales(self._schema, self._costs, document.ast, variables=variables or {}).weigh(operation.node)
        check_cost(weight, self.limits, operation.node)
        return weight.points

    def _keep(self, text: str, document: Document) -> None:
        self._documents[text] = document
        self._characters += len(text)
        while self._characters > CHARACTERS_KEPT_MAX or len(self._documents) > DOCUMENTS_KEPT_MAX:
            dropped, _ = self._documents.popitem(last=False)
            self._characters -= len(dropped)

    def _read(self, text: str) -> Document:
        try:
            return self._checked(text)
        except LimitError as error:
            return Document(errors=(_formatted(error, LIMIT_EXCEEDED),))
        except GraphQLSyntaxError as error:  # also for more tokens, comments or levels than allowed
            return Document(errors=(_formatted(error, PARSE_FAILED),))
        except GraphQLError as error:
            return Document(errors=(_formatted(error, VALIDATION_FAILED),))

    def _checked(self, text: str) -> Document:
        limits = self.limits
        if len(text) > limits.characters_max:
            raise LimitError(f"The document has {len(text)} characters; {limits.characters_max} are allowed.")
        ast = parse(IndexedSource(text), max_lexical_tokens=limits.tokens_max, max_comments=limits.comments_max)
        _unchain_tokens(ast)
        findings = check_nodes(ast, limits)
        scales = Scales(self._schema, self._costs, ast)
        operations = self._operations(ast, scales, findings, characters=len(text))
        known = without_selections_of(ast, scales.unknown) if scales.unknown else ast
        errors = self._validated(known, rules_for(findings, is_whole=known is ast))
        if not errors and findings.has_variables:
            errors = self._validated(ast, VARIABLE_RULES)
        if errors:
            return Document(errors=tuple(_formatted(error, VALIDATION_FAILED) for error in errors))
        return Document(ast=ast, operations=operations, introspects=findings.introspects)

    def _validated(self, ast: DocumentNode, rules: Collection[type[ASTValidationRule]]) -> list[GraphQLError]:
        return validate(
            self._schema, ast, rules, max_errors=ERRORS_REPORTED_MAX, hide_suggestions=not self._suggestions
        )

    def _operations(
        self, ast: DocumentNode, scales: Scales, findings: Findings, *, characters: int
    ) -> dict[str | None, Operation]:
        fragments = Fragments(ast)
        operations: dict[str | None, Operation] = {}
        for definition in ast.definitions:
            if isinstance(definition, OperationDefinitionNode):
                weight = scales.weigh(definition)
                check_weight(weight, self.limits, definition)
                name = definition.name.value if definition.name is not None else None
                plan = OperationPlan(
                    definition,
                    fragments,
                    leaves=self._leaves,
                    points=scales.points_by_node,
                    is_constant=not findings.has_directives,
                )
                operations[name] = Operation(definition, characters, weight, scales.is_fixed, plan)
        return operations


def select_operation(document: Document, name: str | None) -> Operation:
    """The operation to run; raises ``OperationUnknownError``."""
    if name:
        try:
            return document.operations[name]
        except KeyError:
            known = ", ".join(str(each) for each in document.operations if each) or "none with a name"
            raise OperationUnknownError(
                f"The document has no operation {name[:100]!r}; it has: {known[:500]}."
            ) from None
    if len(document.operations) != 1:
        raise OperationUnknownError(
            "The document has several operations; say by operationName which of them to run."
            if document.operations
            else "The document has no operation to run."
        )
    return next(iter(document.operations.values()))


def _unchain_tokens(ast: DocumentNode) -> None:
    """Part the tokens, of which each refers to the one before and the one after it. Nobody reads them in their order once they are
    parsed, and as a chain they would all be kept for the few that nodes refer to, and for the garbage collector after that."""
    token = ast.loc.start_token if ast.loc is not None else None
    while token is not None:
        token.prev, token.next, token = None, None, token.next


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    """The error as it is answered. It no longer refers to the document, which may then be forgotten."""
    formatted: dict[str, Any] = {"message": error.message[:MESSAGE_LENGTH_MAX], "extensions": {"code": code}}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return formatted
