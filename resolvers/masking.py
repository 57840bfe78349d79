"""What a caller gets to see of an error: what is listed here, and of anything else a request id to ask about."""

import logging
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError
from strawberry.utils.str_converters import to_camel_case

from inventory_graph.errors import InventoryError, Refusal, Unauthenticated, Unavailable

INTERNAL = "INTERNAL"
INVALID_INPUT = "INVALID_INPUT"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
MESSAGE_LENGTH_MAX = 1_000

logger = logging.getLogger(__name__)


def cause_of(error: GraphQLError) -> Exception | None:
    """The exception behind a GraphQL error; None where graphql-core itself refused what the client sent."""
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def error_body(message: str, *, code: str, **extensions: Any) -> dict[str, Any]:
    """One error as it is answered, of a request that did not come to be executed."""
    return {"message": message[:MESSAGE_LENGTH_MAX], "extensions": {"code": code, **extensions}}


def told(error: InventoryError) -> dict[str, Any]:
    """An error that callers are told of, as it is answered: its code, and the argument that was wrong where one was."""
    answer = error_body(error.message, code=error.code)
    if isinstance(error, Refusal) and error.path:
        answer["extensions"]["argument"] = [to_camel_case(str(step)) for step in error.path]
    return answer


def masked(errors: Iterable[GraphQLError], *, request_id: str) -> list[dict[str, Any]]:
    """The errors of an execution as they are answered.

    A ``Refusal`` brings its code and the argument that was wrong; so do ``Unauthenticated`` and ``Unavailable`` theirs.
    Everything unexpected is logged, once, with its traceback and the request id, and answered as INTERNAL.
    """
    answers: list[dict[str, Any]] = []
    logged: set[int] = set()
    for error in errors:
        cause = cause_of(error)
        answer = _answer(error, cause, request_id)
        if answer["extensions"]["code"] == INTERNAL and id(cause) not in logged:
            logged.add(id(cause))
            logger.error("Request %s failed at %s.", request_id, _place(error), exc_info=cause)
        answers.append(answer)
    return answers


def _answer(error: GraphQLError, cause: Exception | None, request_id: str) -> dict[str, Any]:
    if isinstance(cause, Refusal | Unauthenticated | Unavailable):
        answer = told(cause)
    elif cause is None:
        answer = error_body(error.message, code=INVALID_INPUT)
        answer["extensions"].update(error.extensions or {})
    else:
        answer = error_body("Internal error", code=INTERNAL, requestId=request_id)
    if error.locations:
        answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        answer["path"] = list(error.path)
    return answer


def _place(error: GraphQLError) -> str:
    return ".".join(str(step) for step in error.path or ()) or "the operation"


def unavailable_in(errors: Iterable[GraphQLError]) -> Unavailable | None:
    """The error among them that says the service cannot answer now, and asks for the longest patience."""
    found = [cause for error in errors if isinstance(cause := cause_of(error), Unavailable)]
    return max(found, key=lambda cause: cause.retry_after_seconds, default=None)
