"""Which operation a request comes to, and whether it may run: its document, what that allows, its cost, and the caller's rate."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationType

from inventory_graph.actor import Actor
from inventory_graph.errors import LimitExceeded
from inventory_graph.rates import Drawn, RateLimiter
from inventory_graph.turns import Party
from resolvers.document_limits import DocumentLimits
from resolvers.document_turns import DocumentTurns
from resolvers.documents import Document, Documents, Operation, OperationUnknownError, select_operation
from resolvers.envelope import BAD_REQUEST, RequestRefusedError
from resolvers.masking import LIMIT_EXCEEDED, error_body
from resolvers.persisted import PERSISTED_QUERY_NOT_FOUND, HashUnknownError, PersistedDocuments, SharedTexts
from resolvers.requests import Request
from resolvers.scales import CostError
from resolvers.schema import InventorySchema
from resolvers.variables import check_variables

INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
RATE_LIMITED = "RATE_LIMITED"
REFUSED_POINTS = 10
"""What a request costs that is refused after it was looked at: reading a wrong document is work, too."""

_ALLOW_POST = {"allow": "POST"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionSettings:
    """What may run. Callers with one of ``introspection_roles`` may read the schema, and get suggestions, whatever is said of
    the others."""

    introspection: bool = True
    suggestions: bool = True
    introspection_roles: frozenset[str] = frozenset()
    limits: DocumentLimits = field(default_factory=DocumentLimits)
    trusted_documents: Mapping[str, str] = field(default_factory=dict)
    trusted_only: bool = False


class DocumentRefusedError(Exception):
    """The document does not get to be executed; ``errors`` are answered in the status that the client's media type has for it."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Admitted:
    """An operation that may run. ``points`` is what it may cost, ``charged`` what was drawn for it, and ``remaining`` what is left
    to the caller, None where rates are not limited. ``suggestions`` tells whether errors may name parts of the schema."""

    operation: Operation
    points: int
    charged: int
    remaining: int | None
    suggestions: bool

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.operation.type.value

    @property
    def name(self) -> str | None:
        """What the client calls it."""
        name = self.operation.node.name
        return name.value if name is not None else None


class Admission:
    """Admits the operations of one process, however their requests arrive."""

    def __init__(
        self,
        schema: InventorySchema,
        settings: AdmissionSettings,
        *,
        limiter: RateLimiter | None = None,
        shared_texts: SharedTexts | None = None,
        wait_seconds_max: float,
    ) -> None:
        self._documents = Documents(schema._schema, limits=settings.limits, suggestions=settings.suggestions)
        # The errors of wrong documents, for those who may be told more about them than others.
        self._told = Documents(schema._schema, limits=settings.limits, suggestions=True)
        self._persisted = PersistedDocuments(
            trusted=settings.trusted_documents, trusted_only=settings.trusted_only, shared=shared_texts
        )
        self._limiter = limiter
        self._settings = settings
        self._document_turns = DocumentTurns(wait_seconds_max=wait_seconds_max)
        self.trusted_names = self._look_at_trusted()
        """What the operations of the trusted documents are called."""

    def _look_at_trusted(self) -> frozenset[str]:
        """Say at start which trusted documents the schema has left behind, before their clients find out."""
        names: set[str] = set()
        for digest, text in self._settings.trusted_documents.items():
            document = self._documents.read(text)
            names |= {name for name in document.operations if name is not None}
            for error in document.errors[:1]:
                logger.warning("The trusted document %s does not run any more: %s", digest, error["message"])
        return frozenset(names)

    async def admit(self, request: Request) -> Admitted:
        """The operation to run; raises ``DocumentRefusedError`` and ``RequestRefusedError``."""
        try:
            document, operation = await self._operation(request)
            self._check_allowed(document, operation, request)
            check_variables(request.envelope, operation.plan, depth_max=self._settings.limits.value_depth_max)
            points = self._documents.points_of(
                document,
                operation,
                request.envelope.variables,
                exactly=request.wants_cost or self._limiter is not None,
            )
        except (DocumentRefusedError, RequestRefusedError):
            await self.charge_refused(request.actor, request.address)
            raise
        except (HashUnknownError, OperationUnknownError, CostError, LimitExceeded) as error:
            remaining = await self.charge_refused(request.actor, request.address)
            raise self._refused(error, remaining) from error
        suggestions = self._settings.suggestions or self._knows_schema(request.actor)
        if self._limiter is None:
            return Admitted(operation, points, 0, None, suggestions)
        charged = max(points, 1)
        drawn = await self._limiter.draw(self._limiter.buckets(request.actor, request.address), charged)
        if drawn.seconds > 0:
            raise too_fast(drawn, {**self.cost(points), "remaining": drawn.remaining})
        return Admitted(operation, points, charged, drawn.remaining, suggestions)

    async def kind_of(self, request: Request) -> OperationType | None:
        """What kind of operation the request comes to, None where ``admit`` refuses it; nothing is charged."""
        try:
            _, operation = await self._operation(request)
        except (DocumentRefusedError, HashUnknownError, OperationUnknownError):
            return None
        return operation.type

    async def _operation(self, request: Request) -> tuple[Document, Operation]:
        envelope = request.envelope
        text = await self._persisted.text_of(envelope, owner=request.owner, is_router=request.is_proven_router)
        document = await self._read(self._documents, text, request.party)
        if document.errors:
            if not self._settings.suggestions and self._knows_schema(request.actor):
                document = await self._read(self._told, text, request.party)
            raise DocumentRefusedError(document.errors)
        if envelope.document_hash is not None:
            await self._persisted.learn(envelope, owner=request.owner)
        return document, select_operation(document, envelope.operation_name)

    async def _read(self, documents: Documents, text: str, party: Party) -> Document:
        known = documents.known(text)
        if known is not None:
            return known
        async with self._document_turns.turn(party):
            return documents.read(text)

    def _check_allowed(self, document: Document, operation: Operation, request: Request) -> None:
        if (request.is_get and operation.type is OperationType.MUTATION) or (
            request.is_get and operation.type is OperationType.SUBSCRIPTION and not request.is_stream
        ):
            raise RequestRefusedError(405, "GET runs queries only; send this operation by POST.", headers=_ALLOW_POST)
        if operation.type is OperationType.SUBSCRIPTION and not request.is_stream:
            raise RequestRefusedError(
                400,
                "Subscriptions run over a WebSocket, or as a stream: accept text/event-stream. POST and GET answer once.",
            )
        if document.introspects and not (self._settings.introspection or self._knows_schema(request.actor)):
            raise RequestRefusedError(403, "Reading the schema is switched off here.", code=INTROSPECTION_DISABLED)

    def _knows_schema(self, actor: Actor | None) -> bool:
        """Whether the caller may read the schema because of its role."""
        roles = self._settings.introspection_roles
        return bool(roles) and actor is not None and not actor.is_anonymous and not roles.isdisjoint(actor.roles)

    def _refused(
        self, error: HashUnknownError | OperationUnknownError | CostError | LimitExceeded, remaining: int | None
    ) -> DocumentRefusedError:
        if isinstance(error, LimitExceeded):
            body = error_body(error.message, code=LIMIT_EXCEEDED, argument=list(error.path))
        elif isinstance(error, CostError):
            cost = self.cost(error.points)
            if remaining is not None:
                cost["remaining"] = remaining
            body = error_body(error.message, code=LIMIT_EXCEEDED, cost=cost)
        else:
            code = PERSISTED_QUERY_NOT_FOUND if isinstance(error, HashUnknownError) else BAD_REQUEST
            body = error_body(str(error), code=code)
        return DocumentRefusedError([body])

    async def charge_refused(self, actor: Actor | None, address: str) -> int | None:
        """Draw for a request that is refused; what is left to the caller, None where rates are not limited. Raises
        ``RequestRefusedError`` where that is one too many."""
        if self._limiter is None:
            return None
        drawn = await self._limiter.draw(self._limiter.buckets(actor, address), REFUSED_POINTS)
        if drawn.seconds > 0:
            raise too_fast(drawn, {"remaining": drawn.remaining})
        return drawn.remaining

    async def pay(self, request: Request, points: int) -> None:
        """Draw for what a subscription reads besides what was drawn when it was admitted, and wait where the caller has too little:
        what is under way is not sent away."""
        if self._limiter is not None:
            await self._limiter.draw_in_time(self._limiter.buckets(request.actor, request.address), points)

    def settle(self, request: Request, admitted: Admitted, *, points_used: int) -> None:
        """Give back what was drawn for a larger answer than there was, or draw what a longer one cost beyond it."""
        if self._limiter is not None:
            buckets = self._limiter.buckets(request.actor, request.address)
            self._limiter.settle(buckets, drawn=admitted.charged, used=max(points_used, 1))

    def cost(self, points: int) -> dict[str, Any]:
        """What is told about a cost."""
        return {"estimated": points, "limit": self._settings.limits.cost_max}


def too_fast(drawn: Drawn, cost: dict[str, Any]) -> RequestRefusedError:
    """The refusal of somebody who has drawn too much; ``cost`` is told with it."""
    seconds = math.ceil(drawn.seconds)
    return RequestRefusedError(
        429,
        f"Too much was asked for in a short time; nothing was done. Try again in {seconds} s.",
        code=RATE_LIMITED,
        headers={"retry-after": str(seconds)},
        cost=cost,
    )
