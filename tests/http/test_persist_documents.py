"""Documents named by their hash: taught by clients, listed by the operator, shared by processes, and never another's."""

import asyncio
import hashlib
import json
import logging
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis as Client

from inventory_graph.config import Settings, SettingsError
from inventory_graph.transport.redis import Redis
from inventory_graph.trusted_documents import load_trusted_documents
from resolvers.envelope import Envelope
from resolvers.persisted import SHARED_SECONDS, LearnedTexts, PersistedDocuments, hash_of
from tests.given.tenants import GivenTenant
from tests.http.conftest import ROUTER_SECRET, Opened, Served
from tests.servers import free_port

NOT_FOUND = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
INTROSPECTION = "{ __schema { queryType { name } } }"


def new_document(text: str = "{ __typename }") -> tuple[str, str]:
    """A document that nobody has sent before, and its hash."""
    document = f"{text} # {uuid4().hex}"
    return document, hashlib.sha256(document.encode()).hexdigest()


def by_hash(digest: str, **more: Any) -> dict[str, Any]:
    """A request in the form of Apollo's clients."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **more}


async def ask(client: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await client.post("/graphql", json=body, headers=sent)).json()


async def test_a_document_is_taught_once_and_then_named(served: Served) -> None:
    """The first time the client learns that it must send the text; from then on the hash is enough, also in an address."""
    document, digest = new_document("query Q($text: String!) { echo(text: $text) }")
    variables = {"text": "tea"}
    assert await ask(served.client, by_hash(digest, variables=variables)) == {"errors": [NOT_FOUND]}
    taught = await ask(served.client, by_hash(digest, query=document, variables=variables))
    assert taught == {"data": {"echo": "tea"}}
    assert await ask(served.client, by_hash(digest, variables={"text": "sugar"})) == {"data": {"echo": "sugar"}}
    parameters = {"extensions": json.dumps(by_hash(digest)["extensions"]), "variables": json.dumps(variables)}
    assert (await served.client.get("/graphql", params=parameters)).json() == {"data": {"echo": "tea"}}


@pytest.mark.parametrize("prefix", ["", "sha256:"])
async def test_a_document_may_be_named_by_its_id(served: Served, prefix: str) -> None:
    """The other way to say it, of the newer clients and routers."""
    document, digest = new_document()
    assert await ask(served.client, {"documentId": prefix + digest}) == {"errors": [NOT_FOUND]}
    assert "data" in await ask(served.client, {"documentId": prefix + digest, "query": document})
    assert await ask(served.client, {"documentId": prefix + digest}) == {"data": {"__typename": "Query"}}
    assert (await served.client.get(f"/graphql?documentId={prefix}{digest}")).json() == {
        "data": {"__typename": "Query"}
    }


async def test_a_text_under_anothers_hash_is_refused(served: Served) -> None:
    """Otherwise a caller could make others run what it likes."""
    document, digest = new_document()
    response = await served.client.post("/graphql", json=by_hash(digest, query="{ me }"))
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The hash is not the SHA-256 of the document sent with it."
    assert await ask(served.client, by_hash(digest)) == {"errors": [NOT_FOUND]}
    assert "data" in await ask(served.client, by_hash(digest, query=document))


async def test_a_wrong_document_is_not_learned(served: Served) -> None:
    """Only what may run is worth the memory."""
    document, digest = new_document("{ nothing }")
    assert (await ask(served.client, by_hash(digest, query=document)))["errors"][0]["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED"
    }
    assert await ask(served.client, by_hash(digest)) == {"errors": [NOT_FOUND]}


async def test_what_one_tenant_taught_is_none_of_anothers(served: Served, tenant: GivenTenant) -> None:
    """Nobody learns by a hash whether another has sent a document."""
    document, digest = new_document()
    credential = served.callers.credential_of(tenant.actor)
    assert "data" in await ask(served.client, by_hash(digest, query=document), authorization=credential)
    assert "data" in await ask(served.client, by_hash(digest), authorization=credential)
    assert await ask(served.client, by_hash(digest)) == {"errors": [NOT_FOUND]}


@pytest.mark.parametrize(
    "persisted",
    [
        7, "x", [], {}, {"version": 2, "sha256Hash": "a" * 64}, {"version": 1}, {"version": 1, "sha256Hash": 5},
        {"version": 1, "sha256Hash": "A" * 64}, {"version": 1, "sha256Hash": "a" * 63},
        {"version": 1, "sha256Hash": "a" * 64 + "\n"}, {"version": 1, "sha256Hash": "../" * 21 + "x"},
    ],
)  # fmt: skip
async def test_what_is_no_hash_is_refused(served: Served, persisted: Any) -> None:
    """It becomes a part of a key in Redis: nothing but hexadecimal digits gets there."""
    response = await served.client.post("/graphql", json={"extensions": {"persistedQuery": persisted}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_get_by_hash_runs_no_mutation(served: Served) -> None:
    """The rule for GET is about the operation, however its document came."""
    document, digest = new_document('mutation { claimKey(input: {key: "by-hash"}) { key } }')
    await ask(served.client, by_hash(digest, query=document))
    assert (await served.client.get(f"/graphql?documentId={digest}")).status_code == 405


def test_a_flood_of_one_owner_drives_out_nobody_elses() -> None:
    """Whoever has the most gives way, and only as much as is needed."""
    texts = LearnedTexts(characters_max=1_000)
    texts.keep("small", "mine", "x" * 100)
    for number in range(500):
        texts.keep("large", str(number), "y" * 90)
    assert texts.get("small", "mine") == "x" * 100
    assert texts.get("large", "499") == "y" * 90
    assert texts.get("large", "400") is None
    assert texts.characters == 100 + 10 * 90
    texts.keep("huge", "z", "z" * 5_000)
    assert texts.get("huge", "z") is None
    assert texts.characters <= 1_000


async def test_processes_share_what_they_learned(opened: Opened, redis_url: str) -> None:
    """A balancer sends the next request of the client to another process."""
    document, digest = new_document()
    async with opened(redis_url=redis_url) as first, opened(redis_url=redis_url) as second:
        assert "data" in await ask(first, by_hash(digest, query=document))
        assert await ask(second, by_hash(digest)) == {"data": {"__typename": "Query"}}
    async with opened() as alone:
        assert await ask(alone, by_hash(digest)) == {"errors": [NOT_FOUND]}


async def test_nobody_fills_what_processes_share(redis_url: str) -> None:
    """Each owner has its own room there, for a day; a text that is there already takes none, and others have theirs."""
    owner, other = uuid4().hex, uuid4().hex
    shared = Redis(redis_url)
    client = Client.from_url(redis_url)

    async def learned(owner: str, texts: list[str]) -> list[bool]:
        for text in texts:
            process = PersistedDocuments(shared=shared, characters_max=100)
            await process.learn(Envelope(text, None, None, document_hash=hash_of(text)), owner=owner)
        return [bool(await client.exists(f"inventory:document:{owner}:{hash_of(text)}")) for text in texts]

    texts = [f"{{ {name} }}".ljust(40) for name in ("first", "second", "third")]
    assert await learned(owner, [texts[0], texts[0], texts[0], texts[1], texts[2]]) == [True, True, True, True, False]
    assert await learned(other, texts[2:]) == [True]
    assert 0 < await client.ttl(f"inventory:documents-shared:{owner}") <= SHARED_SECONDS
    await client.aclose()
    await shared.close()


async def test_a_text_that_was_changed_in_redis_is_not_run(opened: Opened, redis_url: str) -> None:
    """Redis is trusted with what may vanish, and with nothing else."""
    document, digest = new_document()
    async with opened(redis_url=redis_url) as first, opened(redis_url=redis_url) as second:
        await ask(first, by_hash(digest, query=document))
        client = Client.from_url(redis_url)
        await client.set(f"inventory:document::{digest}", "{ me }", ex=60)
        await client.aclose()
        assert await ask(second, by_hash(digest)) == {"errors": [NOT_FOUND]}


async def test_without_redis_each_process_goes_on_by_itself(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody listens at the address: no request fails, and the log says so once, without the password."""
    with caplog.at_level(logging.INFO):
        async with opened(redis_url=f"redis://user:hunter2@127.0.0.1:{free_port()}/0") as client:
            for _ in range(3):
                document, digest = new_document()
                assert await ask(client, by_hash(digest)) == {"errors": [NOT_FOUND]}
                assert "data" in await ask(client, by_hash(digest, query=document))
                assert "data" in await ask(client, by_hash(digest))
    assert [each.getMessage() for each in caplog.records if "redis" in each.name] == [
        "Redis is away (ConnectionError); each process goes on by itself."
    ]
    assert "hunter2" not in caplog.text


async def test_a_redis_that_hangs_holds_nobody_up(opened: Opened) -> None:
    """It takes connections and never answers: one request waits a quarter of a second, the others not at all."""

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(swallow, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with opened(redis_url=f"redis://127.0.0.1:{port}/0") as client:
            began = time.perf_counter()
            for _ in range(20):
                assert await ask(client, by_hash(new_document()[1])) == {"errors": [NOT_FOUND]}
            assert time.perf_counter() - began < 1.0


@pytest.fixture
def trusted(tmp_path: Path) -> tuple[Path, str, str]:
    """A file of two trusted documents, one of them left behind by the schema; the good one and its hash."""
    document, digest = new_document("query Trusted { __typename }")
    stale, stale_digest = new_document("{ gone }")
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({digest: document, stale_digest: stale}))
    return file, document, digest


async def test_a_trusted_document_is_known_from_the_start(opened: Opened, trusted: tuple[Path, str, str]) -> None:
    """Clients name it without ever having sent it; others may still send what they like."""
    file, _document, digest = trusted
    async with opened(trusted_documents=file) as client:
        assert await ask(client, by_hash(digest)) == {"data": {"__typename": "Query"}}
        assert "data" in await ask(client, {"query": "{ __typename }"})


async def test_only_trusted_documents_run_where_only_they_may(opened: Opened, trusted: tuple[Path, str, str]) -> None:
    """By hash or in full; everything else is refused before it is parsed, and nothing is learned."""
    file, document, digest = trusted
    other, other_digest = new_document()
    async with opened(trusted_documents=file, trusted_documents_only=True) as client:
        for body in (by_hash(digest), {"query": document}, by_hash(digest, query=document), {"documentId": digest}):
            assert await ask(client, body) == {"data": {"__typename": "Query"}}
        for body in (
            {"query": other}, by_hash(other_digest), by_hash(other_digest, query=other), {"query": INTROSPECTION},
            {"query": "{ __typename }"}, {"query": document + " "}, {"query": "{"},
        ):  # fmt: skip
            response = await client.post("/graphql", json=body)
            assert response.status_code == 403
            assert response.json() == {
                "errors": [
                    {
                        "message": "Only the documents that the operator listed run here, and this is none of them.",
                        "extensions": {"code": "DOCUMENT_NOT_TRUSTED"},
                    }
                ]
            }


async def test_a_proven_router_may_send_what_it_makes_up(opened: Opened, trusted: tuple[Path, str, str]) -> None:
    """Its documents come from its planner, one for each client's query; without a secret nobody counts as the router."""
    settings = {"trusted_documents": trusted[0], "trusted_documents_only": True}
    body = {"query": "{ __typename }"}
    async with opened(**settings, router_secrets=(ROUTER_SECRET,)) as client:
        assert "data" in await ask(client, body, x_router_secret=ROUTER_SECRET)
        assert "errors" in await ask(client, body, x_router_secret="another-secret-of-16")
        assert "errors" in await ask(client, body)
    async with opened(**settings) as client:
        assert "errors" in await ask(client, body, x_router_secret=ROUTER_SECRET)


async def test_what_the_schema_left_behind_is_said_at_start(
    opened: Opened, trusted: tuple[Path, str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """The operator hears of it before the clients do."""
    async with opened(trusted_documents=trusted[0]):
        said = [each.getMessage() for each in caplog.records]
    assert len(said) == 1
    assert "does not run any more: Cannot query field 'gone' on type 'Query'." in said[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "must hold one object"),
        ("{}", "must hold one object"),
        ("{", "is not JSON"),
        ('{"abc": "{ __typename }"}', "'abc' is not the SHA-256"),
        ('{"abc": 5}', "'abc' is not the SHA-256"),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(tmp_path: Path, content: str, words: str) -> None:
    """At start, with the name of the setting, and not when the first client comes."""
    file = tmp_path / "documents.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match=words):
        load_trusted_documents(file)
    with pytest.raises(SettingsError, match=r"INVENTORY_TRUSTED_DOCUMENTS names .*cannot be read"):
        load_trusted_documents(tmp_path / "nothing.json")


def test_only_trusted_documents_need_a_file() -> None:
    """Without one nothing could ever run."""
    with pytest.raises(SettingsError, match="INVENTORY_TRUSTED_DOCUMENTS_ONLY is true"):
        Settings.load(dotenv=None, trusted_documents_only=True)
