"""What PostgreSQL's own catalogue says about the protection of tenants, as a list of faults.

Everything is read from the catalogue of a migrated database, not from our models, so that whatever a migration forgot is
found. ``tests/test_catalogue.py`` asserts that the list is empty, and that each kind of fault would be on it.
"""

from typing import TypeAlias

import asyncpg

from migrations.roles import ALL, APP, OWNER, READER, WORKER

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

TENANTLESS = {
    "alembic_version": "the revision that the database is at; no caller reads it",
    "permissions": "the codes of permissions, the same for every tenant; callers only read it",
    "log_positions": "how far each reader of the whole log has come; positions, and nothing of what is there",
}
"""Tables that hold nothing of any tenant, and why."""

TENANTLESS_WRITERS = {("log_positions", WORKER)}
"""Who may change them."""

BINDING = "current_setting('app.tenant_id'"

_TABLES = """
SELECT c.oid, c.relname AS name, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
  c.relispartition AS is_partition, pg_get_userbyid(c.relowner) AS owner,
  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
    OR c.relname = 'tenants' AS of_tenant
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f') ORDER BY c.relname
"""
_POLICIES = """
SELECT policyname AS name, permissive, roles::text[] AS roles, cmd, coalesce(qual, '') AS using,
  coalesce(with_check, '') AS checking
FROM pg_policies WHERE schemaname = 'public' AND tablename = $1 ORDER BY policyname
"""
_PRIVILEGES = """
SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
  AS privilege WHERE has_table_privilege($1::text, $2::oid, privilege)
UNION
SELECT privilege || ' of a column' FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS privilege
WHERE has_any_column_privilege($1::text, $2::oid, privilege) AND NOT has_table_privilege($1::text, $2::oid, privilege)
ORDER BY 1
"""
_PUBLIC_GRANTS = """
SELECT table_name AS name, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS privileges
FROM information_schema.table_privileges WHERE table_schema = 'public' AND grantee = 'PUBLIC' GROUP BY 1 ORDER BY 1
"""
_VIEWS = """
SELECT c.oid, c.relname AS name, c.relkind = 'm' AS materialized,
  coalesce('security_invoker=true' = ANY (c.reloptions), false) AS as_caller
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm') ORDER BY c.relname
"""
_DEFINERS = """
SELECT p.oid::regprocedure::text AS name, pg_get_userbyid(p.proowner) AS owner,
  EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search\\_path=%') AS path_fixed,
  has_function_privilege('public', p.oid, 'EXECUTE') AS by_anyone
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY 1
"""
_ROLES = """
SELECT rolname AS name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin,
  ARRAY(SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members m WHERE m.member = r.oid) AS member_of,
  (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm')) AS owns
FROM pg_roles r WHERE rolname = ANY ($1) ORDER BY 1
"""


async def faults(connection: Connection) -> list[str]:
    """Every way in which the database falls short of what tenants are promised; one sentence each."""
    return [
        *await _table_faults(connection),
        *await _view_faults(connection),
        *await _function_faults(connection),
        *await _role_faults(connection),
    ]


async def privileges(connection: Connection, *, role: str, table: str) -> list[str]:
    """What the role may do with the table or with some column of it."""
    rows = await connection.fetch(_PRIVILEGES, role, await connection.fetchval("SELECT to_regclass($1)::oid", table))
    return [row["privilege"] for row in rows]


async def _table_faults(connection: Connection) -> list[str]:
    found: list[str] = []
    for table in await connection.fetch(_TABLES):
        name = table["name"]
        if table["owner"] != OWNER:
            found.append(f"{name} belongs to {table['owner']}; migrations must run as {OWNER}.")
        if not table["of_tenant"]:
            found += await _tenantless_faults(connection, name)
            continue
        if not (table["secured"] and table["forced"]):
            found.append(f"{name} lacks row-level security, or FORCE, which binds its owner: call tenancy.protect.")
        if table["is_partition"]:
            found += await _partition_faults(connection, name)
        else:
            found += await _policy_faults(connection, name)
    for grant in await connection.fetch(_PUBLIC_GRANTS):
        found.append(
            f"{grant['name']} is open to every role of the server ({grant['privileges']}): grant to ours only."
        )
    return found


async def _tenantless_faults(connection: Connection, name: str) -> list[str]:
    if name not in TENANTLESS:
        return [f"{name} has no tenant_id: add it, or say in TENANTLESS why no row of it is any tenant's."]
    return [
        f"{role} may {privilege} the table {name}, which is shared by all tenants."
        for role in (APP, WORKER, READER)
        for privilege in await privileges(connection, role=role, table=name)
        if privilege != "SELECT" and (name, role) not in TENANTLESS_WRITERS
    ]


async def _partition_faults(connection: Connection, name: str) -> list[str]:
    # A partition that is addressed directly is judged by its own policies, not by its parent's: nobody may address it.
    return [
        f"{role} may {privilege} the partition {name} directly, past its parent's policy: grant on the parent only."
        for role in (APP, WORKER, READER)
        for privilege in await privileges(connection, role=role, table=name)
    ]


async def _policy_faults(connection: Connection, name: str) -> list[str]:
    policies = await connection.fetch(_POLICIES, name)
    binding = [
        policy
        for policy in policies
        if policy["cmd"] == "ALL"
        and policy["roles"] == ["public"]
        and _binds(policy["using"])
        and _binds(policy["checking"])
    ]
    found = (
        [] if binding else [f"{name} has no policy with USING and WITH CHECK on app.tenant_id: call tenancy.protect."]
    )
    for policy in policies:
        if policy in binding or policy["permissive"] == "RESTRICTIVE":
            continue
        reads_named_row = policy["cmd"] == "SELECT" and "current_setting('app." in policy["using"]
        is_readers = policy["cmd"] == "SELECT" and policy["roles"] == [READER]
        if not reads_named_row and policy["roles"] != [WORKER] and not is_readers:
            found.append(f"The policy {policy['name']} opens {name} to callers beyond their tenant.")
    return found


def _binds(condition: str) -> bool:
    # One alternative too many, and the comparison with the tenant decides nothing any more.
    return BINDING in condition and " OR " not in condition.upper()


async def _view_faults(connection: Connection) -> list[str]:
    found: list[str] = []
    for view in await connection.fetch(_VIEWS):
        readers = [
            role for role in (APP, WORKER, READER) if await privileges(connection, role=role, table=view["name"])
        ]
        if view["materialized"] and readers:
            found.append(f"The materialized view {view['name']} knows no tenants; {', '.join(readers)} may read it.")
        if not view["materialized"] and not view["as_caller"]:
            found.append(f"The view {view['name']} reads as its owner: create it WITH (security_invoker = true).")
    return found


async def _function_faults(connection: Connection) -> list[str]:
    found: list[str] = []
    for function in await connection.fetch(_DEFINERS):
        if not function["path_fixed"]:
            found.append(f"{function['name']} runs as {function['owner']} without a search_path of its own.")
        if function["by_anyone"]:
            found.append(f"{function['name']} runs as {function['owner']} for anyone: revoke EXECUTE from PUBLIC.")
    return found


async def _role_faults(connection: Connection) -> list[str]:
    found: list[str] = []
    rows = await connection.fetch(_ROLES, list(ALL))
    if missing := set(ALL) - {row["name"] for row in rows}:
        found.append(f"The roles {', '.join(sorted(missing))} do not exist.")
    for row in rows:
        powers = [
            name for name in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication") if row[name]
        ]
        if powers:
            found.append(f"{row['name']} has {', '.join(powers)}.")
        if row["member_of"]:
            found.append(f"{row['name']} may act as {', '.join(row['member_of'])}.")
        if row["name"] != OWNER and row["owns"]:
            found.append(f"{row['name']} owns {row['owns']} tables; an owner can take its protection away.")
    return found
