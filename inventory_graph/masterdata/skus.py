"""SKUs name one thing: no two items, no two variants, and no variant by the SKU of another item.

The first two are unique keys. The third lies across two tables, so whoever takes an SKU for an item but not for one of its
variants, or the other way round, locks the SKU before looking.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID
from zlib import crc32

from asyncpg import UniqueViolationError

from inventory_graph.db import Transaction
from inventory_graph.errors import AlreadyExists
from inventory_graph.masterdata.texts import Path

LOCKS = 128
"""How many locks the SKUs of a tenant share: an import of any size takes no more, always in the same order."""

_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended($1, lock_number))
FROM unnest($2::bigint[]) WITH ORDINALITY AS l(lock_number, position) ORDER BY position
"""
_TAKEN = """
SELECT g.sku, true AS by_item
FROM unnest($2::text[], $3::uuid[]) AS g(sku, item_id)
JOIN items i ON i.tenant_id = $1 AND i.sku = g.sku AND i.id <> g.item_id
UNION ALL
SELECT g.sku, false
FROM unnest($2::text[], $3::uuid[]) AS g(sku, item_id)
JOIN variants v ON v.tenant_id = $1 AND v.sku = g.sku AND v.item_id <> g.item_id
"""


async def take_skus(tx: Transaction, skus: Mapping[str, tuple[UUID, Path]]) -> None:
    """Lock the SKUs for their items until the transaction ends; raises ``AlreadyExists`` at the path of one that names an
    item, or a variant of an item, other than its own."""
    if not skus:
        return
    locks = sorted({crc32(sku.encode()) % LOCKS for sku in skus})
    await tx.raw.execute(_LOCK, f"sku:{tx.tenant_id}", locks)
    rows = await tx.raw.fetch(_TAKEN, tx.tenant_id, list(skus), [item_id for item_id, _ in skus.values()])
    taken = {row["sku"]: row["by_item"] for row in rows}
    for sku, (_, path) in skus.items():
        if sku in taken:
            raise sku_taken(sku, by="an item" if taken[sku] else "a variant of another item", path=path)


def sku_taken(sku: str, *, by: str, path: Path) -> AlreadyExists:
    """The refusal of an SKU that names another thing."""
    return AlreadyExists(f"The SKU {sku!r} names {by} already; choose another.", path=path)


def reference_taken(reference: str, *, by: str, path: Path) -> AlreadyExists:
    """The refusal of an external reference that names another thing."""
    return AlreadyExists(f"The external reference {reference!r} names {by} already; choose another.", path=path)


@contextmanager
def refusing_taken(refusals: Mapping[str, AlreadyExists]) -> Iterator[None]:
    """Turn the violation of a unique key into the refusal given for it by the key's name. The transaction is over then."""
    try:
        yield
    except UniqueViolationError as error:
        refusal = refusals.get(str(error.constraint_name))
        if refusal is None:
            raise
        raise refusal from error
