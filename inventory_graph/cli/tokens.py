"""`inventory-graph token`: a token of the local development key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from inventory_graph.cli.databases import CommandError, DataDir, TenantSlug, operator_of, run_with_database, settings_of
from inventory_graph.config import Settings
from inventory_graph.db import Database, Transaction
from inventory_graph.demo import SHOPPER_PERMISSIONS, SHOPPER_ROLE, SHOPPER_ROLE_NAME, Shopper
from inventory_graph.identity.permissions import GLOBAL_ROLE_ALIASES
from inventory_graph.identity.roles import ensure_role, roles
from inventory_graph.identity.tenants import outlet_by_code
from inventory_graph.seed import DEMO_TENANT
from inventory_graph.signing import development_key, sign_token

KEY_FILE_NAME = "development-key.pem"
SHOPPER_LIFETIME = timedelta(hours=1)
SHOPPER_OUTLET = "MAIN"


def key_file_of(settings: Settings) -> Path:
    """The development key of these settings: the one named, else the data directory's; refused in production."""
    if settings.environment == "production":
        raise CommandError("INVENTORY_ENVIRONMENT is production, which accepts no token of a development key.")
    return settings.development_key_file or settings.data_directory.expanduser().resolve() / KEY_FILE_NAME


async def token_of(database: Database, settings: Settings, *, slug: str, role: str, outlet: str | None) -> str:
    """A token of the tenant with the role, bound to the outlet where one is named."""
    operator = await operator_of(database, slug)
    async with database.read(operator) as tx:
        known = sorted({each.code for each in await roles(tx)} | set(GLOBAL_ROLE_ALIASES))
        bound = await outlet_by_code(tx, code=outlet) if outlet is not None else None
    if role not in known:
        raise CommandError(f"There is no role {role!r}. There are: {', '.join(known)}.")
    if outlet is not None and bound is None:
        raise CommandError(f"The tenant {slug} has no outlet with the code {outlet!r}.")
    return sign_token(
        development_key(key_file_of(settings)),
        tenant_id=operator.tenant_id,
        tenant_slug=slug,
        subject=f"{role}@{slug}",
        roles=[role],
        outlet_id=bound.id if bound else None,
        outlet_code=bound.code if bound else None,
        audience=settings.jwt_audience,
        now=datetime.now(UTC),
    )


async def shopper_of(database: Database, settings: Settings) -> Shopper | None:
    """What makes the tokens of the storefront: for its outlet, for an hour, with a role that may see stock and buy it. None where
    somebody has taken the outlet away."""
    operator = await operator_of(database, DEMO_TENANT)

    async def ensure(tx: Transaction) -> None:
        await ensure_role(tx, code=SHOPPER_ROLE, name=SHOPPER_ROLE_NAME, permissions=SHOPPER_PERMISSIONS)

    await database.write(operator, ensure)
    async with database.read(operator) as tx:
        outlet = await outlet_by_code(tx, code=SHOPPER_OUTLET)
    if outlet is None:
        return None
    key = development_key(key_file_of(settings))

    def sign() -> str:
        return sign_token(
            key,
            tenant_id=operator.tenant_id,
            tenant_slug=DEMO_TENANT,
            subject=f"{SHOPPER_ROLE}@{DEMO_TENANT}",
            roles=[SHOPPER_ROLE],
            outlet_id=outlet.id,
            outlet_code=outlet.code,
            audience=settings.jwt_audience,
            lifetime=SHOPPER_LIFETIME,
            now=datetime.now(UTC),
        )

    return sign


def token(
    tenant: TenantSlug,
    role: Annotated[str, typer.Option("--role", help="A role's code, such as inventory_admin or viewer.")],
    outlet: Annotated[str | None, typer.Option("--outlet", help="Bind the token to the outlet of this code.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a token of the local development key, alone on the last line. Needs no running service."""
    settings = settings_of(data_dir)
    key_file_of(settings)
    typer.echo(
        run_with_database(
            lambda database: token_of(database, settings, slug=tenant, role=role, outlet=outlet),
            data_dir=data_dir,
            settings=settings,
        )
    )


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(token)
