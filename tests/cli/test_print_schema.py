"""`inventory-graph schema` and the other commands that need no data."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from inventory_graph.cli import MODULES, application_of
from tests.cli.conftest import run


def test_prints_what_is_committed(tmp_path: Path) -> None:
    """schema.graphql is what the code says."""
    printed = run("schema")
    assert printed.code == 0
    assert printed.out == Path("schema.graphql").read_text(encoding="utf-8")
    run("schema", "--output", tmp_path / "schema.graphql")
    assert (tmp_path / "schema.graphql").read_text(encoding="utf-8") == printed.out


def test_the_program_names_its_commands() -> None:
    """--help lists every command, whichever module it is in."""
    helped = run("--help")
    assert helped.code == 0
    assert "Usage: inventory-graph" in helped.out
    assert [command for command in MODULES if f" {command} " not in helped.out] == []


@pytest.mark.parametrize("command", MODULES)
def test_every_command_helps(command: str) -> None:
    """--help says what a command is for."""
    helped = CliRunner().invoke(application_of(command), [command, "--help"], prog_name="inventory-graph")
    assert helped.exit_code == 0, helped.output
    assert f"Usage: inventory-graph {command}" in helped.output


def test_migrations_of_a_data_directory(seeded: Path) -> None:
    """Status says where it stands, and exits 1 where it is behind."""
    status = run("migrate", "status", "--data-dir", seeded)
    assert status.code == 0
    revision = status.out.split()[1].rstrip(",")
    assert status.out.strip() == f"database {revision}, newest {revision}"
    up = run("migrate", "up", "--data-dir", seeded)
    assert up.last_line == f"The database is at revision {revision}."
