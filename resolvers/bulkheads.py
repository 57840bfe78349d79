"""Walls between queries, mutations and subscriptions, so that a flood of one kind, or of one tenant, leaves room for the rest.

Nobody waits at a wall: where there is no room the answer is 503 at once, and the client decides when to come again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from resolvers.envelope import RequestRefusedError

UNAVAILABLE = "UNAVAILABLE"
TENANT_SHARE = 0.75
"""How much of the room of a kind one tenant may take."""


class Bulkheads:
    """Counts what runs. ``at_once_max`` is the room for operations of each kind: query, mutation, subscription."""

    def __init__(self, at_once_max: Mapping[str, int]) -> None:
        self._at_once_max = at_once_max
        self._tenant_max = {kind: max(1, int(number * TENANT_SHARE)) for kind, number in at_once_max.items()}
        self.running: Counter[str] = Counter()
        self._of_tenants: Counter[tuple[str, UUID | None]] = Counter()

    @contextmanager
    def room(self, kind: str, tenant_id: UUID | None) -> Iterator[None]:
        """Room for one operation while the block runs; raises ``RequestRefusedError`` where there is none."""
        key = kind, tenant_id
        if self.running[kind] >= self._at_once_max[kind] or self._of_tenants[key] >= self._tenant_max[kind]:
            raise _full(kind)
        self.running[kind] += 1
        self._of_tenants[key] += 1
        try:
            yield
        finally:
            self.running[kind] -= 1
            self._of_tenants[key] -= 1
            if not self._of_tenants[key]:
                del self._of_tenants[key]


def _full(kind: str) -> RequestRefusedError:
    plural = {"query": "queries"}.get(kind, f"{kind}s")
    return RequestRefusedError(
        503,
        f"Too many {plural} are running; nothing was done. Try again shortly.",
        code=UNAVAILABLE,
        headers={"retry-after": "1"},
    )
