"""The command line: ``inventory-graph``. Errors are one sentence on stderr and a non-zero exit."""

import sys
from importlib import import_module

import typer
from rich.console import Console

from inventory_graph.cli.databases import CommandError
from inventory_graph.config import SettingsError
from inventory_graph.embedded import EmbeddedError
from inventory_graph.errors import InventoryError
from inventory_graph.sealing import SealError
from inventory_graph.signing import KeyFileError

MODULES = {
    "dev": "running",
    "serve": "running",
    "schema": "running",
    "worker": "working",
    "migrate": "databases",
    "seed": "databases",
    "audit": "databases",
    "heads": "heads",
    "token": "tokens",
    "import": "importing",
    "tenant": "administration",
    "outlet": "administration",
    "apikey": "administration",
    "role": "administration",
}
"""Each command, and the module of it beside this one."""

EXPECTED = (EmbeddedError, SettingsError, InventoryError, KeyFileError, SealError, CommandError)


def application_of(command: str | None = None) -> typer.Typer:
    """The program with all its commands; for one of them, with those of its module.

    What serves GraphQL takes more than a second to load, which nobody should wait for who asks for a token.
    """
    application = typer.Typer(
        name="inventory-graph",
        help="Stock, purchasing and reservations as a federated GraphQL subgraph.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    # A program of one command would not expect its name.
    application.callback()(lambda: None)
    names = [MODULES[command]] if command in MODULES else MODULES.values()
    for name in dict.fromkeys(names):
        import_module(f"{__name__}.{name}").register(application)
    return application


def main() -> None:
    """Run the command of the process's arguments; what the user can mend ends with one sentence, never a traceback."""
    try:
        application_of(sys.argv[1] if len(sys.argv) > 1 else None)()
    except EXPECTED as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"inventory-graph: {error}", style="red", markup=False
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
