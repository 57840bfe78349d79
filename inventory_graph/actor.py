"""Who is asking: the identity that every transaction carries."""

from dataclasses import dataclass, field
from uuid import UUID

from inventory_graph.errors import Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One authenticated caller within one tenant.

    ``permissions`` are codes of the form ``inventory.<module>.<action>``. ``outlet_ids`` is None for a caller that
    may act on every outlet of the tenant, else the outlets it is bound to.
    """

    tenant_id: UUID
    tenant_slug: str
    subject: str
    permissions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    outlet_ids: frozenset[UUID] | None = None
    is_anonymous: bool = False
    is_platform_owner: bool = False
    currency: str = "KES"
    metadata: dict[str, str] = field(default_factory=dict)

    def may(self, permission: str) -> bool:
        """Whether the caller holds the permission; platform owners hold them all."""
        return self.is_platform_owner or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise ``Forbidden`` that names the missing permission."""
        if not self.may(permission):
            raise Forbidden(f"This needs the permission {permission}, which {self.subject} does not have.")

    def require_outlet(self, outlet_id: UUID | None) -> None:
        """Raise ``Forbidden`` unless the caller may act on the outlet; None stands for a place of no outlet."""
        if self.outlet_ids is None or (outlet_id is not None and outlet_id in self.outlet_ids):
            return
        raise Forbidden(f"{self.subject} is bound to other outlets and may not act on this one.")
