"""Create transfers between warehouses, and know pieces that are on their way."""

from alembic import op

from migrations.tenancy import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE serials DROP CONSTRAINT ck_serials_status_known;

ALTER TABLE serials ADD CONSTRAINT ck_serials_status_known CHECK (status IN ('IN_STOCK', 'RESERVED', 'IN_TRANSIT', 'SOLD', 'RETURNED', 'DEFECTIVE', 'SCRAPPED')) NOT VALID;

ALTER TABLE serials VALIDATE CONSTRAINT ck_serials_status_known;

CREATE TABLE transfers (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    from_warehouse_id UUID NOT NULL,
    to_warehouse_id UUID NOT NULL,
    status TEXT NOT NULL,
    is_fully_shipped BOOLEAN DEFAULT false NOT NULL,
    expected_at TIMESTAMP WITH TIME ZONE,
    reference TEXT,
    note TEXT,
    submitted_by TEXT,
    approved_by TEXT,
    shipped_at TIMESTAMP WITH TIME ZONE,
    received_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_transfers PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_transfers_tenant_id_from_warehouse_id_warehouses FOREIGN KEY(tenant_id, from_warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_transfers_tenant_id_to_warehouse_id_warehouses FOREIGN KEY(tenant_id, to_warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT uq_transfers_tenant_id_number UNIQUE (tenant_id, number),
    CONSTRAINT ck_transfers_status_known CHECK (status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SHIPPED', 'PARTIALLY_RECEIVED', 'COMPLETED', 'CANCELLED')),
    CONSTRAINT ck_transfers_warehouses_differ CHECK (from_warehouse_id <> to_warehouse_id),
    CONSTRAINT ck_transfers_version_positive CHECK (version >= 1)
);

CREATE INDEX ix_transfers_created_at ON transfers (tenant_id, created_at, id);

CREATE INDEX ix_transfers_from_warehouse_id ON transfers (tenant_id, from_warehouse_id);

CREATE INDEX ix_transfers_to_warehouse_id ON transfers (tenant_id, to_warehouse_id);

CREATE TABLE transfer_lines (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    transfer_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    variant_id UUID NOT NULL,
    quantity quantity NOT NULL,
    lot_code TEXT,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    shipped quantity DEFAULT '0' NOT NULL,
    received quantity DEFAULT '0' NOT NULL,
    damaged quantity DEFAULT '0' NOT NULL,
    lost quantity DEFAULT '0' NOT NULL,
    returned quantity DEFAULT '0' NOT NULL,
    "over" quantity DEFAULT '0' NOT NULL,
    CONSTRAINT pk_transfer_lines PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_transfer_lines_tenant_id_transfer_id_transfers FOREIGN KEY(tenant_id, transfer_id) REFERENCES transfers (tenant_id, id),
    CONSTRAINT fk_transfer_lines_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT ck_transfer_lines_quantities_positive CHECK (quantity > 0 AND shipped BETWEEN 0 AND quantity),
    CONSTRAINT ck_transfer_lines_outcomes_within_shipped CHECK (received >= 0 AND damaged >= 0 AND lost >= 0 AND returned >= 0 AND over >= 0 AND received + lost + returned <= shipped)
);

CREATE INDEX ix_transfer_lines_variant_id ON transfer_lines (tenant_id, variant_id);

CREATE UNIQUE INDEX uq_transfer_lines_position ON transfer_lines (tenant_id, transfer_id, position);

CREATE TABLE transfer_parcels (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    transfer_id UUID NOT NULL,
    line_id UUID NOT NULL,
    position INTEGER NOT NULL,
    variant_id UUID NOT NULL,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    serials_left TEXT[] DEFAULT '{}' NOT NULL,
    quantity quantity NOT NULL,
    in_transit quantity NOT NULL,
    unit_cost cost,
    from_location_id UUID,
    shipped_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_transfer_parcels PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_transfer_parcels_tenant_id_transfer_id_transfers FOREIGN KEY(tenant_id, transfer_id) REFERENCES transfers (tenant_id, id),
    CONSTRAINT fk_transfer_parcels_tenant_id_line_id_transfer_lines FOREIGN KEY(tenant_id, line_id) REFERENCES transfer_lines (tenant_id, id),
    CONSTRAINT fk_transfer_parcels_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT fk_transfer_parcels_tenant_id_from_location_id_locations FOREIGN KEY(tenant_id, from_location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT ck_transfer_parcels_in_transit_within CHECK (quantity > 0 AND in_transit BETWEEN 0 AND quantity)
);

CREATE INDEX ix_transfer_parcels_line_id ON transfer_parcels (tenant_id, line_id);

CREATE INDEX ix_transfer_parcels_open ON transfer_parcels (tenant_id, variant_id) WHERE in_transit > 0;

CREATE UNIQUE INDEX uq_transfer_parcels_position ON transfer_parcels (tenant_id, transfer_id, position);

CREATE TABLE transfer_outcomes (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    transfer_id UUID NOT NULL,
    line_id UUID NOT NULL,
    parcel_id UUID,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT,
    quantity quantity NOT NULL,
    unit_cost cost,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    location_id UUID,
    reason TEXT,
    note TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_transfer_outcomes PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_transfer_outcomes_tenant_id_transfer_id_transfers FOREIGN KEY(tenant_id, transfer_id) REFERENCES transfers (tenant_id, id),
    CONSTRAINT fk_transfer_outcomes_tenant_id_line_id_transfer_lines FOREIGN KEY(tenant_id, line_id) REFERENCES transfer_lines (tenant_id, id),
    CONSTRAINT fk_transfer_outcomes_tenant_id_parcel_id_transfer_parcels FOREIGN KEY(tenant_id, parcel_id) REFERENCES transfer_parcels (tenant_id, id),
    CONSTRAINT fk_transfer_outcomes_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT fk_transfer_outcomes_tenant_id_location_id_locations FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT ck_transfer_outcomes_kind_known CHECK (kind IN ('RECEIVED', 'OVER', 'LOST', 'RETURNED')),
    CONSTRAINT ck_transfer_outcomes_parcel_unless_over CHECK ((kind = 'OVER') = (parcel_id IS NULL)),
    CONSTRAINT ck_transfer_outcomes_state_unless_lost CHECK ((kind = 'LOST') = (state IS NULL)),
    CONSTRAINT ck_transfer_outcomes_quantity_positive CHECK (quantity > 0)
);

CREATE INDEX ix_transfer_outcomes_line_id ON transfer_outcomes (tenant_id, line_id, at);

CREATE TABLE transfer_steps (
    tenant_id UUID NOT NULL,
    transfer_id UUID NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    reason TEXT,
    details JSONB,
    CONSTRAINT pk_transfer_steps PRIMARY KEY (tenant_id, transfer_id, version),
    CONSTRAINT fk_transfer_steps_tenant_id_transfer_id_transfers FOREIGN KEY(tenant_id, transfer_id) REFERENCES transfers (tenant_id, id),
    CONSTRAINT ck_transfer_steps_kind_known CHECK (kind IN ('CREATED', 'UPDATED', 'SUBMITTED', 'APPROVED', 'REJECTED', 'SHIPPED', 'RECEIVED', 'LOST', 'COMPLETED', 'CANCELLED'))
)
"""

GRANTS = {
    "transfers": "SELECT, INSERT, UPDATE",
    "transfer_lines": "SELECT, INSERT, UPDATE, DELETE",
    "transfer_parcels": "SELECT, INSERT, UPDATE",
    "transfer_outcomes": "SELECT, INSERT",
    "transfer_steps": "SELECT, INSERT",
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
    op.execute("ALTER TABLE serials DROP CONSTRAINT ck_serials_status_known")
    # Pieces may be on their way: they stay as they are, and nothing new becomes so.
    op.execute(
        "ALTER TABLE serials ADD CONSTRAINT ck_serials_status_known CHECK"
        " (status IN ('IN_STOCK', 'RESERVED', 'SOLD', 'RETURNED', 'DEFECTIVE', 'SCRAPPED')) NOT VALID"
    )
