"""Create purchase orders and goods receipts, and let tenants say how orders are approved."""

from alembic import op

from migrations.tenancy import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE tenants ADD COLUMN purchase_approvers SMALLINT DEFAULT '1' NOT NULL, ADD COLUMN purchase_approval_limit cost, ADD COLUMN over_receipt_percent quantity DEFAULT '0' NOT NULL;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_purchase_approvers_range CHECK (purchase_approvers BETWEEN 1 AND 2) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_purchase_approvers_range;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_over_receipt_percent_range CHECK (over_receipt_percent BETWEEN 0 AND 100) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_over_receipt_percent_range;

CREATE TABLE document_numbers (
    tenant_id UUID NOT NULL,
    series TEXT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT pk_document_numbers PRIMARY KEY (tenant_id, series),
    CONSTRAINT fk_document_numbers_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT ck_document_numbers_last_positive CHECK (last >= 1)
);

CREATE TABLE purchase_orders (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    supplier_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    net_amount cost NOT NULL,
    tax_amount cost NOT NULL,
    shipping_amount cost NOT NULL,
    payment_terms_days INTEGER,
    lead_time_days INTEGER,
    expected_at TIMESTAMP WITH TIME ZONE,
    is_inspected BOOLEAN DEFAULT false NOT NULL,
    reference TEXT,
    note TEXT,
    submitted_by TEXT,
    approved_by TEXT[] DEFAULT '{}' NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_purchase_orders PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_purchase_orders_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT fk_purchase_orders_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT uq_purchase_orders_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT ck_purchase_orders_status_known CHECK (status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SENT', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
    CONSTRAINT ck_purchase_orders_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_purchase_orders_amounts_not_negative CHECK (net_amount >= 0 AND tax_amount >= 0 AND shipping_amount >= 0),
    CONSTRAINT ck_purchase_orders_version_positive CHECK (version >= 1)
);

CREATE INDEX ix_purchase_orders_created_at ON purchase_orders (tenant_id, created_at, id);

CREATE INDEX ix_purchase_orders_expected ON purchase_orders (tenant_id, expected_at) WHERE status IN ('SENT', 'PARTIALLY_RECEIVED');

CREATE INDEX ix_purchase_orders_supplier_id ON purchase_orders (tenant_id, supplier_id);

CREATE TABLE purchase_order_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    purchase_order_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    variant_id UUID NOT NULL,
    unit_code TEXT NOT NULL,
    quantity quantity NOT NULL,
    unit_price cost NOT NULL,
    tax_percent quantity NOT NULL,
    net_amount cost NOT NULL,
    tax_amount cost NOT NULL,
    ordered quantity NOT NULL,
    received quantity DEFAULT '0' NOT NULL,
    rejected quantity DEFAULT '0' NOT NULL,
    CONSTRAINT pk_purchase_order_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_purchase_order_lines_tenant_id_purchase_order_id_pur_e637 FOREIGN KEY(tenant_id, purchase_order_id) REFERENCES purchase_orders (tenant_id, id),
    CONSTRAINT fk_purchase_order_lines_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_purchase_order_lines_tenant_id_unit_code_units FOREIGN KEY(tenant_id, unit_code) REFERENCES units (tenant_id, code),
    CONSTRAINT ck_purchase_order_lines_quantities_positive CHECK (quantity > 0 AND ordered > 0 AND received >= 0 AND rejected >= 0),
    CONSTRAINT ck_purchase_order_lines_prices_not_negative CHECK (unit_price >= 0 AND tax_percent >= 0)
);

CREATE INDEX ix_purchase_order_lines_open ON purchase_order_lines (tenant_id, variant_id) WHERE received < ordered;

CREATE UNIQUE INDEX uq_purchase_order_lines_position ON purchase_order_lines (tenant_id, purchase_order_id, position);

CREATE TABLE purchase_order_steps (
    tenant_id UUID NOT NULL,
    purchase_order_id UUID NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    reason TEXT,
    details JSONB,
    CONSTRAINT pk_purchase_order_steps PRIMARY KEY (tenant_id, purchase_order_id, version),
    CONSTRAINT fk_purchase_order_steps_tenant_id_purchase_order_id_pur_be32 FOREIGN KEY(tenant_id, purchase_order_id) REFERENCES purchase_orders (tenant_id, id),
    CONSTRAINT ck_purchase_order_steps_kind_known CHECK (kind IN ('CREATED', 'UPDATED', 'SUBMITTED', 'APPROVED', 'REJECTED', 'SENT', 'RECEIVED', 'RECEIPT_REVERSED', 'CANCELLED', 'CLOSED'))
);

CREATE TABLE goods_receipts (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    purchase_order_id UUID NOT NULL,
    supplier_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    status TEXT NOT NULL,
    delivery_note TEXT,
    note TEXT,
    currency TEXT NOT NULL,
    exchange_rate cost NOT NULL,
    net_amount cost NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    reversed_at TIMESTAMP WITH TIME ZONE,
    reversed_by TEXT,
    reversal_reason TEXT,
    CONSTRAINT pk_goods_receipts PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_goods_receipts_tenant_id_purchase_order_id_purchase_orders FOREIGN KEY(tenant_id, purchase_order_id) REFERENCES purchase_orders (tenant_id, id),
    CONSTRAINT fk_goods_receipts_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT fk_goods_receipts_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT uq_goods_receipts_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT ck_goods_receipts_status_known CHECK (status IN ('POSTED', 'REVERSED')),
    CONSTRAINT ck_goods_receipts_reversal_has_time CHECK ((status = 'REVERSED') = (reversed_at IS NOT NULL)),
    CONSTRAINT ck_goods_receipts_amounts_positive CHECK (exchange_rate > 0 AND net_amount >= 0)
);

CREATE INDEX ix_goods_receipts_purchase_order_id ON goods_receipts (tenant_id, purchase_order_id, recorded_at);

CREATE TABLE goods_receipt_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    goods_receipt_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    purchase_order_line_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    disposition TEXT NOT NULL,
    quantity quantity NOT NULL,
    unit_price cost NOT NULL,
    unit_cost cost NOT NULL,
    location_id UUID,
    lot_code TEXT,
    expires_on DATE,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    reason TEXT,
    CONSTRAINT pk_goods_receipt_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_goods_receipt_lines_tenant_id_goods_receipt_id_goods_d691 FOREIGN KEY(tenant_id, goods_receipt_id) REFERENCES goods_receipts (tenant_id, id),
    CONSTRAINT fk_goods_receipt_lines_tenant_id_purchase_order_line_id_7377 FOREIGN KEY(tenant_id, purchase_order_line_id) REFERENCES purchase_order_lines (tenant_id, id),
    CONSTRAINT fk_goods_receipt_lines_tenant_id_location_id_locations FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT ck_goods_receipt_lines_disposition_known CHECK (disposition IN ('ACCEPTED', 'QUARANTINED', 'DAMAGED', 'REJECTED')),
    CONSTRAINT ck_goods_receipt_lines_quantity_positive CHECK (quantity > 0 AND unit_price >= 0 AND unit_cost >= 0)
);

CREATE INDEX ix_goods_receipt_lines_purchase_order_line_id ON goods_receipt_lines (tenant_id, purchase_order_line_id);

CREATE UNIQUE INDEX uq_goods_receipt_lines_position ON goods_receipt_lines (tenant_id, goods_receipt_id, position)
"""

GRANTS = {
    "document_numbers": "SELECT, INSERT, UPDATE",
    "purchase_orders": "SELECT, INSERT, UPDATE",
    "purchase_order_lines": "SELECT, INSERT, UPDATE, DELETE",
    "purchase_order_steps": "SELECT, INSERT",
    "goods_receipts": "SELECT, INSERT, UPDATE",
    "goods_receipt_lines": "SELECT, INSERT",
}
"""What the application may do with each table: what happened stays as it was told."""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table, grants in GRANTS.items():
        protect(table, grants=grants)


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
    op.execute(
        "ALTER TABLE tenants DROP COLUMN purchase_approvers, DROP COLUMN purchase_approval_limit,"
        " DROP COLUMN over_receipt_percent"
    )
