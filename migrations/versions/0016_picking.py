"""Create waves of picking, and what logistics tells of the deliveries of transfers."""

from alembic import op

from migrations.tenancy import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE transfer_deliveries (
    tenant_id UUID NOT NULL,
    transfer_id UUID NOT NULL,
    task_id TEXT NOT NULL,
    status TEXT NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    carrier TEXT,
    tracking_code TEXT,
    proof TEXT,
    note TEXT,
    failure_reason TEXT,
    version BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_transfer_deliveries PRIMARY KEY (tenant_id, transfer_id),
    CONSTRAINT fk_transfer_deliveries_tenant_id_transfer_id_transfers FOREIGN KEY(tenant_id, transfer_id) REFERENCES transfers (tenant_id, id),
    CONSTRAINT ck_transfer_deliveries_status_known CHECK (status IN ('EN_ROUTE', 'DELIVERED', 'FAILED', 'CANCELLED')),
    CONSTRAINT ck_transfer_deliveries_version_positive CHECK (version >= 1)
);

CREATE TABLE pick_waves (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    warehouse_id UUID NOT NULL,
    zone TEXT,
    status TEXT NOT NULL,
    picker_id TEXT,
    scheduled_at TIMESTAMP WITH TIME ZONE,
    released_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    packed_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_pick_waves PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_pick_waves_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT uq_pick_waves_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT ck_pick_waves_status_known CHECK (status IN ('DRAFT', 'RELEASED', 'PICKING', 'PICKED', 'PACKED', 'SHIPPED', 'CANCELLED')),
    CONSTRAINT ck_pick_waves_version_positive CHECK (version >= 1)
);

CREATE INDEX ix_pick_waves_created_at ON pick_waves (tenant_id, created_at, id);

CREATE INDEX ix_pick_waves_walked ON pick_waves (tenant_id, picker_id) WHERE status IN ('RELEASED', 'PICKING');

CREATE TABLE pick_tasks (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    wave_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    halt SMALLINT NOT NULL,
    source TEXT NOT NULL,
    document_id UUID NOT NULL,
    line_id UUID NOT NULL,
    source_id UUID NOT NULL,
    part SMALLINT NOT NULL,
    variant_id UUID NOT NULL,
    location_id UUID,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    quantity quantity NOT NULL,
    picked quantity DEFAULT '0' NOT NULL,
    short quantity DEFAULT '0' NOT NULL,
    short_reason TEXT,
    picked_serials TEXT[] DEFAULT '{}' NOT NULL,
    status TEXT NOT NULL,
    is_open BOOLEAN DEFAULT true NOT NULL,
    picked_by TEXT,
    picked_at TIMESTAMP WITH TIME ZONE,
    packed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_pick_tasks PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_pick_tasks_tenant_id_wave_id_pick_waves FOREIGN KEY(tenant_id, wave_id) REFERENCES pick_waves (tenant_id, id),
    CONSTRAINT fk_pick_tasks_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_pick_tasks_tenant_id_location_id_locations FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_pick_tasks_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT ck_pick_tasks_source_known CHECK (source IN ('RESERVATION', 'TRANSFER')),
    CONSTRAINT ck_pick_tasks_status_known CHECK (status IN ('OPEN', 'PICKED', 'SHORT', 'SHIPPED', 'WITHDRAWN', 'CANCELLED')),
    CONSTRAINT ck_pick_tasks_short_reason_known CHECK (short_reason IN ('NOT_FOUND', 'DAMAGED', 'EXPIRED', 'OTHER')),
    CONSTRAINT ck_pick_tasks_quantities_add_up CHECK (quantity > 0 AND picked >= 0 AND short >= 0 AND picked + short <= quantity),
    CONSTRAINT ck_pick_tasks_short_has_reason CHECK ((short > 0) = (short_reason IS NOT NULL))
);

CREATE INDEX ix_pick_tasks_document_id ON pick_tasks (tenant_id, document_id);

CREATE UNIQUE INDEX uq_pick_tasks_open_source ON pick_tasks (tenant_id, source_id, part) WHERE is_open;

CREATE UNIQUE INDEX uq_pick_tasks_position ON pick_tasks (tenant_id, wave_id, position)
"""

GRANTS = {
    "transfer_deliveries": "SELECT, INSERT, UPDATE",
    "pick_waves": "SELECT, INSERT, UPDATE",
    "pick_tasks": "SELECT, INSERT, UPDATE",
}
"""What the application may do with each table: nothing of it is ever taken back."""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table, grants in GRANTS.items():
        protect(table, grants=grants)


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.execute(f"DROP TABLE {table}")
