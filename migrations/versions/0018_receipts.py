"""Let goods receipts be of several purchase orders or of none, goods go back, and invoices
be matched; let roles approve up to a limit."""

from alembic import op

from migrations.tenancy import protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE roles ADD COLUMN purchase_approval_limit cost;

ALTER TABLE tenants ADD COLUMN match_quantity_percent quantity DEFAULT '0' NOT NULL, ADD COLUMN match_price_percent quantity DEFAULT '0' NOT NULL, ADD COLUMN match_amount cost DEFAULT '0' NOT NULL;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_match_tolerances_range CHECK (match_quantity_percent BETWEEN 0 AND 100 AND match_price_percent BETWEEN 0 AND 100 AND match_amount >= 0) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_match_tolerances_range;

ALTER TABLE goods_receipts ALTER COLUMN purchase_order_id DROP NOT NULL;

ALTER TABLE goods_receipt_lines ALTER COLUMN purchase_order_line_id DROP NOT NULL;

CREATE TABLE supplier_returns (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    supplier_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    goods_receipt_id UUID,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    reference TEXT,
    currency TEXT NOT NULL,
    net_amount cost NOT NULL,
    shipped_at TIMESTAMP WITH TIME ZONE NOT NULL,
    shipped_by TEXT NOT NULL,
    credit_note TEXT,
    credit_amount cost,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by TEXT,
    cancellation_reason TEXT,
    CONSTRAINT pk_supplier_returns PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_supplier_returns_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT fk_supplier_returns_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_supplier_returns_tenant_id_goods_receipt_id_goods_receipts FOREIGN KEY(tenant_id, goods_receipt_id) REFERENCES goods_receipts (tenant_id, id),
    CONSTRAINT uq_supplier_returns_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT ck_supplier_returns_status_known CHECK (status IN ('SHIPPED', 'CREDITED', 'CANCELLED')),
    CONSTRAINT ck_supplier_returns_resolution_has_time CHECK ((status = 'SHIPPED') = (resolved_at IS NULL)),
    CONSTRAINT ck_supplier_returns_credit_has_amount CHECK ((status = 'CREDITED') = (credit_amount IS NOT NULL)),
    CONSTRAINT ck_supplier_returns_amounts_not_negative CHECK (net_amount >= 0 AND credit_amount >= 0)
);

CREATE INDEX ix_supplier_returns_goods_receipt_id ON supplier_returns (tenant_id, goods_receipt_id);

CREATE INDEX ix_supplier_returns_shipped_at ON supplier_returns (tenant_id, shipped_at, id);

CREATE INDEX ix_supplier_returns_supplier_id ON supplier_returns (tenant_id, supplier_id);

CREATE TABLE supplier_return_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    supplier_return_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    goods_receipt_line_id UUID,
    variant_id UUID NOT NULL,
    quantity quantity NOT NULL,
    state TEXT NOT NULL,
    unit_cost cost,
    net_amount cost NOT NULL,
    location_id UUID,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_supplier_return_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_supplier_return_lines_tenant_id_supplier_return_id_s_8fee FOREIGN KEY(tenant_id, supplier_return_id) REFERENCES supplier_returns (tenant_id, id),
    CONSTRAINT fk_supplier_return_lines_tenant_id_goods_receipt_line_i_607b FOREIGN KEY(tenant_id, goods_receipt_line_id) REFERENCES goods_receipt_lines (tenant_id, id),
    CONSTRAINT fk_supplier_return_lines_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_supplier_return_lines_tenant_id_location_id_locations FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_supplier_return_lines_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT ck_supplier_return_lines_state_known CHECK (state IN ('AVAILABLE', 'QUARANTINED', 'DAMAGED')),
    CONSTRAINT ck_supplier_return_lines_quantity_positive CHECK (quantity > 0 AND unit_cost >= 0 AND net_amount >= 0)
);

CREATE INDEX ix_supplier_return_lines_goods_receipt_line_id ON supplier_return_lines (tenant_id, goods_receipt_line_id);

CREATE UNIQUE INDEX uq_supplier_return_lines_position ON supplier_return_lines (tenant_id, supplier_return_id, position);

CREATE TABLE supplier_invoices (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    supplier_id UUID NOT NULL,
    status TEXT NOT NULL,
    issued_on DATE NOT NULL,
    currency TEXT NOT NULL,
    net_amount cost NOT NULL,
    tax_amount cost NOT NULL,
    shipping_amount cost NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    voided_at TIMESTAMP WITH TIME ZONE,
    voided_by TEXT,
    void_reason TEXT,
    CONSTRAINT pk_supplier_invoices PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_supplier_invoices_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT ck_supplier_invoices_status_known CHECK (status IN ('RECORDED', 'VOIDED')),
    CONSTRAINT ck_supplier_invoices_void_has_time CHECK ((status = 'VOIDED') = (voided_at IS NOT NULL)),
    CONSTRAINT ck_supplier_invoices_amounts_not_negative CHECK (net_amount >= 0 AND tax_amount >= 0 AND shipping_amount >= 0)
);

CREATE UNIQUE INDEX uq_supplier_invoices_number ON supplier_invoices (tenant_id, supplier_id, number) WHERE status = 'RECORDED';

CREATE TABLE supplier_invoice_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    supplier_invoice_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    purchase_order_line_id UUID NOT NULL,
    quantity quantity NOT NULL,
    unit_price cost NOT NULL,
    tax_percent quantity NOT NULL,
    net_amount cost NOT NULL,
    tax_amount cost NOT NULL,
    CONSTRAINT pk_supplier_invoice_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_supplier_invoice_lines_tenant_id_supplier_invoice_id_a7e6 FOREIGN KEY(tenant_id, supplier_invoice_id) REFERENCES supplier_invoices (tenant_id, id),
    CONSTRAINT fk_supplier_invoice_lines_tenant_id_purchase_order_line_fa32 FOREIGN KEY(tenant_id, purchase_order_line_id) REFERENCES purchase_order_lines (tenant_id, id),
    CONSTRAINT ck_supplier_invoice_lines_quantity_positive CHECK (quantity > 0 AND unit_price >= 0 AND tax_percent >= 0)
);

CREATE INDEX ix_supplier_invoice_lines_purchase_order_line_id ON supplier_invoice_lines (tenant_id, purchase_order_line_id);

CREATE UNIQUE INDEX uq_supplier_invoice_lines_position ON supplier_invoice_lines (tenant_id, supplier_invoice_id, position);

CREATE TABLE supplier_invoice_orders (
    tenant_id UUID NOT NULL,
    supplier_invoice_id UUID NOT NULL,
    purchase_order_id UUID NOT NULL,
    shipping_amount cost NOT NULL,
    CONSTRAINT pk_supplier_invoice_orders PRIMARY KEY (tenant_id, supplier_invoice_id, purchase_order_id),
    CONSTRAINT fk_supplier_invoice_orders_tenant_id_supplier_invoice_i_7030 FOREIGN KEY(tenant_id, supplier_invoice_id) REFERENCES supplier_invoices (tenant_id, id),
    CONSTRAINT fk_supplier_invoice_orders_tenant_id_purchase_order_id__0d74 FOREIGN KEY(tenant_id, purchase_order_id) REFERENCES purchase_orders (tenant_id, id),
    CONSTRAINT ck_supplier_invoice_orders_shipping_not_negative CHECK (shipping_amount >= 0)
);

CREATE INDEX ix_supplier_invoice_orders_purchase_order_id ON supplier_invoice_orders (tenant_id, purchase_order_id)
"""


GRANTS = {
    "supplier_returns": "SELECT, INSERT, UPDATE",
    "supplier_return_lines": "SELECT, INSERT",
    "supplier_invoices": "SELECT, INSERT, UPDATE",
    "supplier_invoice_lines": "SELECT, INSERT",
    "supplier_invoice_orders": "SELECT, INSERT",
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
    # Receipts of several orders or of none stand in the way: a program before this revision cannot tell of them.
    op.execute("ALTER TABLE goods_receipt_lines ALTER COLUMN purchase_order_line_id SET NOT NULL")
    op.execute("ALTER TABLE goods_receipts ALTER COLUMN purchase_order_id SET NOT NULL")
    op.execute("ALTER TABLE roles DROP COLUMN purchase_approval_limit")
    op.execute(
        "ALTER TABLE tenants DROP COLUMN match_quantity_percent, DROP COLUMN match_price_percent, DROP COLUMN match_amount"
    )
