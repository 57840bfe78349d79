"""Say what items some may not eat or buy, what may stand in for what, and what is off sale."""

from alembic import op

from migrations.tenancy import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE items ADD COLUMN allergens TEXT[] DEFAULT '{}' NOT NULL;

ALTER TABLE items ADD COLUMN controlled_class TEXT;

CREATE TABLE substitutes (
    tenant_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    substitute_variant_id UUID NOT NULL,
    factor quantity DEFAULT 1 NOT NULL,
    priority INTEGER DEFAULT '100' NOT NULL,
    valid_from DATE,
    valid_until DATE,
    approved_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_substitutes PRIMARY KEY (tenant_id, variant_id, substitute_variant_id),
    CONSTRAINT fk_substitutes_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_substitutes_tenant_id_substitute_variant_id_variants FOREIGN KEY(tenant_id, substitute_variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT ck_substitutes_factor_positive CHECK (factor > 0),
    CONSTRAINT ck_substitutes_priority_positive CHECK (priority >= 0),
    CONSTRAINT ck_substitutes_substitute_is_another CHECK (substitute_variant_id <> variant_id),
    CONSTRAINT ck_substitutes_days_in_order CHECK (valid_until >= valid_from)
);

CREATE INDEX ix_substitutes_substitute_variant_id ON substitutes (tenant_id, substitute_variant_id);

CREATE TABLE sale_stops (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    variant_id UUID,
    outlet_id UUID,
    channel TEXT,
    reason TEXT NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    lifted_at TIMESTAMP WITH TIME ZONE,
    lifted_by TEXT,
    CONSTRAINT pk_sale_stops PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_sale_stops_tenant_id_item_id_items FOREIGN KEY(tenant_id, item_id) REFERENCES items (tenant_id, id),
    CONSTRAINT fk_sale_stops_tenant_id_variant_id_variants FOREIGN KEY(tenant_id, variant_id) REFERENCES variants (tenant_id, id),
    CONSTRAINT fk_sale_stops_tenant_id_outlet_id_outlets FOREIGN KEY(tenant_id, outlet_id) REFERENCES outlets (tenant_id, id),
    CONSTRAINT ck_sale_stops_channel_form CHECK (channel ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT ck_sale_stops_lifted_by_somebody CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CONSTRAINT ck_sale_stops_until_later CHECK (until > created_at)
);

CREATE INDEX ix_sale_stops_item_id ON sale_stops (tenant_id, item_id) WHERE lifted_at IS NULL;

CREATE INDEX ix_sale_stops_created_at ON sale_stops (tenant_id, created_at, id)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    protect("substitutes")
    protect("sale_stops", grants="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE sale_stops")
    op.execute("DROP TABLE substitutes")
    op.execute("ALTER TABLE items DROP COLUMN controlled_class")
    op.execute("ALTER TABLE items DROP COLUMN allergens")
