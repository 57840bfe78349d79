"""Roles: what they permit, and who has them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Transaction, any_of
from inventory_graph.errors import Forbidden, InvalidInput, NotFound
from inventory_graph.identity.events import RoleAssignmentEvent, RoleGranted, RoleRevoked
from inventory_graph.identity.models import Role, RoleAssignment, RolePermission
from inventory_graph.identity.records import Rights, RoleAssignmentRecord, RoleRecord
from inventory_graph.identity.texts import SUBJECT_LENGTH_MAX, line_of
from inventory_graph.outbox import emit

_ASSIGNMENT = (
    RoleAssignment.subject,
    RoleAssignment.role_code,
    RoleAssignment.granted_by,
    RoleAssignment.granted_at,
    RoleAssignment.expires_at,
)
_ROLE = select(
    Role.code,
    Role.name,
    Role.purchase_approval_limit,
    func.array_agg(RolePermission.permission_code)
    .filter(RolePermission.permission_code.is_not(None))
    .label("permissions"),
).outerjoin(RolePermission, and_(RolePermission.tenant_id == Role.tenant_id, RolePermission.role_code == Role.code))
_GROUPED = (Role.code, Role.name, Role.purchase_approval_limit)


async def roles(tx: Transaction) -> list[RoleRecord]:
    """The roles of the tenant, by code."""
    found = await tx.rows(_ROLE.where(Role.tenant_id == tx.tenant_id).group_by(*_GROUPED).order_by(Role.code))
    return [
        RoleRecord(
            code=record["code"],
            name=record["name"],
            permissions=tuple(sorted(record["permissions"] or ())),
            purchase_approval_limit=record["purchase_approval_limit"],
        )
        for record in found
    ]


async def ensure_role(tx: Transaction, *, code: str, name: str, permissions: Iterable[str]) -> None:
    """Have a role of the tenant with at least these permissions; where it is there already, nothing is taken from it. Safe to
    repeat. Raises ``Forbidden`` for what the caller does not hold itself."""
    wanted = sorted(permissions)
    require_held(tx, wanted, path=("permissions",))
    await tx.run(insert(Role).values(tenant_id=tx.tenant_id, code=code, name=name).on_conflict_do_nothing())
    for permission in wanted:
        await tx.run(
            insert(RolePermission)
            .values(tenant_id=tx.tenant_id, role_code=code, permission_code=permission)
            .on_conflict_do_nothing()
        )


async def rights_of(tx: Transaction, *, subject: str, role_codes: Iterable[str] = ()) -> Rights:
    """What a subject may do in the tenant: the named roles, those granted to it that have not expired, and the union of
    their permissions. A name that is no role of the tenant gives nothing."""
    granted = select(RoleAssignment.role_code).where(
        RoleAssignment.tenant_id == tx.tenant_id,
        RoleAssignment.subject == subject,
        or_(RoleAssignment.expires_at.is_(None), RoleAssignment.expires_at > func.clock_timestamp()),
    )
    found = await tx.rows(
        _ROLE.where(
            Role.tenant_id == tx.tenant_id, or_(any_of(Role.code, sorted(role_codes)), Role.code.in_(granted))
        ).group_by(*_GROUPED)
    )
    return Rights(
        roles=frozenset(record["code"] for record in found),
        permissions=frozenset(code for record in found for code in record["permissions"] or ()),
    )


async def grant_role(
    tx: Transaction, *, subject: str, role_code: str, expires_at: datetime | None = None, now: datetime
) -> RoleAssignmentRecord:
    """Give a role to a subject (the ``sub`` of its token), for ever or until ``expires_at``; granting it again sets a new
    expiry. Nobody grants more than it may do itself. Raises ``InvalidInput``, ``NotFound``, ``Forbidden``."""
    tx.actor.require_outlet(None)  # a role reaches every outlet
    line = line_of(subject, name="subject", length_max=SUBJECT_LENGTH_MAX)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(f"expiresAt is {expires_at.isoformat()}, which has passed.", path=("expires_at",))
    role = next((each for each in await roles(tx) if each.code == role_code), None)
    if role is None:
        raise NotFound(f"There is no role with the code {role_code[:80]!r} in this tenant.", path=("role_code",))
    require_held(tx, role.permissions, path=("role_code",))
    values = {"granted_by": tx.actor.subject, "granted_at": now, "expires_at": expires_at}
    record, *_ = await tx.rows(
        insert(RoleAssignment)
        .values(tenant_id=tx.tenant_id, subject=line, role_code=role_code, **values)
        .on_conflict_do_update(
            index_elements=[RoleAssignment.tenant_id, RoleAssignment.subject, RoleAssignment.role_code], set_=values
        )
        .returning(*_ASSIGNMENT)
    )
    assignment = RoleAssignmentRecord(**dict(record))
    await emit(
        tx,
        RoleGranted(
            aggregate_id=RoleAssignmentEvent.aggregate_id_of(tx.tenant_id, subject=line, role_code=role_code),
            assignment=assignment,
            by=tx.actor.subject,
        ),
    )
    return assignment


async def revoke_role(tx: Transaction, *, subject: str, role_code: str) -> RoleAssignmentRecord:
    """Take a granted role from a subject; the assignment as it was. Roles that a token brings are the auth service's to
    take. Raises ``NotFound``, ``Forbidden``."""
    tx.actor.require_outlet(None)
    record = await tx.row(
        delete(RoleAssignment)
        .where(
            RoleAssignment.tenant_id == tx.tenant_id,
            RoleAssignment.subject == line_of(subject, name="subject", length_max=SUBJECT_LENGTH_MAX),
            RoleAssignment.role_code == line_of(role_code, name="role_code"),
        )
        .returning(*_ASSIGNMENT)
    )
    if record is None:
        raise NotFound(f"The role {role_code!r} is not granted to {subject!r} in this tenant.", path=("subject",))
    assignment = RoleAssignmentRecord(**dict(record))
    await emit(
        tx,
        RoleRevoked(
            aggregate_id=RoleAssignmentEvent.aggregate_id_of(
                tx.tenant_id, subject=assignment.subject, role_code=assignment.role_code
            ),
            assignment=assignment,
            by=tx.actor.subject,
        ),
    )
    return assignment


def require_held(tx: Transaction, permissions: Iterable[str], *, path: tuple[str, ...]) -> None:
    """Raise ``Forbidden`` unless the caller itself holds all of these permissions: rights are passed on, never made up."""
    missing = sorted(code for code in permissions if not tx.actor.may(code))
    if missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise Forbidden(f"{tx.actor.subject} may not pass on what it does not have: {shown}.", path=path)
