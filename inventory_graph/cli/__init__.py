"""The command line: ``inventory-graph``. Errors are one sentence on stderr and a non-zero exit."""

import sys

import typer
from rich.console import Console

from inventory_graph.cli import administration, databases, importing, running, tokens
from inventory_graph.config import SettingsError
from inventory_graph.embedded import EmbeddedError
from inventory_graph.errors import InventoryError
from inventory_graph.signing import KeyFileError

application = typer.Typer(
    name="inventory-graph",
    help="Stock, purchasing and reservations as a federated GraphQL subgraph.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (running, databases, tokens, importing, administration):
    module.register(application)

EXPECTED = (EmbeddedError, SettingsError, InventoryError, KeyFileError, databases.CommandError)


def main() -> None:
    """Run the command of the process's arguments; what the user can mend ends with one sentence, never a traceback."""
    try:
        application()
    except EXPECTED as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"inventory-graph: {error}", style="red", markup=False
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
