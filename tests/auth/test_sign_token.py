"""The development key signs tokens of this machine for this machine."""

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings, SettingsError
from inventory_graph.db import Database
from inventory_graph.errors import Unauthenticated
from inventory_graph.identity.permissions import STANDARD_ROLES
from inventory_graph.signing import KeyFileError, development_key, sign_token
from tests.auth.conftest import MakeAuthenticator
from tests.auth.issuer import Issuer, new_key
from tests.given.tenants import GivenTenant


def _token(path: Path, tenant: GivenTenant, **given: object) -> str:
    arguments = {
        "tenant_id": tenant.id,
        "tenant_slug": tenant.slug,
        "subject": "developer",
        "roles": ["stock_clerk"],
        "now": datetime.now(UTC),
        **given,
    }
    return sign_token(development_key(path), **arguments)  # type: ignore[arg-type]


async def test_a_signed_token_makes_a_caller(
    make_authenticator: MakeAuthenticator, tenant: GivenTenant, tmp_path: Path
) -> None:
    """It needs no issuer, and takes the way of every other token."""
    path = tmp_path / "development-key.pem"
    authenticator = make_authenticator(jwt_issuers=(), development_key_file=path)
    actor = await authenticator.authenticate({"authorization": f"Bearer {_token(path, tenant)}"})
    assert actor is not None
    assert (actor.tenant_id, actor.subject, actor.permissions) == (
        tenant.id,
        "developer",
        STANDARD_ROLES["stock_clerk"],
    )


async def test_a_signed_token_may_be_bound_to_an_outlet(
    make_authenticator: MakeAuthenticator, tenant: GivenTenant, tmp_path: Path
) -> None:
    """As the auth service's is after an outlet was chosen."""
    path = tmp_path / "development-key.pem"
    authenticator = make_authenticator(development_key_file=path)
    outlet = {"outlet_id": tenant.outlet_id, "outlet_code": "main"}
    bound = await authenticator.authenticate({"authorization": f"Bearer {_token(path, tenant, **outlet)}"})
    assert bound is not None
    assert bound.outlet_ids == frozenset({tenant.outlet_id})
    free = await authenticator.authenticate(
        {"authorization": f"Bearer {_token(path, tenant, **outlet, is_hq_user=True)}"}
    )
    assert free is not None
    assert free.outlet_ids is None


async def test_a_signed_token_ends(make_authenticator: MakeAuthenticator, tenant: GivenTenant, tmp_path: Path) -> None:
    """After 12 hours, or as told."""
    path = tmp_path / "development-key.pem"
    authenticator = make_authenticator(development_key_file=path)
    token = _token(path, tenant, lifetime=timedelta(minutes=5), now=datetime.now(UTC) - timedelta(minutes=6))
    with pytest.raises(Unauthenticated, match="expired"):
        await authenticator.authenticate({"authorization": f"Bearer {token}"})
    claims = jwt.decode(_token(path, tenant), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 12 * 3600


async def test_the_key_opens_nothing_where_settings_do_not_name_it(
    authenticator: Authenticator, issuer: Issuer, tenant: GivenTenant, tmp_path: Path
) -> None:
    """Even under the name of an issuer that is accepted."""
    path = tmp_path / "development-key.pem"
    with pytest.raises(Unauthenticated, match="issuer"):
        await authenticator.authenticate({"authorization": f"Bearer {_token(path, tenant)}"})
    key = development_key(path)
    forged = issuer.token(tenant, key=key.private, headers={"kid": key.kid})
    with pytest.raises(Unauthenticated, match="key that its issuer does not have"):
        await authenticator.authenticate({"authorization": f"Bearer {forged}"})


async def test_production_refuses_the_key(database: Database, tmp_path: Path) -> None:
    """By name at start; and were the check of settings gone round, no authenticator is made."""
    path = tmp_path / "development-key.pem"
    with pytest.raises(
        SettingsError, match=r"^INVENTORY_DEVELOPMENT_KEY_FILE is set and INVENTORY_ENVIRONMENT is production"
    ):
        Settings.load(dotenv=None, environment="production", development_key_file=path)
    forced = Settings.load(dotenv=None, environment="production").model_copy(update={"development_key_file": path})
    with pytest.raises(SettingsError, match="INVENTORY_DEVELOPMENT_KEY_FILE"):
        Authenticator(database=database, settings=forced)
    assert not path.exists()


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    """Whoever can read it can be anyone."""
    path = tmp_path / "development-key.pem"
    first, second = development_key(path), development_key(path)
    assert first.kid == second.kid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.private.key_size == 2048
    assert [each.name for each in tmp_path.iterdir()] == ["development-key.pem"]
    assert "PRIVATE" in path.read_text()
    assert repr(first) == f"DevelopmentKey(kid='{first.kid}')"


def test_many_that_start_at_once_end_with_the_same_key(tmp_path: Path) -> None:
    """`dev` and `token` may both find none."""
    path, barrier = tmp_path / "development-key.pem", threading.Barrier(4)
    kids: list[str] = []

    def start() -> None:
        barrier.wait()
        kids.append(development_key(path).kid)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kids) == 4
    assert set(kids) == {development_key(path).kid}
    assert [each.name for each in tmp_path.iterdir()] == ["development-key.pem"]


def test_the_key_id_is_the_thumbprint_of_its_public_half(tmp_path: Path) -> None:
    """Two machines' keys never share an id, and what is published holds nothing private."""
    key = development_key(tmp_path / "development-key.pem")
    jwk = key.jwk()
    assert jwk["kid"] == key.kid
    assert not {"d", "p", "q", "dp", "dq", "qi"} & jwk.keys()
    assert jwt.PyJWK(jwk).key.public_numbers() == key.public.public_numbers()


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """It may be somebody's something: the remedy is theirs to choose."""
    path = tmp_path / "development-key.pem"
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match=f"The development key {path} holds no readable private key: remove"):
        development_key(path)
    assert path.read_bytes() == content


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Tokens are signed with RS256."""
    path = tmp_path / "development-key.pem"
    for private in (ec.generate_private_key(ec.SECP256R1()), new_key(1024)):
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        with pytest.raises(KeyFileError, match="no RSA key of at least 2048 bits"):
            development_key(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """One sentence with the path and the setting."""
    path = tmp_path / "missing" / "development-key.pem"
    with pytest.raises(KeyFileError, match=rf"{path} cannot be made or read .*INVENTORY_DEVELOPMENT_KEY_FILE"):
        development_key(path)
    assert not path.parent.exists()
