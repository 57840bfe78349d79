"""What the program loads before it does anything."""

import subprocess
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from inventory_graph.cli import MODULES, application_of

SERVING = ("dev", "serve", "schema")


def commands_of(command: str | None) -> list[str]:
    """The names of the commands that are there when this one is asked for."""
    group = get_command(application_of(command))
    assert isinstance(group, TyperGroup)
    return list(group.commands)


def test_each_command_is_where_it_is_looked_for() -> None:
    """One that its module does not register could not be called."""
    assert sorted(commands_of(None)) == sorted(MODULES)
    for command, module in MODULES.items():
        assert sorted(commands_of(command)) == sorted(name for name, of in MODULES.items() if of == module)


def test_an_unknown_command_is_compared_with_all() -> None:
    """So that the answer can say which was meant."""
    assert sorted(commands_of("tokn")) == sorted(MODULES)


@pytest.mark.parametrize("command", sorted(MODULES.keys() - set(SERVING)))
def test_only_what_serves_loads_graphql(command: str) -> None:
    """It takes longer than everything else."""
    program = (
        f"import sys; from inventory_graph.cli import application_of; application_of({command!r}); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"inventory_graph.cli", "sqlalchemy"} <= set(loaded)
    assert {"strawberry", "graphql", "resolvers"} & set(loaded) == set()
