"""What is no request is refused in JSON, says what was wrong, and leaves the service as it was."""

import asyncio
import gzip
from urllib.parse import urlsplit

import orjson
import pytest

from resolvers.envelope import RequestRefusedError, read_body
from resolvers.operating import BODY_BYTES_MAX
from tests.http.conftest import Served

SECRET_FREE_MAX = 2_000
ECHO = "query($text: String!) { echo(text: $text) }"


def body(**parameters: object) -> bytes:
    return orjson.dumps(parameters)


def with_raw_variables(text: str) -> bytes:
    return b'{"query": "query($value: JSON) { json(value: $value) }", "variables": ' + text.encode() + b"}"


HOSTILE = {
    "nothing": (b"", 400, "not JSON"),
    "blanks": (b"   ", 400, "not JSON"),
    "a number": (b"1", 400, "The body is a number"),
    "null": (b"null", 400, "The body is missing"),
    "a string": (b'"x"', 400, "The body is a string"),
    "a boolean": (b"true", 400, "The body is a boolean"),
    "an empty list": (b"[]", 400, "The body is a list"),
    "a batch": (b'[{"query": "{__typename}"}]', 400, "The body is a list"),
    "an empty object": (b"{}", 400, "query is missing"),
    "two documents": (b'{"query": "{__typename}"}{"query": "{__typename}"}', 400, "not JSON"),
    "an unclosed object": (b'{"query": "{__typename}"', 400, "not JSON"),
    "invalid UTF-8": (b'{"query": "{\xff\xfe}"}', 400, "not valid UTF-8"),
    "a byte order mark": (b'\xef\xbb\xbf{"query": "{__typename}"}', 400, "not JSON"),
    "UTF-16": ('{"query": "{__typename}"}'.encode("utf-16"), 400, "not JSON"),
    "a raw NUL": (b'{"query": "\x00"}', 400, "control character"),
    "NaN": (with_raw_variables('{"value": NaN}'), 400, "not JSON"),
    "infinity": (with_raw_variables('{"value": 1e999}'), 400, "infinity"),
    "lists 100,000 deep": (b"[" * 100_000, 400, "depth limit"),
    "objects 50,000 deep": (b'{"a":' * 50_000, 400, "depth limit"),
    "2 MB": (b'{"query": "' + b" " * 2_000_000 + b'"}', 413, "262144 bytes"),
    "5,000 digits": (with_raw_variables('{"value": ' + "9" * 5_000 + "}"), 400, "infinity"),
    "a 20-digit integer": (with_raw_variables('{"value": 99999999999999999999}'), 400, "$value is a number outside 64"),
    "2^63 in a list": (with_raw_variables('{"value": [0, 9223372036854775808]}'), 400, "$value.1 is a number outside"),
    "less than -2^63": (with_raw_variables('{"value": {"a": -9223372036854775809}}'), 400, "$value.a is a number"),
    "an escaped NUL": (
        with_raw_variables('{"value": {"a": ["x", "\\u0000"]}}'),
        400,
        "$value.a.1 contains the character",
    ),
    "an escaped NUL in a key": (with_raw_variables('{"value": {"a\\u0000": 1}}'), 400, "contains the character NUL"),
    "a lone surrogate": (with_raw_variables('{"value": "\\ud800"}'), 400, "surrogate"),
    "a lone low surrogate": (with_raw_variables('{"value": "\\udc00"}'), 400, "surrogate"),
    "values 40 deep": (with_raw_variables('{"value": ' + "[" * 40 + "]" * 40 + "}"), 400, "32 levels deep"),
    "query a number": (body(query=1), 400, "query is a number"),
    "query a list": (body(query=["{__typename}"]), 400, "query is a list"),
    "query null": (body(query=None), 400, "query is missing"),
    "variables a list": (body(query=ECHO, variables=[1]), 400, "variables is a list"),
    "variables a string": (body(query=ECHO, variables='{"text": "x"}'), 400, "variables is a string"),
    "operationName a number": (body(query=ECHO, operationName=7), 400, "operationName is a number"),
    "extensions a list": (body(query=ECHO, extensions=[]), 400, "extensions is a list"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_body_that_is_no_request_says_why(served: Served, name: str) -> None:
    """Each of these brought a stock server down to a 500 or through to the database."""
    content, status, words = HOSTILE[name]
    response = await served.post(content)
    answer = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert list(answer) == ["errors"]
    assert words in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    assert len(response.content) < SECRET_FREE_MAX
    assert (await served.query("{ __typename }")).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\\\u0000"', "\\u0000"),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775807", -(2**63) + 1),
        ("0.1234567890123456789012", 0.12345678901234568),
        ('"12345678901234567890123"', "12345678901234567890123"),
        ('"\\ud83d\\ude00"', "😀"),
    ],
)
async def test_what_only_looks_hostile_passes(served: Served, text: str, value: object) -> None:
    """An escaped backslash before u0000 is no NUL, and digits in a string are no number."""
    response = await served.post(with_raw_variables(f'{{"value": {text}}}'))
    assert response.json() == {"data": {"json": value}}


async def test_unknown_members_are_ignored(served: Served) -> None:
    """Clients send more than the specification names; it says to ignore that."""
    response = await served.post(body(query="{ __typename }", id="7", extensions={"persistedQuery": None}))
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-7",
        "application/jsonp",
        "text/plain, application/json",
        "",
    ],
)
async def test_another_content_type_is_refused(served: Served, content_type: str) -> None:
    """A browser sends the first three to a foreign site without asking it first."""
    response = await served.post(body(query="{ __typename }"), content_type=content_type)
    assert response.status_code == 415
    assert response.json()["errors"][0]["message"].startswith("Send the request as JSON")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
async def test_json_may_name_its_charset(served: Served, content_type: str) -> None:
    """What clients send in practice is taken."""
    response = await served.post(body(query="{ __typename }"), content_type=content_type)
    assert response.status_code == 200


async def test_a_compressed_body_is_refused(served: Served) -> None:
    """A kilobyte may unpack to a gigabyte."""
    response = await served.post(gzip.compress(body(query="{ __typename }")), content_encoding="gzip")
    assert response.status_code == 415


async def test_one_byte_too_many_is_refused(served: Served) -> None:
    """The first length that does not pass."""
    frame = body(query="{ __typename }", padding="")
    response = await served.post(body(query="{ __typename }", padding="x" * (BODY_BYTES_MAX - len(frame) + 1)))
    assert response.status_code == 413
    assert response.json()["errors"][0]["message"] == f"The body may have {BODY_BYTES_MAX} bytes, not more."


async def test_a_huge_body_is_refused_by_its_announced_length(served: Served) -> None:
    """The answer comes before the first byte of it."""
    place = urlsplit(served.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60000000\r\n\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_an_endless_body_is_cut_off(served: Served) -> None:
    """Without an announced length the bytes are counted as they come; most of these 60 MB are never taken."""
    place = urlsplit(served.url)
    _reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    sent = await _send_until_refused(writer)
    assert sent < 20_000_000
    assert (await served.query("{ __typename }")).status_code == 200


async def _send_until_refused(writer: asyncio.StreamWriter) -> int:
    sent = 0
    try:
        while sent < 60_000_000:
            writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            await writer.drain()
            sent += 65_536
    except ConnectionError:
        pass
    return sent


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """A client that sends a byte a minute would keep a place for as long as it likes."""
    sent = iter([b'{"que', b"ry"])

    async def receive() -> dict[str, object]:
        chunk = next(sent, None)
        if chunk is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": chunk, "more_body": True}

    with pytest.raises(RequestRefusedError) as refused:
        await read_body(receive, announced=None, bytes_max=1_000, seconds_max=0.05)
    assert refused.value.status == 408
    assert refused.value.headers == {"connection": "close"}


async def test_a_body_of_exactly_the_limit_is_taken(served: Served) -> None:
    """The limit is the last length that passes."""
    frame = body(query="{ __typename }", padding="")
    content = body(query="{ __typename }", padding="x" * (BODY_BYTES_MAX - len(frame)))
    assert len(content) == BODY_BYTES_MAX
    assert (await served.post(content)).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_other_methods_are_refused(served: Served, method: str) -> None:
    """Only POST and GET mean something here."""
    response = await served.client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
