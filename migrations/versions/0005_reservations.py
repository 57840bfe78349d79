"""Create holds, reservations, backorders and consumption."""

from alembic import op

from migrations.roles import WORKER
from migrations.tenancy import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE balances ADD COLUMN holds_expire_at TIMESTAMP WITH TIME ZONE;

CREATE TABLE holds (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    owner_id UUID NOT NULL,
    line_id UUID NOT NULL,
    balance_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    location_id UUID,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    quantity quantity NOT NULL,
    committed quantity DEFAULT '0' NOT NULL,
    released quantity DEFAULT '0' NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_holds PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_holds_tenant_id_balance_id_balances FOREIGN KEY(tenant_id, balance_id) REFERENCES balances (tenant_id, id),
    CONSTRAINT ck_holds_quantities_not_negative CHECK (quantity >= 0 AND committed >= 0 AND released >= 0)
);

CREATE INDEX ix_holds_open ON holds (tenant_id, balance_id, expires_at) WHERE quantity > 0;

CREATE INDEX ix_holds_owner_id ON holds (tenant_id, owner_id);

CREATE TABLE reservations (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    owner TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    order_id UUID,
    reference TEXT,
    warehouse_id UUID,
    outlet_id UUID,
    priority INTEGER DEFAULT '0' NOT NULL,
    fills_partially BOOLEAN DEFAULT true NOT NULL,
    minimum_shelf_life_days INTEGER,
    expires_at TIMESTAMP WITH TIME ZONE,
    pickup_at TIMESTAMP WITH TIME ZONE,
    pickup_until TIMESTAMP WITH TIME ZONE,
    ready_at TIMESTAMP WITH TIME ZONE,
    collected_at TIMESTAMP WITH TIME ZONE,
    no_show_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_reservations PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_reservations_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT ck_reservations_type_known CHECK (type IN ('ORDER', 'CLICK_AND_COLLECT', 'POS', 'TRANSFER', 'PRODUCTION')),
    CONSTRAINT ck_reservations_status_known CHECK (status IN ('HELD', 'PARTIALLY_COMMITTED', 'COMMITTED', 'RELEASED', 'EXPIRED')),
    CONSTRAINT ck_reservations_version_positive CHECK (version >= 1)
);

CREATE INDEX ix_reservations_created_at ON reservations (tenant_id, created_at, id);

CREATE INDEX ix_reservations_due ON reservations (expires_at, tenant_id) WHERE status IN ('HELD', 'PARTIALLY_COMMITTED');

CREATE INDEX ix_reservations_order_id ON reservations (tenant_id, order_id) WHERE order_id IS NOT NULL;

CREATE UNIQUE INDEX uq_reservations_live_owner ON reservations (tenant_id, owner) WHERE status IN ('HELD', 'PARTIALLY_COMMITTED');

CREATE TABLE reservation_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    reservation_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    line_reference TEXT NOT NULL,
    variant_id UUID NOT NULL,
    requested quantity NOT NULL,
    reserved quantity NOT NULL,
    committed quantity NOT NULL,
    released quantity NOT NULL,
    backordered quantity NOT NULL,
    step quantity NOT NULL,
    needs JSONB,
    lot_code TEXT,
    CONSTRAINT pk_reservation_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_reservation_lines_tenant_id_reservation_id_reservations FOREIGN KEY(tenant_id, reservation_id) REFERENCES reservations (tenant_id, id),
    CONSTRAINT ck_reservation_lines_quantities_add_up CHECK (requested > 0 AND reserved >= 0 AND committed >= 0 AND released >= 0 AND backordered >= 0 AND reserved + committed + released + backordered <= requested)
);

CREATE UNIQUE INDEX uq_reservation_lines_line_reference ON reservation_lines (tenant_id, reservation_id, line_reference);

CREATE TABLE reservation_steps (
    tenant_id UUID NOT NULL,
    reservation_id UUID NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    reason TEXT,
    details JSONB,
    CONSTRAINT pk_reservation_steps PRIMARY KEY (tenant_id, reservation_id, version),
    CONSTRAINT ck_reservation_steps_kind_known CHECK (kind IN ('HELD', 'CHANGED', 'EXTENDED', 'COMMITTED', 'RELEASED', 'EXPIRED', 'READY', 'NO_SHOW', 'ASSIGNED', 'BACKORDER_FILLED', 'CONSUMED'))
);

CREATE TABLE backorders (
    tenant_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    line_id UUID NOT NULL,
    reservation_id UUID NOT NULL,
    warehouse_id UUID,
    priority INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_backorders PRIMARY KEY (tenant_id, variant_id, line_id),
    CONSTRAINT fk_backorders_tenant_id_reservation_id_reservations FOREIGN KEY(tenant_id, reservation_id) REFERENCES reservations (tenant_id, id)
);

CREATE INDEX ix_backorders_reservation_id ON backorders (tenant_id, reservation_id);

CREATE TABLE consumptions (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    scope TEXT NOT NULL,
    source TEXT NOT NULL,
    reservation_id UUID,
    line_reference TEXT,
    variant_id UUID NOT NULL,
    quantity quantity NOT NULL,
    shortfall quantity NOT NULL,
    claimed quantity NOT NULL,
    reversed quantity NOT NULL,
    step quantity NOT NULL,
    reason TEXT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_consumptions PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_consumptions_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT ck_consumptions_source_known CHECK (source IN ('RESERVATION', 'HOLD', 'DIRECT')),
    CONSTRAINT ck_consumptions_quantities_add_up CHECK (quantity >= 0 AND shortfall >= 0 AND claimed >= 0 AND claimed <= quantity AND reversed >= 0 AND shortfall + reversed <= quantity)
);

CREATE INDEX ix_consumptions_scope ON consumptions (tenant_id, scope);

CREATE UNIQUE INDEX uq_consumptions_line_reference ON consumptions (tenant_id, scope, line_reference) WHERE line_reference IS NOT NULL;

CREATE TABLE consumption_components (
    tenant_id UUID NOT NULL,
    consumption_id UUID NOT NULL,
    ordinal SMALLINT NOT NULL,
    variant_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    location_id UUID,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    quantity quantity NOT NULL,
    reversed quantity NOT NULL,
    unit_cost cost,
    CONSTRAINT pk_consumption_components PRIMARY KEY (tenant_id, consumption_id, ordinal),
    CONSTRAINT fk_consumption_components_tenant_id_consumption_id_consumptions FOREIGN KEY(tenant_id, consumption_id) REFERENCES consumptions (tenant_id, id),
    CONSTRAINT ck_consumption_components_quantities_add_up CHECK (quantity > 0 AND reversed >= 0 AND reversed <= quantity)
)
"""

TABLES = (
    "holds", "reservations", "reservation_lines", "reservation_steps", "backorders", "consumptions",
    "consumption_components",
)  # fmt: skip


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table in ("holds", "reservations", "reservation_lines", "consumptions", "consumption_components"):
        protect(table, grants="SELECT, INSERT, UPDATE")
    protect("reservation_steps", grants="SELECT, INSERT")
    protect("backorders")
    # The sweeper looks for whose holds are due and who waits, whatever the tenant; it then works for one tenant at a time.
    for table in ("reservations", "backorders"):
        op.execute(f"CREATE POLICY worker ON {table} FOR SELECT TO {WORKER} USING (true)")
    # What the sweeper gives back leaves the quant it was held in empty.
    op.execute(f"GRANT DELETE ON quants TO {WORKER}")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON quants FROM {WORKER}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE balances DROP COLUMN holds_expire_at")
