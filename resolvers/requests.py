"""One request on its way through the endpoint: what was sent, by whom and from where."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from starlette.types import Scope

from inventory_graph.actor import Actor
from inventory_graph.turns import Party, party_of
from resolvers.envelope import Envelope

OUTCOMES = {429: "limited", 503: "unavailable"}
"""What the metrics call a request that is refused with the status; with any other it is refused."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# An id is to find a log line by; nothing depends on nobody guessing it.
_PROCESS = uuid4().hex[:16]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``is_proven_router`` is true only for a router that sent its secret; where there is no secret nobody is proven.
    ``is_stream``: the answer may be more than one result."""

    envelope: Envelope
    actor: Actor | None
    is_get: bool
    is_router: bool
    is_proven_router: bool
    refused_status: int
    address: str = ""
    wants_cost: bool = False
    is_stream: bool = False

    @property
    def owner(self) -> str:
        """Whose the documents are that the request teaches: the tenant's, or those of everybody without one."""
        return str(self.actor.tenant_id) if self.actor is not None else ""

    @property
    def tenant_id(self) -> UUID | None:
        """The caller's tenant; None for nobody."""
        return self.actor.tenant_id if self.actor is not None else None

    @property
    def party(self) -> Party:
        """Whom the operation counts for where there is not room for everybody."""
        return party_of(self.actor)


def address_of(scope: Scope) -> str:
    """Where the request came from, as far as is known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def request_id_of(headers: Mapping[str, str]) -> str:
    """The id that the client gave the request, else a new one."""
    sent = headers.get("x-request-id")
    return sent if sent is not None and _REQUEST_ID.fullmatch(sent) else f"{_PROCESS}-{next(_numbers):x}"
