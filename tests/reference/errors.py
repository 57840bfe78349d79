"""docs/reference/errors.md."""

import re
from collections.abc import Iterator
from typing import cast

from graphql import GraphQLEnumType

from inventory_graph.errors import OutcomeUnknown, Unauthenticated, Unavailable
from resolvers import (
    admission,
    answers,
    bulkheads,
    callbacks,
    context,
    document_limits,
    documents,
    envelope,
    http,
    masking,
    operating,
    persisted,
    variables,
)
from resolvers.schema import InventorySchema, build_schema
from tests.reference import markdown

INTRODUCTION = """
There are two kinds of errors, and they are in two places.

*Refusals* are expected answers of a mutation. They are data: `errors` in the payload, each with `code`, `message` (for
people) and `path` (the argument that was wrong, from `input` downwards). Nothing was changed.

*Request errors* are in GraphQL's own `errors`, with the code in `extensions.code`. A query that is refused, such as one for
which a permission is missing, has the code of the refusal there, and `extensions.argument` names the argument.

Select by `code`; messages may change. More codes may come: treat an unknown one like `INVALID_INPUT`.
"""

REQUEST_ERRORS: dict[str, tuple[str, str]] = {
    documents.PARSE_FAILED: ("200 or 400", "The document is not GraphQL; `locations` says where. Correct it."),
    documents.VALIDATION_FAILED: (
        "200 or 400",
        "The document does not fit the schema: an unknown field, a wrong type.",
    ),
    masking.LIMIT_EXCEEDED: (
        "200 or 400",
        "The document asks for too much; the message says of what, and the limit.",
    ),
    persisted.PERSISTED_QUERY_NOT_FOUND: (
        "200 or 400",
        "No document is known by this hash; send the hash again together with the document. Clients with persisted"
        " queries do so by themselves.",
    ),
    persisted.DOCUMENT_NOT_TRUSTED: (
        "403",
        "Only documents that the operator listed run here (`INVENTORY_TRUSTED_DOCUMENTS_ONLY`).",
    ),
    masking.INVALID_INPUT: ("200 or 400", "A variable or an argument is not valid; the message names it."),
    envelope.BAD_REQUEST: (
        "400, 405, 406, 408, 413, 414, 415, 421",
        "The HTTP request is not one of GraphQL's; the message says what to send instead.",
    ),
    http.UNAUTHENTICATED: ("401, or 200 in a field", f"{Unauthenticated.__doc__} Send a token that is good."),
    admission.INTROSPECTION_DISABLED: ("403", "Reading the schema is switched off here (`INVENTORY_INTROSPECTION`)."),
    envelope.PREFLIGHT_REQUIRED: (
        "403",
        "A page of another site asks by GET without a header for which the browser would have asked first.",
    ),
    admission.RATE_LIMITED: (
        "429, with `Retry-After`",
        "The tenant, the client or the address asked for too much in a short time; nothing was done. Wait, then go on slower.",
    ),
    bulkheads.UNAVAILABLE: ("503, with `Retry-After`", (Unavailable.__doc__ or "").strip()),
    OutcomeUnknown.code: ("503, with `Retry-After`", " ".join((OutcomeUnknown.__doc__ or "").split())),
    callbacks.CALLBACK_FAILED: (
        "502",
        "The address that a router named for the results of a subscription did not answer as the protocol has it.",
    ),
    answers.DEADLINE_EXCEEDED: (
        "503, with `Retry-After`",
        f"The operation took longer than {context.DEADLINE_SECONDS:g} seconds and was stopped. Ask for less; send a mutation"
        " again with the same idempotency key.",
    ),
    masking.INTERNAL: ("200 or 500", "A fault of the service. `extensions.requestId` finds it in the log."),
}
"""HTTP status and meaning of each code of a request error."""

STATUS = """
*200 or 400*: a client that accepts `application/graphql-response+json` gets the status 400, one that accepts
`application/json` gets 200. Both get the same body. Whenever part of the operation was executed, the status is 200.
"""

_CODE = re.compile(r"[A-Z]+(_[A-Z]+)+|[A-Z]{6,}")


def request_codes() -> Iterator[str]:
    """The codes that the endpoint's modules name."""
    for module in (
        admission,
        answers,
        bulkheads,
        callbacks,
        documents,
        envelope,
        http,
        masking,
        document_limits,
        persisted,
    ):
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str) and _CODE.fullmatch(value):
                yield value


def refusal_codes(schema: InventorySchema) -> dict[str, str]:
    """The codes of refusals with their descriptions, as clients see them."""
    error_code = cast("GraphQLEnumType", schema._schema.type_map["ErrorCode"])
    return {name: value.description or "" for name, value in error_code.values.items()}


def page() -> str:
    """Every code."""
    refusals = markdown.table(
        ("code", "meaning and what to do"),
        ((markdown.code(code), meaning) for code, meaning in refusal_codes(build_schema()).items()),
    )
    requests = markdown.table(
        ("code", "HTTP status", "meaning and what to do"),
        ((markdown.code(code), status, meaning) for code, (status, meaning) in REQUEST_ERRORS.items()),
    )
    limits = document_limits.DocumentLimits()
    sizes = markdown.table(
        ("what", "at most"),
        (
            ("bytes of a request's body", f"{operating.BODY_BYTES_MAX:,}"),
            ("values of variables, a list or an object counting as some more", f"{variables.VALUES_MAX:,}"),
            ("objects of a list", f"{variables.OBJECTS_MAX:,}"),
            ("characters of a document", f"{limits.characters_max:,}"),
            ("tokens of a document", f"{limits.tokens_max:,}"),
            ("levels of fields", str(limits.depth_max)),
            ("fields, fragments expanded", f"{limits.fields_max:,}"),
            ("aliases, fragments expanded", str(limits.aliases_max)),
            ("directives", str(limits.directives_max)),
            ("fields of the largest possible answer", f"{limits.answers_max:,}"),
            ("points of cost", f"{limits.cost_max:,}"),
            ("seconds of an operation", f"{context.DEADLINE_SECONDS:g}"),
        ),
    )
    return markdown.page(
        "Errors", INTRODUCTION, "## Refusals", refusals, "## Request errors", requests, STATUS, "## Limits", sizes
    )
