"""What goes out: a status, a JSON body, headers, and what the metrics call it."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Send

from inventory_graph.errors import Unavailable
from resolvers.masking import INTERNAL, LIMIT_EXCEEDED, cause_of, error_body, masked, unavailable_in
from resolvers.meters import CostExceeded

DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """What goes out: a status, a body that becomes JSON, more headers, and what the metrics call it."""

    status: int
    body: dict[str, Any]
    outcome: str
    headers: Mapping[str, str] = field(default_factory=dict)


def failed_answer(
    data: dict[str, Any] | None,
    errors: list[GraphQLError],
    kind: str,
    request_id: str,
    *,
    remaining: int | None = None,
) -> Answer:
    """The answer of an operation of which some fields failed. ``remaining`` is what is left to the caller where rates are limited."""
    if (too_costly := too_costly_error(errors, kind)) is not None:
        if remaining is not None:
            too_costly["extensions"]["cost"]["remaining"] = remaining
        return Answer(200, {"errors": [too_costly], "data": None}, "errors")
    answers = masked(errors, request_id=request_id)
    body = {"errors": answers, "data": data}
    unavailable = unavailable_in(errors)
    # What was answered in part is worth having; where nothing was, the status may say that it is worth trying again.
    if unavailable is not None and not any(value is not None for value in (data or {}).values()):
        return Answer(503, body, "unavailable", retry_after(unavailable))
    codes = {answer["extensions"]["code"] for answer in answers}
    return Answer(200, body, "failed" if INTERNAL in codes else "errors")


def too_costly_error(errors: Iterable[GraphQLError], kind: str) -> dict[str, Any] | None:
    """What is answered in place of an answer that became too large, None where that is not among the errors."""
    found = [cause for error in errors if isinstance(cause := cause_of(error), CostExceeded)]
    if not found:
        return None
    # The answer was given up half-way: what there is of it would look like all of it.
    largest = max(found, key=lambda cause: cause.points)
    advice = " What it changed until then stands." if kind == "mutation" else ""
    message = f"The answer became larger than was estimated, and costs more than one operation may.{advice}"
    cost = {"actual": largest.points, "limit": largest.points_max}
    return error_body(f"{message} Ask for less at once.", code=LIMIT_EXCEEDED, cost=cost)


def internal_answer(request_id: str) -> Answer:
    """The answer of a request that met a fault of the service."""
    body = error_body("Internal error", code=INTERNAL, requestId=request_id)
    return Answer(500, {"errors": [body]}, "failed")


def retry_after(error: Unavailable) -> dict[str, str]:
    """The header that says when to try again."""
    return {"retry-after": str(error.retry_after_seconds)}


def late_answer(kind: str, *, seconds_max: float) -> Answer:
    """The answer of an operation that was stopped."""
    return Answer(503, {"errors": [late_error(kind, seconds_max=seconds_max)]}, "late", {"retry-after": "1"})


def late_error(kind: str, *, seconds_max: float) -> dict[str, Any]:
    """What is answered in place of an operation, or of a delivery of a subscription, that was stopped."""
    what = "delivery" if kind == "subscription" else "operation"
    advice = (
        "What it changed until then stands; send it again with the same idempotency keys to learn it."
        if kind == "mutation"
        else "Ask for less at once."
    )
    message = f"The {what} took longer than {seconds_max:g} seconds and was stopped. {advice}"
    return error_body(message, code=DEADLINE_EXCEEDED)


async def send_answer(send: Send, answer: Answer, media_type: str, request_id: str) -> None:
    """Send the answer; one that is no JSON becomes a fault of the service."""
    try:
        content = orjson.dumps(answer.body)
    except TypeError:
        logger.exception("Request %s has an answer that is no JSON.", request_id)
        answer.status, answer.outcome = 500, "failed"
        content = orjson.dumps(internal_answer(request_id).body)
    headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(content)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"cache-control", b"no-store"),
        *((name.encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def compact(content: bytes) -> bytes:
    """A copy of what ``orjson.dumps`` wrote, for what is kept: the original takes 4 kB, however short it is."""
    return bytes(memoryview(content))
