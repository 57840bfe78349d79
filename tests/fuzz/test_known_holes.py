"""What this stack is publicly known to have had holes for, each by name, tried at the service as it runs.

That no version with such a hole is installed is held by ``tests/test_advisories.py``; that the doors are shut, here.
"""

import json
import statistics
from contextlib import suppress
from itertools import count

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from resolvers.documents import ERRORS_REPORTED_MAX
from tests.fuzz.bodies import Sent
from tests.fuzz.floods import fragment_bomb
from tests.fuzz.target import Answer, Target, assert_answered, headers_of

BOMB_CPU_SECONDS_MAX = 0.010
BOMB_BYTES_MAX = 1_024
TRIES = 7

CIRCLE = "{ categories { ...A } } fragment A on Category { parent { ...B } } fragment B on Category { parent { ...A } }"
OVERLAPPING = "{ " + "categories { parent { id parent { id } } } " * 40 + "}"
NESTED = "{ categories " + "{ parent " * 190 + "{ id }" + " }" * 190 + " }"
DOCUMENTS = {
    "CVE-2026-47706, fragments in a circle": (CIRCLE, "Cannot spread fragment 'A' within itself"),
    "CVE-2026-47707, aliases hidden in fragments": (fragment_bomb(12, is_aliased=True), "aliases after its fragments"),
    "CVE-2026-34573, fragments that double": (fragment_bomb(18), "fields after its fragments are expanded"),
    "graphql-core, deep nesting": (NESTED, "nested more than 64 levels deep"),
    "graphql-core, overlapping fields": (OVERLAPPING, "name a field again more than 20 times"),
    "graphql-core, a suggestion for each of many unknown types": (
        "{ categories { " + " ".join(f"... on Categoryish{n} {{ id }}" for n in range(29)) + " } }",
        "Unknown type",
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_brought_others_down_is_refused(target: Target, name: str) -> None:
    """Cheaply, with the reason; some of these ran for seconds in the libraries that are used here."""
    query, words = DOCUMENTS[name]
    numbers = count()

    def ask() -> Answer:
        return target.query(f"{query}\n#{next(numbers)}")

    answer = ask()
    assert_answered(answer, name)
    assert words in answer.body["errors"][0]["message"]
    target.assert_cheap(answer, ask, sent=name)


@pytest.mark.parametrize("is_aliased", [False, True])
def test_a_bomb_of_a_kilobyte_is_refused_in_ten_milliseconds(target: Target, is_aliased: bool) -> None:
    """It stands for more fields than there are atoms; the stock limiters ran for minutes on as much."""
    levels = next(
        n for n in range(60, 0, -1) if len(fragment_bomb(n, spreads=2, is_aliased=is_aliased)) <= BOMB_BYTES_MAX
    )
    bomb = fragment_bomb(levels, spreads=2, is_aliased=is_aliased)
    answers = [target.query(f"{bomb}#{number}") for number in range(TRIES)]
    for answer in answers:
        assert answer.body["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert statistics.median(answer.cpu_seconds for answer in answers) < BOMB_CPU_SECONDS_MAX


def test_no_nesting_makes_a_long_text_slow(target: Target) -> None:
    """CPython, chunks of the stack: a loop whose calls begin at the end of one takes forty times as long, and the nesting of the
    document chooses where they begin (``inventory_graph.python_stack``)."""
    long = '"' + "x" * 9_000 + '"'
    seconds = {}
    for fields in range(1, 5):
        for lists in range(60):
            opening = "{ categories " + "{ parent " * fields + "(a: "
            query = opening + "[" * lists + long + "]" * lists + ") { id } " + "} " * (fields + 1)
            tries = [target.query(f"{query}#{number}") for number in range(3)]
            assert tries[0].status == 200
            seconds[fields, lists] = min(answer.cpu_seconds for answer in tries)
    slowest = max(seconds, key=lambda place: seconds[place])
    assert seconds[slowest] < 10 * statistics.median(seconds.values()), f"{slowest}: {seconds[slowest]:.3f} s"


MISSPELT = {
    "types": ("query({}) {{ __typename }}", "$v{0}: ArchiveLocationInputiveStockInput{0}", "Unknown type"),
    "fields": ("mutation {{ {} }}", "receivePurchaseTransfer{0}", "Cannot query field"),
}


@pytest.mark.parametrize("name", MISSPELT)
def test_finding_what_was_meant_costs_little(target: Target, name: str) -> None:
    """graphql-core compares an unknown name with all that there are, letter by letter: 40 ms of CPU for one of a type."""
    frame, misspelt, message = MISSPELT[name]
    numbers = count()

    def ask() -> Answer:
        first = next(numbers) * ERRORS_REPORTED_MAX
        names = (misspelt.format(number) for number in range(first, first + ERRORS_REPORTED_MAX))
        return target.query(frame.format(" ".join(names)))

    answer = ask()
    messages = [error["message"] for error in answer.body["errors"]]
    assert [text[: len(message)] for text in messages] == [message] * ERRORS_REPORTED_MAX
    assert all("Did you mean" in text for text in messages)
    target.assert_cheap(answer, ask, sent=messages)


FORMS = {
    "CVE-2024-47082, an upload that a page of another site may send": b"multipart/form-data; boundary=x",
    "CVE-2026-54283, CVE-2023-30798, CVE-2024-53981, a form of any size": b"application/x-www-form-urlencoded",
    "a request that needs no preflight": b"text/plain",
}


@pytest.mark.parametrize("name", FORMS)
def test_no_form_is_read(target: Target, name: str) -> None:
    """There is no parser of forms to attack."""
    query = b'{"query": "mutation { createCategory(input: {name: \\"Forged\\"}) { replayed } }"}'
    form = (
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n' + query + b"\r\n--x--\r\n" + b"a=b&" * 5_000
    )
    sent = Sent(name, [form], content_type=FORMS[name]).bytes_sent()
    answer = target.send_raw(sent)
    assert answer is not None
    assert answer.status == 415
    target.assert_cheap(answer, lambda: target.send_raw(sent), sent=name)


@pytest.mark.parametrize(
    "host", [b"localhost/metrics?", b"localhost@evil.example", b"evil.example", b"localhost\\evil.example"]
)
def test_a_host_decides_nothing_but_whether_it_is_ours(target: Target, host: bytes) -> None:
    """CVE-2026-48710, CVE-2026-54282: a Host that leaks into the path, and a path into the host."""
    answer = target.send_raw(Sent("host", [b'{"query": "{ __typename }"}'], host=host).bytes_sent())
    assert answer is not None
    assert answer.status in {400, 421}
    assert b"data" not in answer.content


@pytest.mark.parametrize(
    "path", [b"//evil.example/graphql", b"http://evil.example/metrics", b"/graphql/assets/../../app.py"]
)
def test_a_path_leads_nowhere_else(target: Target, path: bytes) -> None:
    """CVE-2026-54282, CVE-2023-29159: neither to another host nor to another folder."""
    answer = target.send_raw(Sent("path", [], method=b"GET", path=path, host=b"evil.example").bytes_sent())
    assert answer is not None
    assert answer.status in {400, 404, 421}
    assert b"evil.example" not in answer.content


def test_many_ranges_of_a_file_cost_nothing(target: Target) -> None:
    """CVE-2025-62727: merging the ranges took time by their square."""
    page = target.send_raw(Sent("page", [], method=b"GET", headers=[(b"accept", b"text/html")]).bytes_sent())
    assert page is not None
    asset = page.content.partition(b'src="')[2].partition(b'"')[0]
    ranges = b"bytes=" + b",".join(b"%d-%d" % (n, n) for n in range(0, 9_000, 2))
    sent = Sent("range", [], method=b"GET", path=asset, headers=[(b"range", ranges)]).bytes_sent()
    answer = target.send_raw(sent)
    assert answer is not None
    assert answer.status in {200, 206, 400, 416}
    target.assert_cheap(answer, lambda: target.send_raw(sent), sent="ranges")


def test_nothing_that_is_sent_gets_into_a_header_or_a_line_of_the_log(target: Target) -> None:
    """CVE-2020-7694, CVE-2020-7695: ends of lines and colours for the terminal, in a path and in an id."""
    path = b"/%0d%0aset-cookie:%20a=b%1b%5b31mred"
    for sent in (
        Sent("path", [], method=b"GET", path=path),
        Sent("id", [b"{}"], headers=[(b"x-request-id", b"a%0d%0aset-cookie: a=b"), (b"traceparent", b"\x1b[31mred")]),
    ):
        answer = target.send_raw(sent.bytes_sent())
        assert answer is None or answer.status < 500
    log = target.service.log.read_bytes()
    assert b"\x1b[31mred" not in log
    assert b"\nset-cookie" not in log


SMUGGLED = {
    "two lengths": [(b"content-length", b"0")],
    "a length and chunks": [(b"transfer-encoding", b"chunked")],
    "an encoding that is none": [(b"transfer-encoding", b"chunked, x")],
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_second_request_hides_in_a_body(target: Target, name: str) -> None:
    """CVE-2025-43859: a proxy that reads another end of the body takes the rest of it for a request of somebody else."""
    hidden = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n"
    answer = target.send_raw(Sent(name, [hidden], headers=SMUGGLED[name]).bytes_sent(), is_all=False)
    assert answer is None or (answer.status == 400 and b"inventory_graph" not in answer.content)


@pytest.mark.parametrize("depth", [200, 10_000, 80_000])
def test_json_is_not_read_deeper_than_there_is_stack(target: Target, depth: int) -> None:
    """CVE-2024-27454: a list in a list in a list."""
    answer = target.post(
        b'{"query": "{ __typename }", "variables": ' + b'{"a": [' * depth + b"]}" * depth + b"}", headers_of(None)
    )
    assert answer.status in {400, 413}
    assert answer.body["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def test_the_type_of_an_entity_is_not_taken_from_whoever_asks(target: Target) -> None:
    """CVE-2025-22151: the id of one kind of thing under the name of another reads nothing."""
    token = target.service.token
    (item,) = target.query("{ items(first: 1) { nodes { id } } }", token=token).body["data"]["items"]["nodes"]
    given = [{"__typename": name, "id": item["id"]} for name in ("Variant", "Category", "Supplier", "Item")]
    query = "query($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
    found = target.query(query, {"given": given}, token=token).body["data"]["_entities"]
    assert [each and each["__typename"] for each in found] == [None, None, None, "Item"]


@pytest.mark.parametrize(("protocol", "code"), [("graphql-ws", 4406), ("graphql-transport-ws", 4401)])
def test_nobody_subscribes_on_a_socket_without_being_asked_who_is_there(
    target: Target, protocol: str, code: int
) -> None:
    """CVE-2026-35526: the older protocol let strangers in, so it is not spoken; the other asks first."""
    address = f"ws://127.0.0.1:{target.service.port}/graphql"
    with connect(address, subprotocols=[Subprotocol(protocol)]) as socket:
        # The older one is closed before anything is sent.
        with suppress(ConnectionClosedError):
            socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}))
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


@pytest.mark.parametrize(
    "token", ["eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdLCJ4IjoxfQ.e30.AAAA", "a.b.c"]
)
def test_a_token_without_a_signature_of_ours_is_nobodys(target: Target, token: str) -> None:
    """CVE-2026-32597, CVE-2022-29217; more of these in ``tests/auth``."""
    answer = target.query("{ me { subject } }", token=token)
    assert answer.status == 401
    assert json.loads(answer.content)["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
