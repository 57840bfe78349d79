"""A key makes a mutation safe to send again.

The key is claimed in the transaction of the effect and its answer is stored there, so that there is no state in which the
effect happened and the key did not. A refusal rolls both back and leaves no key. A second caller with the same key waits on
the unique index until the first has ended.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, LostRace, Transaction
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
    _check_key(key)
    given = orjson.loads(orjson.dumps(dict(arguments), default=_canonical))
    if await tx.raw.fetchval(_CLAIM, tx.tenant_id, operation, key, given):
        return None
    found = await tx.raw.fetchrow(_FIND, tx.tenant_id, operation, key)
    if found is None:  # the other transaction's claim became visible and was cleaned up in between
        raise InvalidInput("This idempotency key has just expired; use a new one.", path=("idempotency_key",))
    _check_same(key, given, found["arguments"])
    return found["answer"]


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
        raise InvalidInput(
            f"An idempotency key has 1 to {KEY_LENGTH_MAX} characters, all printable.", path=("idempotency_key",)
        )


def _check_same(key: str, given: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
    differing = sorted(name for name in {*given, *recorded} if given.get(name) != recorded.get(name))
    if differing:
        raise IdempotencyConflict(
            f"The idempotency key {key!r} was used before with other arguments: {', '.join(differing)} differ.",
            path=(differing[0],),
        )


async def answer(tx: Transaction, *, operation: str, key: str | None, value: Mapping[str, Any]) -> None:
    """Store the answer of a claimed key, to be given again."""
    if key is not None:
        await tx.raw.execute(_ANSWER, tx.tenant_id, operation, key, dict(value))


class Claim(NamedTuple):
    """A key with what was asked under it, as JSON has it."""

    operation: str
    key: str
    arguments: dict[str, Any]

    @property
    def identity(self) -> tuple[str, str]:
        return self.operation, self.key


class Recorded(NamedTuple):
    """What was asked under a key, and its answer."""

    arguments: Mapping[str, Any]
    answer: Any


_FIND_ALL = """
SELECT found.operation, found.key, found.arguments, found.answer FROM unnest($2::text[], $3::text[]) AS wanted(operation, key)
JOIN idempotency_keys AS found ON found.tenant_id = $1 AND found.operation = wanted.operation AND found.key = wanted.key
"""
_RECORD_ALL = """
INSERT INTO idempotency_keys (tenant_id, operation, key, arguments, answer)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::jsonb[])
ON CONFLICT DO NOTHING RETURNING true
"""


def claim_of(operation: str, key: str, arguments: Mapping[str, Any]) -> Claim:
    """The key and the arguments as they are compared; raises ``InvalidInput`` for what is no key."""
    _check_key(key)
    return Claim(operation, key, orjson.loads(orjson.dumps(dict(arguments), default=_canonical)))


async def find(tx: Transaction, *, claims: Sequence[Claim]) -> dict[tuple[str, str], Recorded]:
    """Of many keys those that were used before, in one statement."""
    rows = await tx.raw.fetch(
        _FIND_ALL, tx.tenant_id, [each.operation for each in claims], [each.key for each in claims]
    )
    return {(row["operation"], row["key"]): Recorded(row["arguments"], row["answer"]) for row in rows}


def compare(claim: Claim, recorded: Recorded) -> Any:
    """The recorded answer; raises ``IdempotencyConflict`` naming the arguments that differ."""
    _check_same(claim.key, claim.arguments, recorded.arguments)
    return recorded.answer


async def record(tx: Transaction, *, answers: Sequence[tuple[Claim, Any]]) -> None:
    """Store the keys with their answers, in the order of the keys; raises ``LostRace`` when one was used meanwhile.

    Unlike ``claim`` this writes a key when all is decided, so that a refusal leaves none. Whoever was first with a key has
    committed by then: the transaction runs again and finds the answer.
    """
    if not answers:
        return
    rows = sorted(answers, key=lambda each: each[0].identity)
    written = await tx.raw.fetch(
        _RECORD_ALL,
        tx.tenant_id,
        [claim.operation for claim, _ in rows],
        [claim.key for claim, _ in rows],
        [claim.arguments for claim, _ in rows],
        [answer for _, answer in rows],
    )
    if len(written) != len(rows):
        raise LostRace("another transaction used one of these idempotency keys meanwhile")
