"""Keep suppliers' prices, contacts and payment details, rules of replenishment, and what was asked for each day."""

from alembic import op

from migrations.tenancy import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE supplier_prices (
    tenant_id UUID NOT NULL,
    supplier_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    minimum_quantity quantity NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE,
    unit_price cost NOT NULL,
    CONSTRAINT pk_supplier_prices PRIMARY KEY (tenant_id, supplier_id, variant_id, minimum_quantity, valid_from),
    CONSTRAINT fk_supplier_prices_tenant_id_supplier_id_variant_id_sup_9a08 FOREIGN KEY(tenant_id, supplier_id, variant_id) REFERENCES supplier_items (tenant_id, supplier_id, variant_id),
    CONSTRAINT ck_supplier_prices_amounts_not_negative CHECK (minimum_quantity >= 0 AND unit_price >= 0),
    CONSTRAINT ck_supplier_prices_ends_after_it_begins CHECK (valid_to > valid_from)
);

CREATE TABLE supplier_contacts (
    tenant_id UUID NOT NULL,
    supplier_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    name TEXT NOT NULL,
    role TEXT,
    email TEXT,
    phone TEXT,
    CONSTRAINT pk_supplier_contacts PRIMARY KEY (tenant_id, supplier_id, position),
    CONSTRAINT fk_supplier_contacts_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT ck_supplier_contacts_position_not_negative CHECK (position >= 0)
);

CREATE TABLE supplier_payments (
    tenant_id UUID NOT NULL,
    supplier_id UUID NOT NULL,
    method TEXT NOT NULL,
    tax_pin TEXT,
    mpesa_phone TEXT,
    mpesa_business_name TEXT,
    bank_name TEXT,
    bank_account_number TEXT,
    paystack_recipient_code TEXT,
    requires_invoice BOOLEAN DEFAULT true NOT NULL,
    is_automatic BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_supplier_payments PRIMARY KEY (tenant_id, supplier_id),
    CONSTRAINT fk_supplier_payments_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT ck_supplier_payments_method_known CHECK (method IN ('CASH', 'CHEQUE', 'BANK_TRANSFER', 'MPESA', 'PAYSTACK'))
);

CREATE TABLE replenishment_rules (
    tenant_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    method TEXT NOT NULL,
    maximum quantity,
    order_quantity quantity,
    service_level quantity,
    demand_days SMALLINT NOT NULL,
    review_days SMALLINT NOT NULL,
    supplier_id UUID,
    from_warehouse_id UUID,
    is_active BOOLEAN NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    updated_by TEXT NOT NULL,
    CONSTRAINT pk_replenishment_rules PRIMARY KEY (tenant_id, variant_id, warehouse_id),
    CONSTRAINT fk_replenishment_rules_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_replenishment_rules_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_replenishment_rules_tenant_id_from_warehouse_id_warehouses FOREIGN KEY(tenant_id, from_warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_replenishment_rules_tenant_id_supplier_id_suppliers FOREIGN KEY(tenant_id, supplier_id) REFERENCES suppliers (tenant_id, id),
    CONSTRAINT ck_replenishment_rules_method_known CHECK (method IN ('MIN_MAX', 'REORDER_POINT', 'DEMAND')),
    CONSTRAINT ck_replenishment_rules_method_has_its_numbers CHECK ((method = 'MIN_MAX') = (maximum IS NOT NULL) AND (method = 'REORDER_POINT') = (order_quantity IS NOT NULL) AND (method = 'DEMAND') = (service_level IS NOT NULL)),
    CONSTRAINT ck_replenishment_rules_numbers_in_range CHECK (maximum >= 0 AND order_quantity > 0 AND service_level >= 50 AND service_level < 100 AND demand_days >= 2 AND review_days >= 0),
    CONSTRAINT ck_replenishment_rules_warehouses_differ CHECK (from_warehouse_id <> warehouse_id)
);

CREATE INDEX ix_replenishment_rules_warehouse_id ON replenishment_rules (tenant_id, warehouse_id, variant_id);

CREATE TABLE daily_demand (
    tenant_id UUID NOT NULL,
    balance_id UUID NOT NULL,
    day DATE NOT NULL,
    quantity quantity NOT NULL,
    CONSTRAINT pk_daily_demand PRIMARY KEY (tenant_id, balance_id, day),
    CONSTRAINT fk_daily_demand_tenant_id_balance_id_balances FOREIGN KEY(tenant_id, balance_id) REFERENCES balances (tenant_id, id)
);

CREATE TABLE demand_heads (
    tenant_id UUID NOT NULL,
    counted_to TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_demand_heads PRIMARY KEY (tenant_id),
    CONSTRAINT fk_demand_heads_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
)
"""

GRANTS = {
    "supplier_prices": "SELECT, INSERT, DELETE",
    "supplier_contacts": "SELECT, INSERT, DELETE",
    "supplier_payments": "SELECT, INSERT, UPDATE",
    "replenishment_rules": "SELECT, INSERT, UPDATE, DELETE",
    "daily_demand": "SELECT, INSERT, UPDATE",
    "demand_heads": "SELECT, INSERT, UPDATE",
}
"""What the application may do with each table."""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table, grants in GRANTS.items():
        protect(table, grants=grants)


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
