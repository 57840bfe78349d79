"""Create periods: ranges of the ledger that are closed, and what each balance was at their ends."""

from alembic import op
from sqlalchemy import text

from migrations.tenancy import protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE periods (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    value cost NOT NULL,
    movement_count BIGINT NOT NULL,
    note TEXT,
    version BIGINT NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_by TEXT NOT NULL,
    CONSTRAINT pk_periods PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_periods_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_periods_tenant_id_ends_at UNIQUE (tenant_id, ends_at),
    CONSTRAINT uq_periods_tenant_id_starts_at UNIQUE NULLS NOT DISTINCT (tenant_id, starts_at),
    CONSTRAINT ck_periods_status_known CHECK (status IN ('OPEN', 'CLOSED')),
    CONSTRAINT ck_periods_ends_after_start CHECK (starts_at < ends_at),
    CONSTRAINT ck_periods_version_positive CHECK (version >= 1 AND movement_count >= 0)
);

CREATE TABLE period_balances (
    tenant_id UUID NOT NULL,
    balance_id UUID NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revision BIGINT NOT NULL,
    on_hand quantity NOT NULL,
    reserved quantity NOT NULL,
    quarantined quantity NOT NULL,
    damaged quantity NOT NULL,
    value cost NOT NULL,
    CONSTRAINT pk_period_balances PRIMARY KEY (tenant_id, balance_id, ends_at, revision),
    CONSTRAINT ck_period_balances_revision_positive CHECK (revision >= 1)
);

CREATE TABLE period_steps (
    tenant_id UUID NOT NULL,
    period_id UUID NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    reason TEXT,
    value cost,
    balance_count BIGINT,
    CONSTRAINT pk_period_steps PRIMARY KEY (tenant_id, period_id, version),
    CONSTRAINT fk_period_steps_tenant_id_period_id_periods FOREIGN KEY(tenant_id, period_id) REFERENCES periods (tenant_id, id),
    CONSTRAINT ck_period_steps_kind_known CHECK (kind IN ('CLOSED', 'REOPENED')),
    CONSTRAINT ck_period_steps_sums_when_closed CHECK ((kind = 'CLOSED') = (value IS NOT NULL AND balance_count IS NOT NULL))
)
"""

GRANTS = {
    "periods": "SELECT, INSERT, UPDATE",
    "period_balances": "SELECT, INSERT",
    "period_steps": "SELECT, INSERT",
}
"""What the application may do with each table: what was reported stays as it was reported."""

ACTIONS = ("add", "view", "view_own", "change", "change_own", "delete", "delete_own", "manage", "manage_own")
ROLES = {"inventory_admin": ACTIONS, "warehouse_manager": ("view",), "viewer": ("view",)}
"""What the standard roles of tenants that are there already may do besides. A role that a tenant removed stays away."""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table, grants in GRANTS.items():
        protect(table, grants=grants)
    for action in ACTIONS:
        op.execute(text("INSERT INTO permissions (code) VALUES (:code)").bindparams(code=f"inventory.periods.{action}"))
    _bind_owner(False)
    for role, actions in ROLES.items():
        for action in actions:
            op.execute(
                text(
                    "INSERT INTO role_permissions (tenant_id, role_code, permission_code)"
                    " SELECT tenant_id, code, CAST(:permission AS text) FROM roles WHERE code = :role"
                ).bindparams(permission=f"inventory.periods.{action}", role=role)
            )
    _bind_owner(True)


def downgrade() -> None:
    _bind_owner(False)
    op.execute("DELETE FROM role_permissions WHERE permission_code LIKE 'inventory.periods.%'")
    _bind_owner(True)
    op.execute("DELETE FROM permissions WHERE code LIKE 'inventory.periods.%'")
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")


def _bind_owner(is_bound: bool) -> None:
    """Whether row-level security binds the tables' owner, who else sees no tenant's roles here; within this transaction only."""
    for table in ("roles", "role_permissions"):
        op.execute(f"ALTER TABLE {table} {'' if is_bound else 'NO '}FORCE ROW LEVEL SECURITY")
