"""One request on its way through the endpoint: what was sent, by whom and from where."""

from dataclasses import dataclass
from uuid import UUID

from inventory_graph.actor import Actor
from resolvers.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``is_proven_router`` is true only for a router that sent its secret; where there is no secret nobody is proven."""

    envelope: Envelope
    actor: Actor | None
    is_get: bool
    is_proven_router: bool
    refused_status: int
    address: str = ""
    wants_cost: bool = False

    @property
    def owner(self) -> str:
        """Whose the documents are that the request teaches: the tenant's, or those of everybody without one."""
        return str(self.actor.tenant_id) if self.actor is not None else ""

    @property
    def tenant_id(self) -> UUID | None:
        """The caller's tenant; None for nobody."""
        return self.actor.tenant_id if self.actor is not None else None
