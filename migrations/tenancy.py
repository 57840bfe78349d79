"""Row-level security for tenant tables, the same for every one."""

from alembic import op

from migrations.roles import APP, WORKER

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def protect(table: str, *, column: str = "tenant_id", grants: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Bind every role, the owner included, to the tenant of its transaction; grant the application what it needs."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({column} = {TENANT}) WITH CHECK ({column} = {TENANT})")
    op.execute(f"GRANT {grants} ON {table} TO {APP}, {WORKER}")


def admit(table: str, *, name: str, condition: str, role: str | None = None) -> None:
    """Let rows be read that the condition names, besides those of the tenant."""
    to = f" TO {role}" if role else ""
    op.execute(f"CREATE POLICY {name} ON {table} FOR SELECT{to} USING ({condition})")
