"""The four database roles.

``inventory_owner`` owns the tables and runs migrations; ``inventory_app`` serves requests and can neither bypass row-level
security nor change the ledger; ``inventory_worker`` reads the event tables of all tenants; ``inventory_reader`` reads the event
log of all tenants and nothing else. They cannot log in: the login of the URL is a member of them and takes one.
"""

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

OWNER = "inventory_owner"
APP = "inventory_app"
WORKER = "inventory_worker"
READER = "inventory_reader"
ALL = (OWNER, APP, WORKER, READER)

ATTEMPTS_MAX = 3

_MISSING = "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE name NOT IN (SELECT rolname FROM pg_roles)"
# Since version 16 whoever creates a role is a member of it without the right to take it.
_TAKEN = "SELECT pg_has_role(current_user, :name, :privilege)"
_VERSION = "SELECT current_setting('server_version_num')::int"
_FIRST_VERSION_WITH_SET = 16_00_00


def ensure(connection: Connection) -> None:
    """Create what is missing and let the owner create tables; needs CREATEROLE the first time."""
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            _ensure(connection)
        except DBAPIError:
            # Roles belong to the whole server: another database, migrated at the same time, may have been quicker.
            connection.rollback()
            if attempt == ATTEMPTS_MAX:
                raise
        else:
            connection.commit()
            return


def _ensure(connection: Connection) -> None:
    for name in connection.execute(text(_MISSING), {"names": list(ALL)}).scalars().all():
        connection.execute(text(f"CREATE ROLE {name} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"))
    privilege = "SET" if (connection.scalar(text(_VERSION)) or 0) >= _FIRST_VERSION_WITH_SET else "MEMBER"
    for name in ALL:
        if not connection.scalar(text(_TAKEN), {"name": name, "privilege": privilege}):
            connection.execute(text(f"GRANT {name} TO CURRENT_USER"))
    if not connection.scalar(text(f"SELECT has_schema_privilege('{OWNER}', 'public', 'CREATE')")):
        connection.execute(text(f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {APP}, {WORKER}, {READER}"))
