"""Up to how much a role approves purchases."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import exists, select, update

from inventory_graph.db import Transaction, any_of
from inventory_graph.errors import InvalidInput, NotFound
from inventory_graph.identity.events import RoleUpdated
from inventory_graph.identity.models import Role, RolePermission
from inventory_graph.identity.purchase_settings import APPROVAL_LIMIT_MAX
from inventory_graph.identity.records import RoleLimit, RoleRecord
from inventory_graph.identity.roles import require_held, roles
from inventory_graph.outbox import emit

APPROVES = "inventory.purchasing.manage"


async def set_role_approval_limit(
    tx: Transaction, *, role_code: str, limit: Decimal | None, currency: str | None
) -> RoleRecord:
    """Say up to how much, in the tenant's currency, a role approves purchases; None takes the limit away. Nobody sets it who may not
    approve any. Raises ``InvalidInput``, ``NotFound``, ``Forbidden``."""
    tx.actor.require_outlet(None)  # a role reaches every outlet
    require_held(tx, [APPROVES], path=("role_code",))
    if limit is not None and not 0 <= limit < APPROVAL_LIMIT_MAX:
        raise InvalidInput("The limit up to which a role approves is 0 or more, below 10^12.", path=("limit", "amount"))
    if limit is not None and currency != tx.actor.currency:
        raise InvalidInput(
            f"The tenant's currency is {tx.actor.currency}, and so is this limit's; this is in {(currency or '')[:80]!r}.",
            path=("limit", "currency"),
        )
    # Two at once are told apart by the lock.
    locked = select(Role.code).where(Role.tenant_id == tx.tenant_id, Role.code == role_code).with_for_update()
    if await tx.row(locked) is None:
        raise NotFound(f"There is no role with the code {role_code[:80]!r} in this tenant.", path=("role_code",))
    before = next(each for each in await roles(tx) if each.code == role_code)
    if before.purchase_approval_limit == limit:
        return before
    await tx.run(
        update(Role).where(Role.tenant_id == tx.tenant_id, Role.code == role_code).values(purchase_approval_limit=limit)
    )
    after = replace(before, purchase_approval_limit=limit)
    event = RoleUpdated(
        aggregate_id=RoleUpdated.aggregate_id_of(tx.tenant_id, role_code=role_code),
        role=after,
        currency=tx.actor.currency,
        by=tx.actor.subject,
    )
    await emit(tx, event)
    return after


async def role_limits(tx: Transaction, *, role_codes: Iterable[str]) -> Sequence[RoleLimit]:
    """What each of these roles of the tenant says about approving purchases, by code."""
    manages = exists().where(
        RolePermission.tenant_id == Role.tenant_id,
        RolePermission.role_code == Role.code,
        RolePermission.permission_code == APPROVES,
    )
    found = await tx.rows(
        select(Role.code, Role.purchase_approval_limit.label("limit"), manages.label("manages"))
        .where(Role.tenant_id == tx.tenant_id, any_of(Role.code, sorted(role_codes)))
        .order_by(Role.code)
    )
    return [RoleLimit(**dict(record)) for record in found]
