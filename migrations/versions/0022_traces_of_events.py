"""Keep beside an event which operation made it, as W3C's header traceparent names it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = ("outbox", "event_log", "dead_letters")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN traceparent TEXT")
    # Checked where events come in. The log has it from there, and all of it would be read for a constraint, and nothing written.
    op.execute(
        "ALTER TABLE outbox ADD CONSTRAINT ck_outbox_traceparent_length CHECK (length(traceparent) <= 55) NOT VALID"
    )
    op.execute("ALTER TABLE outbox VALIDATE CONSTRAINT ck_outbox_traceparent_length")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN traceparent")
