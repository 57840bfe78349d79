"""Add where warehouses are, and how a tenant's reservations choose among them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE warehouses ADD COLUMN latitude NUMERIC(9, 6), ADD COLUMN longitude NUMERIC(9, 6);

ALTER TABLE warehouses ADD CONSTRAINT ck_warehouses_coordinates_on_earth CHECK (num_nonnulls(latitude, longitude) IN (0, 2) AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180) NOT VALID;

ALTER TABLE warehouses VALIDATE CONSTRAINT ck_warehouses_coordinates_on_earth;

ALTER TABLE tenants ADD COLUMN allocation_strategy TEXT DEFAULT 'COVERING' NOT NULL, ADD COLUMN may_split_reservations BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE tenants ADD CONSTRAINT ck_tenants_allocation_strategy_known CHECK (allocation_strategy IN ('COVERING', 'PRIORITY', 'NEAREST', 'FEWEST')) NOT VALID;

ALTER TABLE tenants VALIDATE CONSTRAINT ck_tenants_allocation_strategy_known
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE tenants DROP COLUMN allocation_strategy, DROP COLUMN may_split_reservations")
    op.execute("ALTER TABLE warehouses DROP COLUMN latitude, DROP COLUMN longitude")
