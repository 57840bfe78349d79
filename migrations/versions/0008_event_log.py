"""Create the event log, the heads of its chains and the positions of its readers."""

from alembic import op

from migrations.roles import APP, READER, WORKER
from migrations.tenancy import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Both run as the owner, so that the worker, who calls them, owns nothing. The lock keeps them apart from each other and from the
# same call of another process. What falls outside every day goes to event_log_default.
PARTITIONS = """
CREATE FUNCTION ensure_event_log_partitions(days_ahead int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  day timestamptz;
  partition text;
BEGIN
  PERFORM pg_advisory_xact_lock(7305008);
  FOR day IN
    SELECT generate_series(date_trunc('day', now(), 'UTC'), date_trunc('day', now(), 'UTC') + make_interval(days => days_ahead),
      interval '1 day')
  LOOP
    partition := 'event_log_' || to_char(day AT TIME ZONE 'UTC', 'YYYY_MM_DD');
    IF to_regclass('public.' || partition) IS NULL THEN
      EXECUTE format(
        'CREATE TABLE public.%I PARTITION OF public.event_log FOR VALUES FROM (%L) TO (%L)',
        partition, day, day + interval '1 day');
      EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', partition);
      EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', partition);
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION drop_event_log_partition(partition text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305008);
  IF partition !~ '^event_log_[0-9]{4}_[0-9]{2}_[0-9]{2}$' THEN
    RAISE EXCEPTION '% is no partition of the event log', partition;
  END IF;
  EXECUTE format('DROP TABLE public.%I', partition);
END
$$
"""

STATEMENTS = """
CREATE TABLE event_log (
    tenant_id UUID NOT NULL,
    tenant_seq BIGINT NOT NULL,
    logged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seq BIGINT NOT NULL,
    event_id UUID NOT NULL,
    type TEXT NOT NULL,
    aggregate_type TEXT NOT NULL,
    aggregate_id UUID NOT NULL,
    aggregate_version BIGINT,
    payload JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_event_log PRIMARY KEY (tenant_id, tenant_seq, logged_at)
) PARTITION BY RANGE (logged_at);

CREATE INDEX ix_event_log_seq ON event_log (seq);

CREATE INDEX ix_event_log_aggregate_id ON event_log (tenant_id, aggregate_id, tenant_seq);

CREATE TABLE event_log_default PARTITION OF event_log DEFAULT;

ALTER TABLE event_log_default ENABLE ROW LEVEL SECURITY;

ALTER TABLE event_log_default FORCE ROW LEVEL SECURITY;

CREATE TABLE tenant_heads (
    tenant_id UUID NOT NULL,
    last_seq BIGINT NOT NULL,
    last_hash BYTEA NOT NULL,
    forgotten_seq BIGINT DEFAULT '0' NOT NULL,
    forgotten_hash BYTEA DEFAULT '\\x' NOT NULL,
    CONSTRAINT pk_tenant_heads PRIMARY KEY (tenant_id),
    CONSTRAINT fk_tenant_heads_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE TABLE log_positions (
    reader TEXT NOT NULL,
    seq BIGINT NOT NULL,
    logged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_log_positions PRIMARY KEY (reader)
);

INSERT INTO log_positions (reader, seq, logged_at) VALUES ('sequencer', 0, clock_timestamp())
"""

FUNCTIONS = ("ensure_event_log_partitions(int)", "drop_event_log_partition(text)")


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for function in PARTITIONS.strip().split("$$;\n\n"):
        op.execute(function if function.rstrip().endswith("$$") else f"{function}$$")
    protect("event_log", grants="SELECT")
    protect("tenant_heads", grants="SELECT")
    # The sequencer numbers the events of every tenant; readers of the log follow it for all tenants at once.
    for table in ("event_log", "tenant_heads"):
        op.execute(f"CREATE POLICY worker ON {table} TO {WORKER} USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY reader ON {table} FOR SELECT TO {READER} USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO {READER}")
    op.execute(f"GRANT INSERT ON event_log TO {WORKER}")
    op.execute(f"GRANT INSERT, UPDATE ON tenant_heads TO {WORKER}")
    op.execute(f"GRANT SELECT ON log_positions TO {APP}, {READER}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON log_positions TO {WORKER}")
    for name in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {WORKER}")
    op.execute("SELECT ensure_event_log_partitions(7)")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for table in ("log_positions", "tenant_heads", "event_log"):
        op.execute(f"DROP TABLE {table}")
