"""`inventory-graph heads`: taking the heads of the event log out of reach, and comparing the log with them later."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from inventory_graph.actor import Actor
from inventory_graph.cli.databases import (
    CommandError,
    DataDir,
    actors_of,
    console,
    database_url,
    opened,
    settings_of,
)
from inventory_graph.db import Database
from inventory_graph.live.heads import Head, current_head, fault_after
from inventory_graph.sealing import seal, signing_key, unseal, verification_key

heads = typer.Typer(help="The ends of the event log, signed, to be kept elsewhere.", no_args_is_help=True)

HeadsFile = Annotated[Path, typer.Argument(help="The file of the heads.", show_default=False)]


@heads.command("export")
def export(
    file: HeadsFile,
    key: Annotated[Path, typer.Option("--key", help="A private Ed25519 key (PEM) that only you have.")],
    tenant: Annotated[str | None, typer.Option("--tenant", help="One tenant's slug; all tenants if left out.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the last position and its hash of each tenant's events into a new file, signed. Keep it where nobody who may write to
    the database can."""
    private = signing_key(key)
    settings = settings_of(data_dir)

    async def take(url: str) -> list[Head]:
        taken = []
        async with opened(url) as database:
            for actor in await actors_of(database, tenant, url):
                async with database.snapshot(actor) as tx:
                    taken.append(await current_head(tx))
        return taken

    with database_url(settings, data_dir=data_dir) as url:
        taken = uvloop.run(take(url))
    try:
        # Never over an older one, which proves what a newer one does not.
        with file.open("x", encoding="ascii") as output:
            output.write(seal(taken, key=private, now=datetime.now(UTC)) + "\n")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}. Name a new file.") from error
    for head in taken:
        console.print(f"{head.tenant_slug}: position {head.seq}, hash {head.hash.hex()}")


@heads.command("verify")
def verify(
    file: HeadsFile,
    key: Annotated[Path, typer.Option("--key", help="The public half (PEM) of the key that signed it.")],
    data_dir: DataDir = None,
) -> None:
    """Check that each tenant's events still lead from the head in the file to the end of the log; exit 1 and say what is wrong
    where they do not."""
    sealed = unseal(file, key=verification_key(key))
    settings = settings_of(data_dir)

    async def check(url: str) -> dict[Head, str | None]:
        async with opened(url) as database:
            return {head: await _fault(database, head) for head in sealed.heads}

    with database_url(settings, data_dir=data_dir) as url:
        faults = uvloop.run(check(url))
    for head, fault in faults.items():
        said = fault or "the log leads on from it"
        console.print(
            f"{head.tenant_slug}: position {head.seq} of {sealed.taken_at:%Y-%m-%d %H:%M:%S} UTC: {said}",
            style="red" if fault else None,
            markup=False,
        )
    if any(faults.values()):
        raise typer.Exit(1)


async def _fault(database: Database, head: Head) -> str | None:
    """What is wrong with the tenant's log, also where the tenant itself is gone."""
    actor = Actor(tenant_id=head.tenant_id, tenant_slug=head.tenant_slug, subject="command line")
    async with database.snapshot(actor) as tx:
        return await fault_after(tx, head)


def register(application: typer.Typer) -> None:
    """Add these commands."""
    application.add_typer(heads, name="heads")
