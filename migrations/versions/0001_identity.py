"""Create tenants, outlets, roles and API keys."""

from alembic import op
from sqlalchemy import text

from migrations.roles import APP, WORKER
from migrations.tenancy import admit, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MODULES = (
    "items", "variants", "categories", "warehouses", "stock", "recipes", "consumptions", "reservations", "units", "config",
    "users", "purchasing", "transfers", "counting",
)  # fmt: skip
ACTIONS = ("add", "view", "view_own", "change", "change_own", "delete", "delete_own", "manage", "manage_own")

STATEMENTS = """
CREATE TABLE tenants (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    timezone TEXT NOT NULL,
    status TEXT DEFAULT 'ACTIVE' NOT NULL,
    allow_negative BOOLEAN DEFAULT false NOT NULL,
    public_levels BOOLEAN DEFAULT false NOT NULL,
    seeded_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT ck_tenants_slug_form CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT ck_tenants_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_tenants_status_known CHECK (status IN ('ACTIVE', 'SUSPENDED')),
    CONSTRAINT uq_tenants_slug UNIQUE (slug)
);

CREATE TABLE permissions (
    code TEXT NOT NULL,
    CONSTRAINT pk_permissions PRIMARY KEY (code)
);

CREATE TABLE outlets (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT,
    use_case TEXT,
    is_hq BOOLEAN DEFAULT false NOT NULL,
    status TEXT DEFAULT 'ACTIVE' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outlets PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_outlets_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_outlets_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT ck_outlets_status_known CHECK (status IN ('ACTIVE', 'ARCHIVED'))
);

CREATE INDEX ix_outlets_id ON outlets (id);

CREATE TABLE roles (
    tenant_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT pk_roles PRIMARY KEY (tenant_id, code),
    CONSTRAINT fk_roles_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);

CREATE TABLE role_permissions (
    tenant_id UUID NOT NULL,
    role_code TEXT NOT NULL,
    permission_code TEXT NOT NULL,
    CONSTRAINT pk_role_permissions PRIMARY KEY (tenant_id, role_code, permission_code),
    CONSTRAINT fk_role_permissions_tenant_id_role_code_roles FOREIGN KEY(tenant_id, role_code) REFERENCES roles (tenant_id, code) ON DELETE CASCADE,
    CONSTRAINT fk_role_permissions_permission_code_permissions FOREIGN KEY(permission_code) REFERENCES permissions (code)
);

CREATE TABLE role_assignments (
    tenant_id UUID NOT NULL,
    subject TEXT NOT NULL,
    role_code TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_role_assignments PRIMARY KEY (tenant_id, subject, role_code),
    CONSTRAINT fk_role_assignments_tenant_id_role_code_roles FOREIGN KEY(tenant_id, role_code) REFERENCES roles (tenant_id, code) ON DELETE CASCADE
);

CREATE TABLE api_keys (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    outlet_ids UUID[],
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_keys PRIMARY KEY (tenant_id, id),
    CONSTRAINT fk_api_keys_tenant_id_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT uq_api_keys_tenant_id_key_hash UNIQUE (tenant_id, key_hash)
);

CREATE INDEX ix_api_keys_key_hash ON api_keys (key_hash)
"""


def upgrade() -> None:
    # Quantities and costs refuse NaN and infinity whoever writes them: NaN would pass every comparison with zero.
    op.execute("CREATE DOMAIN quantity AS numeric(18, 6) CONSTRAINT quantity_is_a_number CHECK (VALUE <> 'NaN')")
    op.execute("CREATE DOMAIN cost AS numeric(28, 10) CONSTRAINT cost_is_a_number CHECK (VALUE <> 'NaN')")
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)
    for table in ("outlets", "roles", "role_permissions", "role_assignments", "api_keys"):
        protect(table)
    protect("tenants", column="id", grants="SELECT, INSERT, UPDATE")
    op.execute(f"GRANT SELECT ON permissions TO {APP}, {WORKER}")
    # A process is ready when the schema is as new as itself.
    op.execute(f"GRANT SELECT ON alembic_version TO {APP}, {WORKER}")
    # Before the tenant is known, one row may be found by a name its holder knows.
    admit("tenants", name="by_slug", condition="slug = nullif(current_setting('app.tenant_slug', true), '')")
    admit("outlets", name="by_id", condition="id = nullif(current_setting('app.outlet_id', true), '')::uuid")
    admit(
        "api_keys",
        name="by_key_hash",
        condition="key_hash = decode(nullif(current_setting('app.api_key_hash', true), ''), 'hex')",
    )
    admit("tenants", name="worker", condition="true", role=WORKER)
    for module in MODULES:
        for action in ACTIONS:
            code = f"inventory.{module}.{action}"
            op.execute(text("INSERT INTO permissions (code) VALUES (:code)").bindparams(code=code))


def downgrade() -> None:
    op.execute(f"REVOKE SELECT ON alembic_version FROM {APP}, {WORKER}")  # noqa: S608 - the names are constants
    op.execute("DROP TABLE api_keys")
    op.execute("DROP TABLE role_assignments")
    op.execute("DROP TABLE role_permissions")
    op.execute("DROP TABLE roles")
    op.execute("DROP TABLE outlets")
    op.execute("DROP TABLE permissions")
    op.execute("DROP TABLE tenants")
    op.execute("DROP DOMAIN cost")
    op.execute("DROP DOMAIN quantity")
