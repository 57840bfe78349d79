"""Create the dead letters: events that could not be published."""

from alembic import op

from migrations.roles import APP, WORKER
from migrations.tenancy import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE dead_letters (
    tenant_id UUID NOT NULL,
    tenant_seq BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    event_id UUID NOT NULL,
    type TEXT NOT NULL,
    aggregate_type TEXT NOT NULL,
    aggregate_id UUID NOT NULL,
    aggregate_version BIGINT,
    payload JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    logged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    error TEXT NOT NULL,
    tries BIGINT NOT NULL,
    parked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    queued_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dead_letters PRIMARY KEY (tenant_id, tenant_seq),
    CONSTRAINT fk_dead_letters_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE INDEX ix_dead_letters_aggregate_id ON dead_letters (tenant_id, aggregate_id, tenant_seq)
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    protect("dead_letters", grants="SELECT")
    # The publisher parks and replays for all tenants; callers only ask for their own again.
    op.execute(f"CREATE POLICY worker ON dead_letters TO {WORKER} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT INSERT, UPDATE, DELETE ON dead_letters TO {WORKER}")
    op.execute(f"GRANT UPDATE (queued_at) ON dead_letters TO {APP}")


def downgrade() -> None:
    op.execute("DROP TABLE dead_letters")
