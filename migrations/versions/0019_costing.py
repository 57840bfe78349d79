"""Keep the cost of stock in layers where a tenant wants it, tell of every change of value, and create landed costs."""

from alembic import op

from migrations.tenancy import protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE tenants ADD COLUMN costing_method TEXT DEFAULT 'AVERAGE' NOT NULL;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_costing_method_known CHECK (costing_method IN ('AVERAGE', 'FIFO')) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_costing_method_known;

ALTER TABLE categories ADD COLUMN costing_method TEXT, ADD COLUMN costing_method_in_force TEXT;

ALTER TABLE categories ADD CONSTRAINT ck_categories_costing_method_known CHECK (costing_method IN ('AVERAGE', 'FIFO') AND costing_method_in_force IN ('AVERAGE', 'FIFO')) NOT VALID;

ALTER TABLE categories VALIDATE CONSTRAINT ck_categories_costing_method_known;

ALTER TABLE balances ADD COLUMN costing_method TEXT DEFAULT 'AVERAGE' NOT NULL, ADD COLUMN layers_value cost;

ALTER TABLE balances ADD CONSTRAINT ck_balances_costing_method_known CHECK (costing_method IN ('AVERAGE', 'FIFO') AND (costing_method = 'FIFO') = (layers_value IS NOT NULL)) NOT VALID;

ALTER TABLE balances VALIDATE CONSTRAINT ck_balances_costing_method_known;

CREATE TABLE cost_layers (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    balance_id UUID NOT NULL,
    received_version BIGINT NOT NULL,
    received_ordinal SMALLINT NOT NULL,
    received quantity NOT NULL,
    quantity quantity NOT NULL,
    value cost NOT NULL,
    unit_cost cost,
    document_id UUID,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_cost_layers PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_cost_layers_tenant_id_balance_id_balances FOREIGN KEY(tenant_id, balance_id) REFERENCES balances (tenant_id, id),
    CONSTRAINT ck_cost_layers_quantity_within CHECK (received > 0 AND quantity BETWEEN 0 AND received),
    CONSTRAINT ck_cost_layers_value_of_what_is_left CHECK (value >= 0 AND (quantity > 0 OR value = 0))
);

CREATE INDEX ix_cost_layers_open ON cost_layers (tenant_id, balance_id, received_version, received_ordinal) WHERE quantity > 0;

CREATE TABLE cost_adjustments (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    balance_id UUID NOT NULL,
    movement_id UUID,
    kind TEXT NOT NULL,
    value_change cost NOT NULL,
    issued_value cost NOT NULL,
    reference_type TEXT,
    reference_id UUID,
    reference TEXT,
    command_id UUID NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_cost_adjustments PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_cost_adjustments_tenant_id_balance_id_balances FOREIGN KEY(tenant_id, balance_id) REFERENCES balances (tenant_id, id),
    CONSTRAINT ck_cost_adjustments_kind_known CHECK (kind IN ('TRUE_UP', 'LANDED_COST', 'FREIGHT', 'METHOD'))
);

CREATE INDEX ix_cost_adjustments_balance_id ON cost_adjustments (tenant_id, balance_id, occurred_at, id);

CREATE INDEX ix_cost_adjustments_movement_id ON cost_adjustments (tenant_id, movement_id);

CREATE INDEX ix_cost_adjustments_reference_id ON cost_adjustments (tenant_id, reference_id);

CREATE INDEX ix_cost_adjustments_command_id ON cost_adjustments (tenant_id, command_id, id);

CREATE TABLE landed_costs (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount cost NOT NULL,
    currency TEXT NOT NULL,
    exchange_rate cost NOT NULL,
    cost_amount cost NOT NULL,
    value_change cost NOT NULL,
    issued_value cost NOT NULL,
    spread_by TEXT NOT NULL,
    description TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_landed_costs PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_landed_costs_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_landed_costs_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT ck_landed_costs_kind_known CHECK (kind IN ('LANDED_COST', 'FREIGHT')),
    CONSTRAINT ck_landed_costs_spread_by_known CHECK (spread_by IN ('VALUE', 'WEIGHT', 'VOLUME', 'COUNT')),
    CONSTRAINT ck_landed_costs_nothing_lost CHECK (cost_amount = value_change + issued_value)
);

CREATE INDEX ix_landed_costs_recorded_at ON landed_costs (tenant_id, recorded_at, id)
"""

GRANTS = {
    "cost_layers": "SELECT, INSERT, UPDATE",
    "cost_adjustments": "SELECT, INSERT",
    "landed_costs": "SELECT, INSERT",
}
"""What the application may do with each table: what was told of a cost stays as it was told."""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table, grants in GRANTS.items():
        protect(table, grants=grants)


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
    # What is kept by FIFO goes on at the average that it was worth.
    op.execute("ALTER TABLE balances DROP COLUMN costing_method, DROP COLUMN layers_value")
    op.execute("ALTER TABLE categories DROP COLUMN costing_method, DROP COLUMN costing_method_in_force")
    op.execute("ALTER TABLE tenants DROP COLUMN costing_method")
