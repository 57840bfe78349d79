"""Let tenants say which alerts they want, and remember the lots that were told of."""

from alembic import op

from migrations.tenancy import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE tenants ADD COLUMN alerts TEXT[] DEFAULT '{}' NOT NULL, ADD COLUMN alert_target TEXT, ADD COLUMN alert_email TEXT, ADD COLUMN lot_expiry_alert_days INTEGER DEFAULT '30' NOT NULL;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_alerts_known CHECK (alerts <@ ARRAY['STOCK_LOW', 'STOCK_OUT', 'STOCK_IN', 'LOT_EXPIRING']::text[]) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_alerts_known;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_lot_expiry_alert_days_range CHECK (lot_expiry_alert_days BETWEEN 1 AND 365) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_lot_expiry_alert_days_range;

CREATE TABLE lot_expiry_alerts (
    tenant_id UUID NOT NULL,
    lot_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_lot_expiry_alerts PRIMARY KEY (tenant_id, lot_id, warehouse_id),
    CONSTRAINT fk_lot_expiry_alerts_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT fk_lot_expiry_alerts_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id)
);

CREATE INDEX ix_lot_expiry_alerts_warehouse_id ON lot_expiry_alerts (tenant_id, warehouse_id)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    protect("lot_expiry_alerts", grants="SELECT, INSERT")


def downgrade() -> None:
    op.execute("DROP TABLE lot_expiry_alerts")
    op.execute(
        "ALTER TABLE tenants DROP COLUMN alerts, DROP COLUMN alert_target, DROP COLUMN alert_email,"
        " DROP COLUMN lot_expiry_alert_days"
    )
