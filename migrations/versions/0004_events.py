"""Create the outbox and idempotency keys."""

from alembic import op

from migrations.roles import WORKER
from migrations.tenancy import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE outbox (
    tenant_id UUID NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1),
    event_id UUID NOT NULL,
    aggregate_type TEXT NOT NULL,
    aggregate_id UUID NOT NULL,
    aggregate_version BIGINT,
    type TEXT NOT NULL,
    payload JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_outbox_id ON outbox (id);

CREATE TABLE idempotency_keys (
    tenant_id UUID NOT NULL,
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    arguments JSONB NOT NULL,
    answer JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (tenant_id, operation, key),
    CONSTRAINT fk_idempotency_keys_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT ck_idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255)
);

CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (tenant_id, created_at)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    protect("outbox", grants="SELECT, INSERT")
    protect("idempotency_keys")
    # The sequencer moves the rows of every tenant.
    op.execute(f"CREATE POLICY worker ON outbox TO {WORKER} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT DELETE ON outbox TO {WORKER}")


def downgrade() -> None:
    op.execute("DROP TABLE idempotency_keys")
    op.execute("DROP TABLE outbox")
