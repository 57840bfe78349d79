"""Administration: tenants, outlets, API keys and roles. The same verbs are mutations of the API."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID, uuid4

import typer

from inventory_graph.actor import Actor
from inventory_graph.cli.databases import DataDir, TenantSlug, console, operator_of, run_with_database
from inventory_graph.db import Database, Transaction
from inventory_graph.errors import InvalidInput
from inventory_graph.identity import api_keys as keys
from inventory_graph.identity import roles as rights
from inventory_graph.identity.tenants import create_tenant
from inventory_graph.masterdata.outlets import register_outlet
from inventory_graph.masterdata.units import create_standard_units

Value = TypeVar("Value")

tenants = typer.Typer(help="The businesses that this database keeps.", no_args_is_help=True)
outlets = typer.Typer(help="The outlets of a tenant; each has one warehouse.", no_args_is_help=True)
apikeys = typer.Typer(help="Keys for services.", no_args_is_help=True)
roles = typer.Typer(help="What people may do.", no_args_is_help=True)


def _identifier(text: str | None, name: str) -> UUID | None:
    try:
        return UUID(text) if text is not None else None
    except ValueError:
        raise InvalidInput(f"{name} is {text!r}, which is no UUID.") from None


def _in_tenant(slug: str, verb: Callable[[Transaction], Awaitable[Value]], data_dir: DataDir) -> Value:
    async def run(database: Database) -> Value:
        return await database.write(await operator_of(database, slug), verb)

    return run_with_database(run, data_dir=data_dir)


@tenants.command("add")
def add_tenant(
    slug: Annotated[str, typer.Argument(help="Its readable key: lower-case letters, digits and -.")],
    name: Annotated[str, typer.Option("--name", help="Its name.")],
    identifier: Annotated[
        str | None, typer.Option("--id", help="The id the auth service gave it; a new one if left out.")
    ] = None,
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217.")] = "KES",
    timezone: Annotated[str, typer.Option("--timezone", help="An IANA name.")] = "Africa/Nairobi",
    data_dir: DataDir = None,
) -> None:
    """Add a tenant with the standard roles and units, and print its id."""
    tenant_id = _identifier(identifier, "--id") or uuid4()
    actor = Actor(
        tenant_id=tenant_id, tenant_slug=slug, subject="command line", is_platform_owner=True, currency=currency
    )

    async def add(tx: Transaction) -> UUID:
        tenant = await create_tenant(tx, slug=slug, name=name, currency=currency, timezone=timezone)
        await create_standard_units(tx)
        return tenant.id

    typer.echo(run_with_database(lambda database: database.write(actor, add), data_dir=data_dir))


@outlets.command("add")
def add_outlet(
    code: Annotated[str, typer.Argument(help="Its code, such as MAIN.")],
    tenant: TenantSlug,
    name: Annotated[str, typer.Option("--name", help="Its name.")],
    identifier: Annotated[
        str | None, typer.Option("--id", help="The id the auth service gave it; a new one if left out.")
    ] = None,
    headquarters: Annotated[
        bool, typer.Option("--headquarters", help="Its warehouse becomes the tenant's default.")
    ] = False,
    timezone: Annotated[str | None, typer.Option("--timezone", help="An IANA name; the tenant's if left out.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Add an outlet and its warehouse, or bring the one with this id up to date; print its id."""
    outlet_id = _identifier(identifier, "--id")

    async def add(tx: Transaction) -> UUID:
        made = await register_outlet(tx, id=outlet_id, code=code, name=name, is_hq=headquarters, timezone=timezone)
        return made.outlet.id

    typer.echo(_in_tenant(tenant, add, data_dir))


@apikeys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    tenant: TenantSlug,
    scope: Annotated[
        list[str], typer.Option("--scope", help="A role or a permission code; give it several times for more.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Make an API key and print its id and secret; the secret is shown this once."""
    made = _in_tenant(
        tenant, lambda tx: keys.create_api_key(tx, name=name, scopes=scope, now=datetime.now(UTC)), data_dir
    )
    typer.echo(f"{made.key.id}\n{made.secret}")


@apikeys.command("rotate")
def rotate_key(
    identifier: Annotated[str, typer.Argument(help="The key's id.")], tenant: TenantSlug, data_dir: DataDir = None
) -> None:
    """Make its successor and print id and secret; the old one opens for another day."""
    key_id = _identifier(identifier, "the key's id") or uuid4()
    made = _in_tenant(tenant, lambda tx: keys.rotate_api_key(tx, id=key_id, now=datetime.now(UTC)), data_dir)
    typer.echo(f"{made.key.id}\n{made.secret}")


@apikeys.command("revoke")
def revoke_key(
    identifier: Annotated[str, typer.Argument(help="The key's id.")], tenant: TenantSlug, data_dir: DataDir = None
) -> None:
    """Withdraw a key; it opens nothing any more within 30 seconds."""
    key_id = _identifier(identifier, "the key's id") or uuid4()
    revoked = _in_tenant(tenant, lambda tx: keys.revoke_api_key(tx, id=key_id, now=datetime.now(UTC)), data_dir)
    console.print(f"The key {revoked.prefix}… is revoked.")


@roles.command("grant")
def grant(
    role: Annotated[str, typer.Argument(help="The role's code.")],
    tenant: TenantSlug,
    subject: Annotated[str, typer.Option("--subject", help="The `sub` of the person's token.")],
    data_dir: DataDir = None,
) -> None:
    """Grant a role to a person, besides those its token brings."""
    _in_tenant(
        tenant, lambda tx: rights.grant_role(tx, subject=subject, role_code=role, now=datetime.now(UTC)), data_dir
    )
    console.print(f"{subject} has the role {role} in {tenant}.")


@roles.command("revoke")
def revoke(
    role: Annotated[str, typer.Argument(help="The role's code.")],
    tenant: TenantSlug,
    subject: Annotated[str, typer.Option("--subject", help="The `sub` of the person's token.")],
    data_dir: DataDir = None,
) -> None:
    """Take a granted role back; it is gone within 30 seconds."""
    _in_tenant(tenant, lambda tx: rights.revoke_role(tx, subject=subject, role_code=role), data_dir)
    console.print(f"{subject} has no longer the role {role} in {tenant}.")


def register(application: typer.Typer) -> None:
    """Add these commands."""
    for name, group in (("tenant", tenants), ("outlet", outlets), ("apikey", apikeys), ("role", roles)):
        application.add_typer(group, name=name)
