"""A key makes a mutation safe to send again.

The key is claimed in the transaction of the effect and its answer is stored there, so that there is no state in which the
effect happened and the key did not. A refusal rolls both back and leaves no key. A second caller with the same key waits on
the unique index until the first has ended.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, Transaction
from inventory_graph.errors import IdempotencyConflict, InvalidInput
from inventory_graph.quantities import quantity_to_text

KEY_LENGTH_MAX = 255
KEPT_DAYS = 30


class IdempotencyKey(Base):
    """A used key of one tenant and operation, with its arguments and the answer they had."""

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    operation: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=text("clock_timestamp()"))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        Index("ix_idempotency_keys_created_at", "tenant_id", "created_at"),
        CheckConstraint(f"length(key) BETWEEN 1 AND {KEY_LENGTH_MAX}", name="key_length"),
    )


_CLAIM = """
INSERT INTO idempotency_keys (tenant_id, operation, key, arguments) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING true
"""
_FIND = "SELECT arguments, answer FROM idempotency_keys WHERE tenant_id = $1 AND operation = $2 AND key = $3"
_ANSWER = "UPDATE idempotency_keys SET answer = $4 WHERE tenant_id = $1 AND operation = $2 AND key = $3"


def _canonical(value: Any) -> str:
    """2.50 and 2.5 are the same argument."""
    return quantity_to_text(value) if isinstance(value, Decimal) else str(value)


async def claim(tx: Transaction, *, operation: str, key: str | None, arguments: Mapping[str, Any]) -> Any | None:
    """Claim the key for this transaction; the recorded answer when it was used before with the same arguments.

    ``arguments`` are compared as JSON after ``orjson`` wrote them, without the key itself. Raises ``IdempotencyConflict``
    naming the arguments that differ. Without a key (allowed where no stock changes) nothing is claimed.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise InvalidInput(
            f"An idempotency key has 1 to {KEY_LENGTH_MAX} characters, all printable.", path=("idempotency_key",)
        )
    given = orjson.loads(orjson.dumps(dict(arguments), default=_canonical))
    if await tx.raw.fetchval(_CLAIM, tx.tenant_id, operation, key, given):
        return None
    found = await tx.raw.fetchrow(_FIND, tx.tenant_id, operation, key)
    if found is None:  # the other transaction's claim became visible and was cleaned up in between
        raise InvalidInput("This idempotency key has just expired; use a new one.", path=("idempotency_key",))
    differing = sorted(
        name for name in {*given, *found["arguments"]} if given.get(name) != found["arguments"].get(name)
    )
    if differing:
        raise IdempotencyConflict(
            f"The idempotency key {key!r} was used before with other arguments: {', '.join(differing)} differ.",
            path=(differing[0],),
        )
    return found["answer"]


async def answer(tx: Transaction, *, operation: str, key: str | None, value: Mapping[str, Any]) -> None:
    """Store the answer of a claimed key, to be given again."""
    if key is not None:
        await tx.raw.execute(_ANSWER, tx.tenant_id, operation, key, dict(value))
