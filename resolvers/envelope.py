"""The request around a GraphQL document: read from the wire with every limit on, or refused with a status and a reason."""

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from resolvers.masking import error_body

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

BAD_REQUEST = "BAD_REQUEST"
PREFLIGHT_REQUIRED = "PREFLIGHT_REQUIRED"
BODY_SECONDS_MAX = 30.0
DISCARDED_FACTOR_MAX = 16
QUERY_STRING_BYTES_MAX = 32_768
CALLBACK_PARAMETERS = ("callbackUrl", "subscriptionId", "verifier", "heartbeatIntervalMs")
CALLBACK_TEXT_LENGTH_MAX = 2_048
PARAMETERS = ("query", "variables", "operationName", "extensions", "documentId")

# Numbers of 19 digits and more may be outside 64 bits, and orjson makes a float of those without a word.
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_ESCAPED_NUL = b"\\u0000"

Receive = Callable[[], Awaitable[Any]]


class RequestRefusedError(Exception):
    """The request does not get as far as GraphQL. ``error`` is what is answered, with the status and the headers."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = error_body(message, code=code, **extensions)
        self.headers: Mapping[str, str] = headers or {}


class ClientGoneError(Exception):
    """The client hung up before its request was complete; there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request: the text of a document (empty where only its hash was sent), the name of the operation to run and its
    variables as they were sent."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    document_hash: str | None = None
    wants_cost: bool = False
    subscription: Mapping[str, Any] | None = None
    """What ``extensions.subscription`` says of ``CALLBACK_PARAMETERS``: where a router wants the results of a subscription posted."""
    size: int = 0
    """How many bytes of JSON it was in."""
    is_doubtful: bool = False
    """Whether the variables may hold what is refused (``resolvers.variables``): the text tells, which is faster than to look at
    every value."""
    holders: int = 0
    """How many lists and objects the text may begin, and no value is nested deeper; not counted where there are no variables."""


@functools.lru_cache(maxsize=256)
def answer_type(accept: str | None) -> str | None:
    """The media type to answer in, None when the client takes neither of the two; no preference reads as JSON."""
    if not accept:
        return JSON
    qualities: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        if any(each.startswith("charset=") and each.strip('"') not in _UTF_8 for each in parameters):
            continue
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            qualities[name] = float(quality)
        except ValueError:
            qualities[name] = 0.0
    wildcard = max(qualities.get("*/*", 0.0), qualities.get("application/*", 0.0))
    json, response = qualities.get(JSON, wildcard), qualities.get(GRAPHQL_RESPONSE, 0.0)
    if max(json, response) <= 0:
        return None
    # At the same quality the type that was made for GraphQL says more, and who names it understands it.
    return GRAPHQL_RESPONSE if response >= json else JSON


_UTF_8 = frozenset({"charset=utf-8", "charset=utf8", 'charset="utf-8'})


PREFLIGHT_HEADERS = (
    "graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name", "authorization", "x-api-key",
    "x-tenant-slug", "x-request-id",
)  # fmt: skip
"""Headers that no page can send to a foreign site without the browser asking that site first."""


def check_origin(headers: Mapping[str, str]) -> None:
    """Refuse a request that a browser sent for a page of another site without having asked (``RequestRefusedError``).

    A POST of JSON is never such a request; a GET is, by a link, an image or a script.
    """
    site = headers.get("sec-fetch-site", "none")
    is_foreign = site not in {"none", "same-origin"} or headers.get("sec-fetch-mode") == "no-cors"
    if is_foreign and not any(name in headers for name in PREFLIGHT_HEADERS):
        raise RequestRefusedError(
            403,
            f"A page of another site asks for this without having been allowed to; send the header {PREFLIGHT_HEADERS[0]}: 1.",
            code=PREFLIGHT_REQUIRED,
        )


@functools.lru_cache(maxsize=256)
def is_json(content_type: str | None) -> bool:
    """Whether a body is declared to be JSON in UTF-8. A browser asks before it sends that to a foreign site."""
    if content_type is None:
        return False
    name, *parameters = (each.strip().lower() for each in content_type.split(";"))
    return name == JSON and all(each.replace('"', "") in _UTF_8 for each in parameters if each)


async def read_body(
    receive: Receive, *, announced: str | None, bytes_max: int, seconds_max: float = BODY_SECONDS_MAX
) -> bytes:
    """The body; raises ``RequestRefusedError`` where it is longer than allowed or does not come.

    A little more than allowed is read and thrown away, so that the client has finished sending and reads the answer; of
    more than that nothing is read.
    """
    if announced is not None and announced.isdecimal() and int(announced[:20]) > bytes_max * DISCARDED_FACTOR_MAX:
        raise _too_long(bytes_max)
    try:
        async with asyncio.timeout(seconds_max):
            return await _whole_body(receive, bytes_max)
    except TimeoutError:
        raise RequestRefusedError(
            408, f"The body did not come within {seconds_max:g} seconds.", headers={"connection": "close"}
        ) from None


async def _whole_body(receive: Receive, bytes_max: int) -> bytes:
    chunks: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > bytes_max:
            chunks.clear()
            if length > bytes_max * DISCARDED_FACTOR_MAX or not message.get("more_body", False):
                raise _too_long(bytes_max)
        elif not message.get("more_body", False):
            return chunk if not chunks else b"".join((*chunks, chunk))
        else:
            chunks.append(chunk)


def _too_long(bytes_max: int) -> RequestRefusedError:
    return RequestRefusedError(413, f"The body may have {bytes_max} bytes, not more.", headers={"connection": "close"})


def envelope_of_body(body: bytes) -> Envelope:
    """The request in a JSON body; raises ``RequestRefusedError``."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestRefusedError(400, f"The body is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise RequestRefusedError(
            400, f"The body is {_kind(value)}; send one object with query, variables, operationName and extensions."
        )
    return envelope_of_value(value, text=body)


def envelope_of_value(value: dict[str, Any], *, text: bytes) -> Envelope:
    """The request in an object that was read from the JSON ``text``; raises ``RequestRefusedError``."""
    if not value.get("variables"):
        return _envelope(value, size=len(text), is_doubtful=False)
    is_doubtful = _ESCAPED_NUL in text or _LONG_NUMBER.search(text) is not None
    holders = text.count(b"{") + text.count(b"[")
    return _envelope(value, size=len(text), is_doubtful=is_doubtful, holders=holders)


def envelope_of_query_string(query_string: bytes) -> Envelope:
    """The request in the parameters of an address; raises ``RequestRefusedError``."""
    if len(query_string) > QUERY_STRING_BYTES_MAX:
        raise RequestRefusedError(414, f"The address may have {QUERY_STRING_BYTES_MAX} bytes of parameters; use POST.")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise RequestRefusedError(400, "The parameters of the address are not percent-encoded UTF-8.") from None
    value: dict[str, Any] = {name: text for name, text in pairs if name in PARAMETERS}
    for name in ("variables", "extensions"):
        if value.get(name):
            try:
                value[name] = orjson.loads(value[name])
            except orjson.JSONDecodeError as error:
                raise RequestRefusedError(400, f"The parameter {name} is not JSON: {error}.") from None
        else:
            value.pop(name, None)
    return _envelope(value, size=len(query_string), is_doubtful=True)


def _envelope(value: dict[str, Any], *, size: int, is_doubtful: bool, holders: int = 0) -> Envelope:
    query, name = value.get("query"), value.get("operationName")
    variables, extensions = value.get("variables"), value.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise RequestRefusedError(
            400, f"The parameter extensions is {_kind(extensions)}; it must be an object or null."
        )
    document_hash = _document_hash(value.get("documentId"), extensions) if extensions or "documentId" in value else None
    if query is None and document_hash is not None:
        query = ""
    if not isinstance(query, str):
        raise RequestRefusedError(
            400, f"The parameter query is {_kind(query)}; it must be a string that holds a GraphQL document."
        )
    if name is not None and not isinstance(name, str):
        raise RequestRefusedError(400, f"The parameter operationName is {_kind(name)}; it must be a string or null.")
    if variables is not None and not isinstance(variables, dict):
        raise RequestRefusedError(400, f"The parameter variables is {_kind(variables)}; it must be an object or null.")
    wants_cost = extensions is not None and extensions.get("cost") is True
    subscription = _callback_parameters(extensions.get("subscription")) if extensions is not None else None
    return Envelope(query, name, variables, document_hash, wants_cost, subscription, size, is_doubtful, holders)


def _callback_parameters(sent: object) -> dict[str, Any] | None:
    """What is understood of it, and no more: it is kept for as long as the subscription lasts, also by one that is no callback."""
    if sent is None:
        return None
    values = {name: sent.get(name) for name in CALLBACK_PARAMETERS if name in sent} if isinstance(sent, dict) else {}
    return {name: value if _is_short(value) else None for name, value in values.items()}


def _is_short(value: object) -> bool:
    return len(value) <= CALLBACK_TEXT_LENGTH_MAX if isinstance(value, str) else isinstance(value, int | float | None)


def _document_hash(document_id: object, extensions: dict[str, Any] | None) -> str | None:
    """The hash that names the document: ``documentId``, or ``extensions.persistedQuery`` as Apollo's clients send it."""
    persisted = (extensions or {}).get("persistedQuery")
    if document_id is None and persisted is None:
        return None
    if document_id is None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise RequestRefusedError(
                400, 'extensions.persistedQuery must be {"version": 1, "sha256Hash": "…"}; nothing else is understood.'
            )
        document_id = persisted.get("sha256Hash")
    found = _SHA256.fullmatch(document_id) if isinstance(document_id, str) else None
    if found is None:
        raise RequestRefusedError(400, "A document is named by its SHA-256: 64 lower-case hexadecimal digits.")
    return found[1]


def _kind(value: object) -> str:
    kinds = {type(None): "missing", bool: "a boolean", str: "a string", dict: "an object", list: "a list"}
    return kinds.get(type(value), "a number")
