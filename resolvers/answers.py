"""What goes out: a status, a JSON body, headers, and what the metrics call it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Send

from inventory_graph.errors import Unavailable
from resolvers.execution import CostExceeded
from resolvers.masking import INTERNAL, LIMIT_EXCEEDED, cause_of, error_body, masked, unavailable_in

DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """What goes out: a status, a body that becomes JSON, more headers, and what the metrics call it."""

    status: int
    body: dict[str, Any]
    outcome: str
    headers: Mapping[str, str] = field(default_factory=dict)


def failed_answer(data: dict[str, Any] | None, errors: list[GraphQLError], kind: str, request_id: str) -> Answer:
    """The answer of an operation of which some fields failed."""
    if any(isinstance(cause_of(error), CostExceeded) for error in errors):
        return _too_costly(kind)
    answers = masked(errors, request_id=request_id)
    body = {"errors": answers, "data": data}
    unavailable = unavailable_in(errors)
    # What was answered in part is worth having; where nothing was, the status may say that it is worth trying again.
    if unavailable is not None and not any(value is not None for value in (data or {}).values()):
        return Answer(503, body, "unavailable", retry_after(unavailable))
    codes = {answer["extensions"]["code"] for answer in answers}
    return Answer(200, body, "failed" if INTERNAL in codes else "errors")


def _too_costly(kind: str) -> Answer:
    # The answer was given up half-way: what there is of it would look like all of it.
    advice = " What it changed until then stands." if kind == "mutation" else ""
    message = f"The answer became larger than was estimated, and costs more than one operation may.{advice}"
    body = error_body(f"{message} Ask for less at once.", code=LIMIT_EXCEEDED)
    return Answer(200, {"errors": [body], "data": None}, "errors")


def internal_answer(request_id: str) -> Answer:
    """The answer of a request that met a fault of the service."""
    body = error_body("Internal error", code=INTERNAL, requestId=request_id)
    return Answer(500, {"errors": [body]}, "failed")


def retry_after(error: Unavailable) -> dict[str, str]:
    """The header that says when to try again."""
    return {"retry-after": str(error.retry_after_seconds)}


def late_answer(kind: str, *, seconds_max: float) -> Answer:
    """The answer of an operation that was stopped."""
    advice = (
        "What it changed until then stands; send it again with the same idempotency keys to learn it."
        if kind == "mutation"
        else "Ask for less at once."
    )
    message = f"The operation took longer than {seconds_max:g} seconds and was stopped. {advice}"
    body = error_body(message, code=DEADLINE_EXCEEDED)
    return Answer(503, {"errors": [body]}, "late", {"retry-after": "1"})


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
