"""Documents that a request names by their hash instead of sending them.

A client may teach the service a document by sending it once with its SHA-256 (automatic persisted queries), or name one of the
trusted documents that the operator listed. The hash is always computed again here: nobody can put a text under another's hash.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from resolvers.envelope import Envelope, RequestRefusedError

PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"

CHARACTERS_KEPT_MAX = 2_000_000
SHARED_SECONDS = 86_400

SHARE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local shared = redis.call('INCRBY', KEYS[2], string.len(ARGV[1]))
if redis.call('TTL', KEYS[2]) < 0 then redis.call('EXPIRE', KEYS[2], ARGV[2]) end
if shared > tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
"""Share a text for a day, as long as its owner has not shared too many bytes since the day began. Answers 1 where it is there."""


class SharedTexts(Protocol):
    """Where processes share texts (``inventory_graph.transport.redis.Redis``); it may lose them."""

    async def text(self, key: str, *, bytes_max: int) -> str | None: ...

    async def run(self, script: str, *, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any: ...


class HashUnknownError(Exception):
    """No document is known by this hash; the client is expected to send the hash again together with the document."""

    def __init__(self) -> None:
        # Clients look for this very word.
        super().__init__("PersistedQueryNotFound")


def hash_of(text: str) -> str:
    """The SHA-256 of a document, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class LearnedTexts:
    """The texts that clients taught, each owner's apart, so that nobody can drive out what another uses.

    When all together have too many characters, the owner with the most loses what it has not used for longest.
    """

    def __init__(self, *, characters_max: int = CHARACTERS_KEPT_MAX) -> None:
        self._characters_max = characters_max
        self._texts: dict[str, OrderedDict[str, str]] = {}
        self._characters: dict[str, int] = {}
        self.characters = 0

    def get(self, owner: str, digest: str) -> str | None:
        """The text that the owner taught under the hash."""
        texts = self._texts.get(owner)
        text = texts.get(digest) if texts is not None else None
        if texts is not None and text is not None:
            texts.move_to_end(digest)
        return text

    def keep(self, owner: str, digest: str, text: str) -> None:
        """Keep the text, and forget others where there is no room."""
        texts = self._texts.setdefault(owner, OrderedDict())
        if digest in texts:
            return
        texts[digest] = text
        self._count(owner, len(text))
        while self.characters > self._characters_max:
            largest = max(self._characters, key=self._characters.__getitem__)
            _, dropped = self._texts[largest].popitem(last=False)
            self._count(largest, -len(dropped))

    def _count(self, owner: str, characters: int) -> None:
        self.characters += characters
        left = self._characters.get(owner, 0) + characters
        if self._texts[owner]:
            self._characters[owner] = left
        else:
            del self._texts[owner]
            self._characters.pop(owner, None)


class PersistedDocuments:
    """Finds the text of a request's document, and learns the texts that are sent with their hash.

    With ``trusted_only`` any document that is not among the trusted ones is refused, however it is sent. ``shared`` is asked
    for what this process does not know; each owner may give it so many bytes a day as this process keeps characters of all.
    """

    def __init__(
        self,
        *,
        trusted: Mapping[str, str] | None = None,
        trusted_only: bool = False,
        shared: SharedTexts | None = None,
        characters_max: int = CHARACTERS_KEPT_MAX,
    ) -> None:
        self._trusted = trusted or {}
        self._trusted_only = trusted_only
        self._shared = shared
        self._learned = LearnedTexts(characters_max=characters_max)
        self._shared_bytes_max = characters_max

    async def text_of(self, envelope: Envelope, *, owner: str, is_router: bool) -> str:
        """The document of the request. ``owner`` is who taught what; the router, whose documents are made for each query,
        may send any.

        Raises ``HashUnknownError``, and ``RequestRefusedError`` for a text with another's hash and for one that is not trusted.
        """
        digest, text = envelope.document_hash, envelope.query
        if digest is not None and text and hash_of(text) != digest:
            raise RequestRefusedError(400, "The hash is not the SHA-256 of the document sent with it.")
        if self._trusted_only and not is_router:
            found = self._trusted.get(digest if digest is not None else hash_of(text))
            if found is None:
                raise RequestRefusedError(
                    403,
                    "Only the documents that the operator listed run here, and this is none of them.",
                    code=DOCUMENT_NOT_TRUSTED,
                )
            return found
        if text or digest is None:
            return text
        found = self._trusted.get(digest) or self._learned.get(owner, digest)
        if found is None:
            found = await self._shared_text(owner, digest)
        if found is None:
            raise HashUnknownError
        return found

    async def learn(self, envelope: Envelope, *, owner: str) -> None:
        """Keep the document if it came with its hash. Only for documents that were found right: wrong ones are not kept."""
        digest = envelope.document_hash
        if digest is None or not envelope.query or self._trusted_only or digest in self._trusted:
            return
        if self._learned.get(owner, digest) is None:
            self._learned.keep(owner, digest, envelope.query)
            if self._shared is not None:
                await self._shared.run(
                    SHARE,
                    keys=[_shared_key(owner, digest), f"documents-shared:{owner}"],
                    arguments=[envelope.query, SHARED_SECONDS, self._shared_bytes_max],
                )

    async def _shared_text(self, owner: str, digest: str) -> str | None:
        if self._shared is None:
            return None
        text = await self._shared.text(_shared_key(owner, digest), bytes_max=self._shared_bytes_max)
        if text is None or hash_of(text) != digest:
            return None
        self._learned.keep(owner, digest, text)
        return text


def _shared_key(owner: str, digest: str) -> str:
    return f"document:{owner}:{digest}"
