"""Tell dead letters apart by who could not publish them: what NATS refused, Kafka may have taken."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Programs of the version before this one know NATS only, and name no reader.
    op.execute("ALTER TABLE dead_letters ADD COLUMN reader TEXT DEFAULT 'nats' NOT NULL")
    op.execute("ALTER TABLE dead_letters DROP CONSTRAINT pk_dead_letters")
    op.execute("ALTER TABLE dead_letters ADD CONSTRAINT pk_dead_letters PRIMARY KEY (tenant_id, tenant_seq, reader)")


def downgrade() -> None:
    # Row-level security binds the owner too, who would find no letter to delete.
    op.execute("ALTER TABLE dead_letters NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM dead_letters WHERE reader <> 'nats'")
    op.execute("ALTER TABLE dead_letters FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE dead_letters DROP CONSTRAINT pk_dead_letters")
    op.execute("ALTER TABLE dead_letters ADD CONSTRAINT pk_dead_letters PRIMARY KEY (tenant_id, tenant_seq)")
    op.execute("ALTER TABLE dead_letters DROP COLUMN reader")
