"""Who gets the same to see of the same event, and what was encoded for them: all of it gone with the last who follows."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import orjson
from graphql import FieldNode, VariableNode, visit
from graphql.language import Visitor

from inventory_graph.actor import Actor
from resolvers.answers import compact
from resolvers.plans import OperationPlan

ENCODED_MAX = 4_096
"""How many encoded deliveries are remembered. Whoever asks the same of one does so within moments of the first."""
ENCODED_BYTES_MAX = 16 * 1024**2

Key: TypeAlias = tuple[object, ...]
Encoded: TypeAlias = "bytes | asyncio.Future[bytes]"


class Audience:
    """Those who get the same to see of the same event; ``members`` is their number. ``encoded`` are the deliveries that are remembered
    for them, by what they are shared as."""

    __slots__ = ("encoded", "key", "members")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.members = 0
        self.encoded: dict[int, Encoded] = {}


class Audiences:
    """The audiences of one process."""

    def __init__(self, *, encoded_max: int = ENCODED_MAX, encoded_bytes_max: int = ENCODED_BYTES_MAX) -> None:
        self._encoded_max = encoded_max
        self._encoded_bytes_max = encoded_bytes_max
        self._audiences: dict[Key, Audience] = {}
        self._sizes: OrderedDict[tuple[Audience, int], int] = OrderedDict()
        self._bytes = 0
        # Weak: what a document asks for is of no use without the document.
        self._variables: WeakKeyDictionary[OperationPlan, tuple[str, ...]] = WeakKeyDictionary()

    @contextmanager
    def joined(
        self, plan: OperationPlan, variables: Mapping[str, Any] | None, actor: Actor | None
    ) -> Iterator[Audience]:
        """The audience of a subscriber while the block runs. The last to leave ends what is still executed for it."""
        key = self._key(plan, variables or {}, actor)
        audience = self._audiences.get(key)
        if audience is None:
            audience = self._audiences[key] = Audience(key)
        audience.members += 1
        try:
            yield audience
        finally:
            audience.members -= 1
            if not audience.members:
                del self._audiences[key]
                self._forget(audience)

    def keep(self, audience: Audience, number: int, encoding: bytes | Awaitable[bytes]) -> Encoded:
        """Remember a delivery for the others of the audience, who find it in ``encoded`` also while it is executed."""
        if isinstance(encoding, bytes):
            kept: Encoded = encoding
        else:
            # A task of its own: whoever asked first may leave while the others still wait.
            kept = asyncio.ensure_future(encoding)
            kept.add_done_callback(partial(self._arrive, audience, number))
        audience.encoded[number] = kept
        self._weigh(audience, number, len(kept) if isinstance(kept, bytes) else 0)
        return kept

    def _arrive(self, audience: Audience, number: int, future: "asyncio.Future[bytes]") -> None:
        """Keep what was executed in place of the task that did it. An exception stays where it is, for all who wait."""
        if audience.encoded.get(number) is future and not future.cancelled() and future.exception() is None:
            audience.encoded[number] = encoded = future.result()
            self._weigh(audience, number, len(encoded))

    def _weigh(self, audience: Audience, number: int, size: int) -> None:
        self._bytes += size - self._sizes.get((audience, number), 0)
        self._sizes[audience, number] = size
        while len(self._sizes) > self._encoded_max or self._bytes > self._encoded_bytes_max:
            (oldest, oldest_number), oldest_size = self._sizes.popitem(last=False)
            self._bytes -= oldest_size
            del oldest.encoded[oldest_number]

    def _forget(self, audience: Audience) -> None:
        for number, encoded in audience.encoded.items():
            self._bytes -= self._sizes.pop((audience, number))
            if not isinstance(encoded, bytes):
                encoded.cancel()
        audience.encoded.clear()

    def _key(self, plan: OperationPlan, variables: Mapping[str, Any], actor: Actor | None) -> Key:
        """What a subscriber has to have in common with another for deliveries of the same event to be the same: what is selected, by
        whom it may be seen, and the variables that make a difference to it. Those that only choose which events are delivered make
        none."""
        names = self._variables.get(plan)
        if names is None:
            names = self._variables[plan] = variables_below_root(plan)
        values = compact(orjson.dumps([variables.get(name) for name in names])) if names else b""
        return (*_operation(plan), values, *_rights(actor))


def _operation(plan: OperationPlan) -> Key:
    """The same for each who sent the same: by the text, because a document that was forgotten meanwhile is read anew."""
    name, place = plan.node.name, plan.node.loc
    return place.source.body if place is not None else plan, name.value if name is not None else None


def _rights(actor: Actor | None) -> Key:
    """What decides what a caller may see."""
    if actor is None:
        return (None,)
    return (
        actor.tenant_id, actor.permissions, actor.roles, actor.outlet_ids, actor.is_anonymous, actor.is_platform_owner,
        actor.currency,
    )  # fmt: skip


def variables_below_root(plan: OperationPlan) -> tuple[str, ...]:
    """The variables of the operation that are used anywhere but in the arguments of its root field, in order."""
    names = _Names()
    for selection in plan.node.selection_set.selections:
        if not isinstance(selection, FieldNode):
            # The root field stands in a fragment, which few write: every variable may make a difference.
            return tuple(sorted(each.variable.name.value for each in plan.node.variable_definitions or ()))
        for part in (*(selection.directives or ()), selection.selection_set):
            if part is not None:
                visit(part, names)
    for fragment in plan.fragments.definitions.values():
        visit(fragment.selection_set, names)
    return tuple(sorted(names.found))


class _Names(Visitor):
    """Collects the names of variables."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.found.add(node.name.value)
