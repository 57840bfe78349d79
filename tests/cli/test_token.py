"""`inventory-graph token`: a token of the local development key, alone on the last line."""

from pathlib import Path

from inventory_graph.seed import tenant_id_of
from tests.cli.conftest import claims_of, run


def test_prints_a_token_of_the_tenant_and_role(seeded: Path) -> None:
    """It needs no running service."""
    ended = run("token", "--tenant", "urban-loft", "--role", "viewer", "--data-dir", seeded)
    assert ended.code == 0
    claims = claims_of(ended.last_line)
    assert (claims["tenant_id"], claims["tenant_slug"], claims["roles"]) == (
        str(tenant_id_of("urban-loft")),
        "urban-loft",
        ["viewer"],
    )
    assert "outlet_id" not in claims


def test_binds_it_to_an_outlet(seeded: Path) -> None:
    """A user of one outlet acts on that outlet only."""
    ended = run("token", "--tenant", "urban-loft", "--role", "stock_clerk", "--outlet", "MAIN", "--data-dir", seeded)
    claims = claims_of(ended.last_line)
    assert (claims["outlet_code"], claims["is_hq_user"]) == ("MAIN", False)


def test_refuses_what_does_not_exist(seeded: Path) -> None:
    """A mistyped name gets no token that would open nothing."""
    for arguments, message in (
        (("--tenant", "nobody", "--role", "viewer"), "no tenant with the slug 'nobody'"),
        (("--tenant", "urban-loft", "--role", "king"), "There is no role 'king'. There are:"),
        (("--tenant", "urban-loft", "--role", "viewer", "--outlet", "MOON"), "no outlet with the code 'MOON'"),
    ):
        ended = run("token", *arguments, "--data-dir", seeded)
        assert (ended.code, ended.out) == (1, "")
        assert message in ended.err


def test_refuses_in_production(seeded: Path) -> None:
    """No token of a key that lies about may open a production service."""
    ended = run(
        "token", "--tenant", "urban-loft", "--role", "viewer", "--data-dir", seeded,
        environment={"INVENTORY_ENVIRONMENT": "production"},
    )  # fmt: skip
    assert (ended.code, ended.out) == (1, "")
    assert "production" in ended.err


def test_says_where_there_is_no_database(tmp_path: Path) -> None:
    """And does not make one."""
    ended = run("token", "--tenant", "urban-loft", "--role", "viewer", "--data-dir", tmp_path / "none")
    assert ended.code == 1
    assert "There is no database in" in ended.err
    assert not (tmp_path / "none").exists()
