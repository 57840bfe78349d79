"""One request on its way through the endpoint: what was sent, by whom, and how a refusal of it is answered."""

from dataclasses import dataclass
from typing import Any

from inventory_graph.actor import Actor
from resolvers.answers import Answer
from resolvers.envelope import Envelope
from resolvers.masking import error_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``is_proven_router`` is true only for a router that sent its secret; where there is no secret nobody is proven."""

    envelope: Envelope
    actor: Actor | None
    is_get: bool
    is_proven_router: bool
    refused_status: int
    wants_cost: bool = False

    @property
    def owner(self) -> str:
        """Whose the documents are that the request teaches: the tenant's, or those of everybody without one."""
        return str(self.actor.tenant_id) if self.actor is not None else ""

    def refused(self, message: str, code: str, **extensions: Any) -> Answer:
        """The answer of a request whose document does not get to be executed."""
        body = error_body(message, code=code, **extensions)
        return Answer(self.refused_status, {"errors": [body]}, "refused")
