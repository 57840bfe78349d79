"""The words by which items are found: of names, SKUs, barcodes and tags, in lower case and without accents."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.texts import Path, is_storable

WORDS_MAX = 64
WORD_LENGTH_MAX = 64
TEXT_LENGTH_MAX = 200
TEXT_WORDS_MAX = 8

_PART = re.compile(r"\w+")
_OUTER_PUNCTUATION = re.compile(r"^\W+|\W+$")

_SOURCES = """
SELECT i.id, i.name, i.sku, i.tags,
  ARRAY(SELECT v.sku FROM variants v WHERE v.tenant_id = $1 AND v.item_id = i.id ORDER BY v.position LIMIT $3) AS skus,
  ARRAY(SELECT b.code FROM variants v JOIN barcodes b ON b.tenant_id = $1 AND b.variant_id = v.id
        WHERE v.tenant_id = $1 AND v.item_id = i.id ORDER BY v.position, b.code LIMIT $3) AS codes
FROM items i WHERE i.tenant_id = $1 AND i.id = $2
"""
_DELETE = "DELETE FROM item_words WHERE tenant_id = $1 AND item_id = $2 AND word <> ALL ($3::text[])"
_INSERT = """
INSERT INTO item_words (tenant_id, word, item_id)
SELECT $1, w.word, w.item_id FROM unnest($2::text[], $3::uuid[]) AS w(word, item_id)
ORDER BY w.word, w.item_id
ON CONFLICT DO NOTHING
"""


def item_words(
    *, name: str, sku: str, tags: Iterable[str] = (), variant_skus: Iterable[str] = (), barcodes: Iterable[str] = ()
) -> list[str]:
    """The words of an item, at most 64: each text's words as written and their parts, so that BEV-ESP-001 is found by
    bev-esp, by esp and by 001. Variants' SKUs come last and as written only."""
    words: dict[str, None] = {}
    for text in (sku, name, *tags):
        for word in words_of(text):
            words[word] = None
            words.update(dict.fromkeys(_PART.findall(word)))
    for text in (*barcodes, *variant_skus):
        words.update(dict.fromkeys(words_of(text)))
    return list(words)[:WORDS_MAX]


def words_of(text: str) -> list[str]:
    """The words of a text between spaces, folded, without punctuation around them, cut to 64 characters."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    words = (_OUTER_PUNCTUATION.sub("", word)[:WORD_LENGTH_MAX] for word in plain.split())
    return [word for word in words if word]


def searched_words(text: str, *, path: Path = ("text",)) -> list[str]:
    """The words that a text looks for: each once, and none that another of them begins with.

    Raises ``InvalidInput`` for more than 200 characters or 8 words, and for a text that cannot be stored.
    """
    if not is_storable(text):
        raise InvalidInput("The text holds a NUL character or half of a surrogate pair; remove it.", path=path)
    words = list(dict.fromkeys(words_of(text[: TEXT_LENGTH_MAX + 1])))
    if len(text) > TEXT_LENGTH_MAX or len(words) > TEXT_WORDS_MAX:
        raise InvalidInput(
            f"Search takes at most {TEXT_LENGTH_MAX} characters and {TEXT_WORDS_MAX} words; send fewer.", path=path
        )
    return [word for word in words if not any(other != word and other.startswith(word) for other in words)]


def after_prefix(prefix: str) -> str:
    """The least text, by code points, that is greater than every text beginning with the prefix."""
    kept = prefix.rstrip("\U0010ffff")
    code = ord(kept[-1]) + 1
    # Half a surrogate pair is no character: the next one lies behind them.
    return kept[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)


async def insert_words(tx: Transaction, words: Mapping[UUID, Sequence[str]]) -> None:
    """Store the words of the items that lack them."""
    pairs = [(word, item_id) for item_id, each in words.items() for word in each]
    if pairs:
        await tx.raw.execute(_INSERT, tx.tenant_id, [word for word, _ in pairs], [item_id for _, item_id in pairs])


async def rewrite_words(tx: Transaction, item_id: UUID) -> None:
    """Bring the words of an item up to date with its name, SKUs, barcodes and tags."""
    row = await tx.raw.fetchrow(_SOURCES, tx.tenant_id, item_id, WORDS_MAX)
    if row is None:
        return
    words = item_words(
        name=row["name"], sku=row["sku"], tags=row["tags"], variant_skus=row["skus"], barcodes=row["codes"]
    )
    await tx.raw.execute(_DELETE, tx.tenant_id, item_id, words)
    await insert_words(tx, {item_id: words})
