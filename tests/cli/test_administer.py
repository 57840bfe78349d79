"""Administration by command: tenants, outlets, keys and roles."""

from pathlib import Path
from uuid import UUID, uuid4

from tests.cli.conftest import run


def test_a_tenant_with_an_outlet_and_a_key(seeded: Path) -> None:
    """From nothing to a key that a service can use."""
    tenant_id, outlet_id = uuid4(), uuid4()
    at = ("--data-dir", seeded)
    added = run("tenant", "add", "corner-shop", "--name", "Corner Shop", "--id", str(tenant_id), *at)
    assert (added.code, added.last_line) == (0, str(tenant_id)), added.err
    again = run("tenant", "add", "corner-shop", "--name", "Corner Shop", *at)
    assert again.code == 1
    assert "There is a tenant with the slug 'corner-shop' already." in again.err
    outlet = run(
        "outlet",
        "add",
        "MAIN",
        "--tenant",
        "corner-shop",
        "--name",
        "Main",
        "--id",
        str(outlet_id),
        "--headquarters",
        *at,
    )
    assert outlet.last_line == str(outlet_id), outlet.err
    key = run("apikey", "create", "till", "--tenant", "corner-shop", "--scope", "viewer", *at)
    key_id, secret = key.out.split()
    assert UUID(key_id)
    assert secret.startswith("ig_")
    rotated = run("apikey", "rotate", key_id, "--tenant", "corner-shop", *at)
    assert rotated.out.split()[1] != secret
    assert run("apikey", "revoke", key_id, "--tenant", "corner-shop", *at).code == 0
    granted = run("role", "grant", "viewer", "--tenant", "corner-shop", "--subject", "amina", *at)
    assert granted.last_line == "amina has the role viewer in corner-shop."
    assert run("role", "revoke", "viewer", "--tenant", "corner-shop", "--subject", "amina", *at).code == 0
    assert run("role", "revoke", "viewer", "--tenant", "corner-shop", "--subject", "amina", *at).code == 1


def test_every_tenant_is_audited(seeded: Path) -> None:
    """Exit 0 and a line of counts for each when nothing drifted."""
    ended = run("audit", "--data-dir", seeded)
    assert ended.code == 0, ended.err
    lines = ended.out.strip().splitlines()
    assert any(line.startswith("urban-loft: 76 balances") for line in lines), lines
    one = run("audit", "--tenant", "demo-two", "--data-dir", seeded)
    assert one.out.startswith("demo-two: ")
