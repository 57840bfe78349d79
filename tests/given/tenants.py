"""A tenant of a test's own.

Tests commit for real and clean nothing up: what keeps them apart is the tenant, so tenancy is exercised by every test.
"""

import time
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from inventory_graph.actor import Actor
from inventory_graph.db import Database, Transaction
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.identity.tenants import create_tenant
from inventory_graph.masterdata.outlets import register_outlet
from inventory_graph.masterdata.units import STANDARD_UNITS, create_standard_units

CURRENCY = "KES"
TIMEZONE = "Africa/Nairobi"


@dataclass(slots=True, kw_only=True)
class GivenTenant:
    """A fresh tenant with the standard roles and units, and one outlet whose warehouse MAIN is the default.

    ``actor`` is its administrator, who acts on every outlet. ``last_event_id`` is where ``emitted`` starts to look.
    """

    database: Database = field(repr=False)
    id: UUID
    slug: str
    actor: Actor = field(repr=False)
    outlet_id: UUID
    warehouse_id: UUID
    units: tuple[str, ...] = field(repr=False)
    last_event_id: int = 0

    def actor_with(self, *permissions: str, subject: str = "user-with-permissions") -> Actor:
        """A caller of this tenant who holds exactly these permissions."""
        return replace(self.actor, subject=subject, roles=frozenset(), permissions=frozenset(permissions))

    def actor_as(self, role: str, *, subject: str | None = None) -> Actor:
        """A caller of this tenant with one standard role."""
        return replace(
            self.actor, subject=subject or f"user-{role}", roles=frozenset({role}), permissions=STANDARD_ROLES[role]
        )

    def actor_until(self, seconds: float) -> Actor:
        """The administrator with a token that expires in so many seconds."""
        return replace(
            self.actor,
            subject="user-expiring",
            metadata={"credential": "token", "expires_at": str(time.time() + seconds)},
        )

    def actor_at(self, *outlet_ids: UUID) -> Actor:
        """The administrator bound to these outlets only."""
        return replace(self.actor, subject="user-at-outlet", outlet_ids=frozenset(outlet_ids))


def administrator(*, tenant_id: UUID, slug: str) -> Actor:
    """A caller with every permission in the tenant."""
    return Actor(
        tenant_id=tenant_id,
        tenant_slug=slug,
        subject="user-administrator",
        roles=frozenset({"inventory_admin"}),
        permissions=STANDARD_ROLES["inventory_admin"],
        currency=CURRENCY,
    )


async def given_tenant(
    database: Database,
    *,
    tenant_id: UUID | None = None,
    slug: str | None = None,
    allow_negative: bool = False,
    public_levels: bool = False,
) -> GivenTenant:
    """Create a tenant in a transaction of its own."""
    chosen_id = tenant_id or uuid4()
    chosen_slug = slug or f"t-{uuid4().hex[:20]}"
    actor = administrator(tenant_id=chosen_id, slug=chosen_slug)

    async def create(tx: Transaction) -> GivenTenant:
        await create_tenant(
            tx,
            slug=chosen_slug,
            name=f"Tenant {chosen_slug}",
            currency=CURRENCY,
            timezone=TIMEZONE,
            allow_negative=allow_negative,
            public_levels=public_levels,
        )
        await create_standard_units(tx)
        registered = await register_outlet(tx, code="main", name="Main outlet", is_hq=True)
        newest = await tx.raw.fetchval("SELECT max(id) FROM outbox WHERE tenant_id = $1", tx.tenant_id)
        return GivenTenant(
            database=database,
            id=chosen_id,
            slug=chosen_slug,
            actor=actor,
            outlet_id=registered.outlet.id,
            warehouse_id=registered.warehouse.id,
            units=tuple(unit.code for unit in STANDARD_UNITS),
            last_event_id=newest or 0,
        )

    return await database.write(actor, create)
