"""Let tenants be told of what did not come when it was expected, and remember what was told."""

from alembic import op

from migrations.tenancy import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# An older version that runs meanwhile knows the first four: it neither writes the others nor reads them from a tenant that has none.
STATEMENTS = """
ALTER TABLE tenants DROP CONSTRAINT ck_tenants_alerts_known;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_alerts_known CHECK (alerts <@ ARRAY['STOCK_LOW', 'STOCK_OUT', 'STOCK_IN', 'LOT_EXPIRING', 'PURCHASE_ORDER_OVERDUE', 'TRANSFER_OVERDUE']::text[]) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_alerts_known;

CREATE INDEX ix_transfers_expected ON transfers (tenant_id, expected_at) WHERE status IN ('SHIPPED', 'PARTIALLY_RECEIVED');

CREATE TABLE overdue_alerts (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    expected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_overdue_alerts PRIMARY KEY (tenant_id, document_id, expected_at),
    CONSTRAINT fk_overdue_alerts_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    protect("overdue_alerts", grants="SELECT, INSERT")


def downgrade() -> None:
    op.execute("DROP TABLE overdue_alerts")
    op.execute("DROP INDEX ix_transfers_expected")
    op.execute("ALTER TABLE tenants DROP CONSTRAINT ck_tenants_alerts_known")
    op.execute(
        "UPDATE tenants SET alerts = array_remove(array_remove(alerts, 'PURCHASE_ORDER_OVERDUE'), 'TRANSFER_OVERDUE')"
    )
    op.execute(
        "ALTER TABLE tenants ADD CONSTRAINT ck_tenants_alerts_known"
        " CHECK (alerts <@ ARRAY['STOCK_LOW', 'STOCK_OUT', 'STOCK_IN', 'LOT_EXPIRING']::text[])"
    )
