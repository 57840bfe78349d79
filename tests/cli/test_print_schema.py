"""`inventory-graph schema` and the other commands that need no data."""

from pathlib import Path

from tests.cli.conftest import run

COMMANDS = (
    "dev", "serve", "worker", "migrate", "seed", "token", "schema", "import", "audit", "tenant", "outlet", "apikey", "role",
)  # fmt: skip


def test_prints_what_is_committed(tmp_path: Path) -> None:
    """schema.graphql is what the code says."""
    printed = run("schema")
    assert printed.code == 0
    assert printed.out == Path("schema.graphql").read_text(encoding="utf-8")
    run("schema", "--output", tmp_path / "schema.graphql")
    assert (tmp_path / "schema.graphql").read_text(encoding="utf-8") == printed.out


def test_every_command_helps() -> None:
    """--help says what a command is for."""
    for command in COMMANDS:
        ended = run(command, "--help")
        assert ended.code == 0, command
        assert "Usage: inventory-graph" in ended.out


def test_migrations_of_a_data_directory(seeded: Path) -> None:
    """Status says where it stands, and exits 1 where it is behind."""
    status = run("migrate", "status", "--data-dir", seeded)
    assert status.code == 0
    revision = status.out.split()[1].rstrip(",")
    assert status.out.strip() == f"database {revision}, newest {revision}"
    up = run("migrate", "up", "--data-dir", seeded)
    assert up.last_line == f"The database is at revision {revision}."
