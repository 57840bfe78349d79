"""The three database roles.

``inventory_owner`` owns the tables and runs migrations; ``inventory_app`` serves requests and can neither bypass row-level
security nor change the ledger; ``inventory_worker`` reads the event tables of all tenants. They cannot log in: the login of
the URL is a member of them and takes one.
"""

from sqlalchemy import Connection, text

OWNER = "inventory_owner"
APP = "inventory_app"
WORKER = "inventory_worker"
ALL = (OWNER, APP, WORKER)

_MISSING = "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE name NOT IN (SELECT rolname FROM pg_roles)"


def ensure(connection: Connection) -> None:
    """Create what is missing and let the owner create tables; needs CREATEROLE the first time."""
    # Roles belong to the whole cluster: two databases migrated at once would both create them.
    connection.execute(text("SELECT pg_advisory_xact_lock(7305002)"))
    for name in connection.execute(text(_MISSING), {"names": list(ALL)}).scalars().all():
        connection.execute(text(f"CREATE ROLE {name} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"))
    for name in ALL:
        if not connection.scalar(text("SELECT pg_has_role(current_user, :name, 'MEMBER')"), {"name": name}):
            connection.execute(text(f"GRANT {name} TO CURRENT_USER"))
    if not connection.scalar(text(f"SELECT has_schema_privilege('{OWNER}', 'public', 'CREATE')")):
        connection.execute(text(f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {APP}, {WORKER}"))
    connection.commit()
