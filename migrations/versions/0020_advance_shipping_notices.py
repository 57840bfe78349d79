"""Create advance shipping notices."""

from alembic import op

from migrations.tenancy import protect

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE advance_shipping_notices (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    supplier_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    status TEXT NOT NULL,
    carrier TEXT,
    tracking_number TEXT,
    delivery_note TEXT,
    note TEXT,
    expected_at TIMESTAMP WITH TIME ZONE,
    goods_receipt_id UUID,
    version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by TEXT,
    cancellation_reason TEXT,
    CONSTRAINT pk_advance_shipping_notices PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_advance_shipping_notices_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT fk_advance_shipping_notices_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_advance_shipping_notices_tenant_id_goods_receipt_id__f80b FOREIGN KEY(tenant_id, goods_receipt_id) REFERENCES goods_receipts (tenant_id, id),
    CONSTRAINT uq_advance_shipping_notices_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT uq_advance_shipping_notices_tenant_id_goods_receipt_id UNIQUE (tenant_id, goods_receipt_id),
    CONSTRAINT ck_advance_shipping_notices_status_known CHECK (status IN ('ANNOUNCED', 'RECEIVED', 'CANCELLED')),
    CONSTRAINT ck_advance_shipping_notices_resolution_has_time CHECK ((status = 'ANNOUNCED') = (resolved_at IS NULL)),
    CONSTRAINT ck_advance_shipping_notices_received_by_a_receipt CHECK ((status = 'RECEIVED') = (goods_receipt_id IS NOT NULL)),
    CONSTRAINT ck_advance_shipping_notices_version_positive CHECK (version >= 1)
);

CREATE INDEX ix_advance_shipping_notices_created_at ON advance_shipping_notices (tenant_id, created_at, id);

CREATE INDEX ix_advance_shipping_notices_supplier_id ON advance_shipping_notices (tenant_id, supplier_id);

CREATE TABLE advance_shipping_notice_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    advance_shipping_notice_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    purchase_order_line_id UUID NOT NULL,
    quantity quantity NOT NULL,
    announced quantity NOT NULL,
    lot_code TEXT,
    expires_on DATE,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_advance_shipping_notice_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_advance_shipping_notice_lines_tenant_id_advance_ship_8dac FOREIGN KEY(tenant_id, advance_shipping_notice_id) REFERENCES advance_shipping_notices (tenant_id, id),
    CONSTRAINT fk_advance_shipping_notice_lines_tenant_id_purchase_ord_3d2e FOREIGN KEY(tenant_id, purchase_order_line_id) REFERENCES purchase_order_lines (tenant_id, id),
    CONSTRAINT ck_advance_shipping_notice_lines_quantities_positive CHECK (quantity > 0 AND announced > 0),
    CONSTRAINT ck_advance_shipping_notice_lines_date_belongs_to_lot CHECK (lot_code IS NOT NULL OR expires_on IS NULL)
);

CREATE INDEX ix_advance_shipping_notice_lines_purchase_order_line_id ON advance_shipping_notice_lines (tenant_id, purchase_order_line_id);

CREATE UNIQUE INDEX uq_advance_shipping_notice_lines_position ON advance_shipping_notice_lines (tenant_id, advance_shipping_notice_id, position)
"""

GRANTS = {
    "advance_shipping_notices": "SELECT, INSERT, UPDATE",
    "advance_shipping_notice_lines": "SELECT, INSERT",
}
"""What the application may do with each table: what was announced stays as it was told."""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table, grants in GRANTS.items():
        protect(table, grants=grants)


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
