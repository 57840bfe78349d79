"""Create balances, quants, lots, serials and the ledger."""

from alembic import op

from migrations.roles import APP, WORKER
from migrations.tenancy import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Creates the monthly partitions of the ledger from last month to some months ahead. Runs as the owner, so that the worker,
# who calls it daily, owns nothing. What falls outside every month goes to movements_default.
PARTITIONS = """
CREATE FUNCTION ensure_movement_partitions(months_ahead int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  month date;
  partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(7305003);
  FOR month IN
    SELECT generate_series(
      date_trunc('month', now() AT TIME ZONE 'UTC'), date_trunc('month', now() AT TIME ZONE 'UTC')
        + make_interval(months => months_ahead), interval '1 month')
  LOOP
    partition := 'movements_' || to_char(month, 'YYYY_MM');
    IF to_regclass('public.' || partition) IS NULL THEN
      EXECUTE format(
        'CREATE TABLE public.%I PARTITION OF public.movements FOR VALUES FROM (%L) TO (%L)',
        partition, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
      EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
      EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
    END IF;
  END LOOP;
END
$$
"""

STATEMENTS = """
CREATE TABLE balances (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    variant_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    on_hand quantity DEFAULT '0' NOT NULL,
    reserved quantity DEFAULT '0' NOT NULL,
    quarantined quantity DEFAULT '0' NOT NULL,
    damaged quantity DEFAULT '0' NOT NULL,
    available quantity GENERATED ALWAYS AS (on_hand - reserved - quarantined - damaged) STORED NOT NULL,
    average_cost cost,
    negative_allowed BOOLEAN DEFAULT false NOT NULL,
    version BIGINT DEFAULT '0' NOT NULL,
    reorder_point quantity,
    safety_stock quantity DEFAULT '0' NOT NULL,
    is_low BOOLEAN GENERATED ALWAYS AS (coalesce(on_hand - reserved - quarantined - damaged <= reorder_point, false)) STORED NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_balances PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_balances_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_balances_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT uq_balances_tenant_id_variant_id_warehouse_id UNIQUE (tenant_id, variant_id, warehouse_id),
    CONSTRAINT ck_balances_states_not_negative CHECK (reserved >= 0 AND quarantined >= 0 AND damaged >= 0),
    CONSTRAINT ck_balances_available_not_negative CHECK (negative_allowed OR on_hand - reserved - quarantined - damaged >= 0),
    CONSTRAINT ck_balances_version_not_negative CHECK (version >= 0),
    CONSTRAINT ck_balances_levels_not_negative CHECK (reorder_point >= 0 AND safety_stock >= 0),
    CONSTRAINT ck_balances_average_cost_not_negative CHECK (average_cost >= 0)
);

CREATE INDEX ix_balances_low ON balances (tenant_id, variant_id) WHERE is_low;

CREATE INDEX ix_balances_warehouse_id ON balances (tenant_id, warehouse_id, variant_id);

CREATE TABLE lots (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    code TEXT NOT NULL,
    status TEXT DEFAULT 'ACTIVE' NOT NULL,
    manufactured_on DATE,
    best_before DATE,
    expires_on DATE,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_lots PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_lots_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT uq_lots_tenant_id_item_id_code UNIQUE (tenant_id, item_id, code),
    CONSTRAINT ck_lots_status_known CHECK (status IN ('ACTIVE', 'ON_HOLD', 'QUARANTINED', 'RECALLED'))
);

CREATE INDEX ix_lots_expires_on ON lots (tenant_id, expires_on);

CREATE TABLE quants (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    balance_id UUID NOT NULL,
    location_id UUID,
    lot_id UUID,
    state TEXT NOT NULL,
    quantity quantity NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_quants PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_quants_tenant_id_balance_id_balances FOREIGN KEY(tenant_id, balance_id) REFERENCES balances (tenant_id, id),
    CONSTRAINT fk_quants_tenant_id_location_id_locations FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_quants_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT uq_quants_tenant_id_balance_id_location_id_lot_id_state UNIQUE NULLS NOT DISTINCT (tenant_id, balance_id, location_id, lot_id, state),
    CONSTRAINT ck_quants_state_known CHECK (state IN ('AVAILABLE', 'RESERVED', 'QUARANTINED', 'DAMAGED')),
    CONSTRAINT ck_quants_quantity_not_negative CHECK (quantity >= 0 OR (state = 'AVAILABLE' AND lot_id IS NULL AND location_id IS NULL))
);

CREATE INDEX ix_quants_location_id ON quants (tenant_id, location_id);

CREATE INDEX ix_quants_lot_id ON quants (tenant_id, lot_id);

CREATE TABLE serials (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    serial TEXT NOT NULL,
    status TEXT NOT NULL,
    warehouse_id UUID,
    location_id UUID,
    lot_id UUID,
    state TEXT,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_serials PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_serials_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT fk_serials_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_serials_tenant_id_warehouse_id_warehouses FOREIGN KEY(tenant_id, warehouse_id) REFERENCES warehouses (tenant_id, id),
    CONSTRAINT fk_serials_tenant_id_location_id_locations FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_serials_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT uq_serials_tenant_id_item_id_serial UNIQUE (tenant_id, item_id, serial),
    CONSTRAINT ck_serials_status_known CHECK (status IN ('IN_STOCK', 'RESERVED', 'SOLD', 'RETURNED', 'DEFECTIVE', 'SCRAPPED')),
    CONSTRAINT ck_serials_state_known CHECK (state IN ('AVAILABLE', 'RESERVED', 'QUARANTINED', 'DAMAGED')),
    CONSTRAINT ck_serials_place_has_state CHECK ((warehouse_id IS NULL) = (state IS NULL))
);

CREATE INDEX ix_serials_variant_id ON serials (tenant_id, variant_id, warehouse_id, state);

CREATE TABLE movements (
    tenant_id UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    id UUID NOT NULL,
    balance_id UUID NOT NULL,
    balance_version BIGINT NOT NULL,
    ordinal SMALLINT NOT NULL,
    variant_id UUID NOT NULL,
    warehouse_id UUID NOT NULL,
    kind TEXT NOT NULL,
    quantity quantity NOT NULL,
    from_state TEXT,
    to_state TEXT,
    from_location_id UUID,
    to_location_id UUID,
    lot_id UUID,
    serials TEXT[] DEFAULT '{}' NOT NULL,
    unit_cost cost,
    value_change cost DEFAULT '0' NOT NULL,
    on_hand_after quantity NOT NULL,
    reserved_after quantity NOT NULL,
    quarantined_after quantity NOT NULL,
    damaged_after quantity NOT NULL,
    reason TEXT,
    note TEXT,
    reference_type TEXT,
    reference_id UUID,
    reference TEXT,
    command_id UUID NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_movements PRIMARY KEY (tenant_id, recorded_at, id),
    CONSTRAINT fk_movements_tenant_id_balance_id_balances FOREIGN KEY(tenant_id, balance_id) REFERENCES balances (tenant_id, id),
    CONSTRAINT fk_movements_tenant_id_lot_id_lots FOREIGN KEY(tenant_id, lot_id) REFERENCES lots (tenant_id, id),
    CONSTRAINT uq_movements_tenant_id_balance_id_balance_version_ordin_b95c UNIQUE (tenant_id, balance_id, balance_version, ordinal, recorded_at),
    CONSTRAINT ck_movements_quantity_positive CHECK (quantity > 0),
    CONSTRAINT ck_movements_states_known CHECK (from_state IN ('AVAILABLE', 'RESERVED', 'QUARANTINED', 'DAMAGED') AND to_state IN ('AVAILABLE', 'RESERVED', 'QUARANTINED', 'DAMAGED')),
    CONSTRAINT ck_movements_states_given CHECK (from_state IS NOT NULL OR to_state IS NOT NULL),
    CONSTRAINT ck_movements_version_positive CHECK (balance_version >= 1 AND ordinal >= 0)
)
PARTITION BY RANGE (recorded_at);

CREATE INDEX ix_movements_lot_id ON movements (tenant_id, lot_id) WHERE lot_id IS NOT NULL;

CREATE INDEX ix_movements_occurred_at ON movements (tenant_id, balance_id, occurred_at);

CREATE TABLE movement_serials (
    tenant_id UUID NOT NULL,
    serial_id UUID NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    movement_id UUID NOT NULL,
    CONSTRAINT pk_movement_serials PRIMARY KEY (tenant_id, serial_id, recorded_at, movement_id),
    CONSTRAINT fk_movement_serials_tenant_id_serial_id_serials FOREIGN KEY(tenant_id, serial_id) REFERENCES serials (tenant_id, id)
);

CREATE TABLE postings (
    tenant_id UUID NOT NULL,
    document_type TEXT NOT NULL,
    document_id UUID NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    command_id UUID NOT NULL,
    CONSTRAINT pk_postings PRIMARY KEY (tenant_id, document_type, document_id, line, kind),
    CONSTRAINT fk_postings_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE TABLE movements_default PARTITION OF movements DEFAULT;

ALTER TABLE movements_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE movements_default FORCE ROW LEVEL SECURITY
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table in ("balances", "lots", "quants", "serials"):
        protect(table, grants="SELECT, INSERT, UPDATE")
    op.execute(f"GRANT DELETE ON quants TO {APP}")
    for table in ("movements", "movement_serials", "postings"):
        protect(table, grants="SELECT, INSERT")
    op.execute(PARTITIONS)
    op.execute("REVOKE EXECUTE ON FUNCTION ensure_movement_partitions(int) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ensure_movement_partitions(int) TO {WORKER}")
    op.execute("SELECT ensure_movement_partitions(3)")


def downgrade() -> None:
    op.execute("DROP FUNCTION ensure_movement_partitions(int)")
    op.execute("DROP TABLE postings")
    op.execute("DROP TABLE movement_serials")
    op.execute("DROP TABLE movements")
    op.execute("DROP TABLE serials")
    op.execute("DROP TABLE quants")
    op.execute("DROP TABLE lots")
    op.execute("DROP TABLE balances")
