"""`inventory-graph heads`: signed ends of the log, kept outside of the database, tell what was done to it."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from inventory_graph.db import Database
from inventory_graph.leading import lead
from inventory_graph.live.sequencer import Sequencer
from inventory_graph.live.sequencing import LOCK
from inventory_graph.wakeups import Wakeup
from inventory_graph.worker import WORKER
from migrations.roles import APP
from migrations.roles import WORKER as WORKER_ROLE
from tests.cli.conftest import run
from tests.forked import Ran
from tests.given.tenants import GivenTenant, given_tenant
from tests.servers import PostgresServer

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def write_key(directory: Path, name: str, key: PrivateKey) -> tuple[Path, Path]:
    """The two halves of a key, as openssl writes them."""
    private, public = directory / f"{name}.pem", directory / f"{name}.pub.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@dataclass(slots=True)
class Shop:
    """A database with numbered events of two tenants, and a key."""

    url: str
    tenants: tuple[GivenTenant, GivenTenant]
    last: dict[str, tuple[int, str]]
    directory: Path
    private: Path
    public: Path

    @property
    def file(self) -> Path:
        return self.directory / "heads.jwt"

    def heads(self, *arguments: str | Path) -> Ran:
        """Run the command against the database."""
        return run("heads", *arguments, environment={"DATABASE_URL": self.url})

    def exported(self) -> Ran:
        """Export into the file."""
        ended = self.heads("export", self.file, "--key", self.private)
        assert ended.code == 0, ended.err
        return ended


@pytest.fixture
async def shop(postgres: PostgresServer, tmp_path: Path) -> Shop:
    """Nobody works on it but the test."""
    url = await postgres.clone()
    database = await Database.connect(url, role=APP, connections_max=2)
    worker = await Database.connect(url, role=WORKER_ROLE, connections_max=2)
    tenants = (await given_tenant(database, slug="bakery"), await given_tenant(database, slug="florist"))
    async with lead(worker, LOCK) as leader:
        assert leader is not None
        await Sequencer(worker, WORKER, outbox=Wakeup(), log=Wakeup()).one_round(leader)
    async with worker.read(WORKER) as tx:
        rows = await tx.raw.fetch(
            "SELECT slug, last_seq, encode(last_hash, 'hex') AS hash FROM tenant_heads JOIN tenants ON id = tenant_id"
        )
    await worker.close()
    await database.close()
    private, public = write_key(tmp_path, "operator", ed25519.Ed25519PrivateKey.generate())
    return Shop(url, tenants, {row["slug"]: (row["last_seq"], row["hash"]) for row in rows}, tmp_path, private, public)


async def test_a_log_leads_on_from_what_was_exported(shop: Shop) -> None:
    """A line for each tenant on both sides; anybody can read the file with the public key."""
    said = shop.exported().out.splitlines()
    assert said == [f"{slug}: position {seq}, hash {digest}" for slug, (seq, digest) in sorted(shop.last.items())]
    token = shop.file.read_text().strip()
    claims = jwt.decode(token, shop.public.read_bytes(), algorithms=["EdDSA"])
    assert [(each["tenant_slug"], each["tenant_seq"], each["hash"]) for each in claims["heads"]] == [
        (slug, *shop.last[slug]) for slug in ("bakery", "florist")
    ]
    assert {each["tenant_id"] for each in claims["heads"]} == {str(tenant.id) for tenant in shop.tenants}
    taken_at = datetime.fromtimestamp(claims["iat"], UTC)
    assert datetime.now(UTC) - taken_at < timedelta(minutes=1)
    verified = shop.heads("verify", shop.file, "--key", shop.public)
    assert (verified.code, verified.out.splitlines()) == (
        0,
        [
            f"{slug}: position {shop.last[slug][0]} of {taken_at:%Y-%m-%d %H:%M:%S} UTC: the log leads on from it"
            for slug in ("bakery", "florist")
        ],
    )


async def test_a_log_that_was_changed_is_named(shop: Shop) -> None:
    """Exit 1, with the tenant and what is wrong; that of the other leads on."""
    shop.exported()
    connection = await asyncpg.connect(shop.url)
    await connection.execute(
        "UPDATE tenant_heads SET last_seq = 0, last_hash = '' WHERE tenant_id = $1", shop.tenants[0].id
    )
    await connection.execute("DELETE FROM event_log WHERE tenant_id = $1", shop.tenants[0].id)
    await connection.close()
    verified = shop.heads("verify", shop.file, "--key", shop.public)
    assert verified.code == 1
    bakery, florist = verified.out.splitlines()
    assert bakery.startswith("bakery: ")
    assert bakery.endswith("the log is shorter: it ends at position 0")
    assert florist.endswith("the log leads on from it")


async def test_one_tenant_is_exported_alone(shop: Shop) -> None:
    """By its slug."""
    ended = shop.heads("export", shop.file, "--key", shop.private, "--tenant", "florist")
    assert [line.partition(":")[0] for line in ended.out.splitlines()] == ["florist"]


async def test_an_older_file_is_never_written_over(shop: Shop) -> None:
    """It proves what the newer one does not."""
    shop.exported()
    before = shop.file.read_text()
    ended = shop.heads("export", shop.file, "--key", shop.private)
    assert (ended.code, shop.file.read_text()) == (1, before)
    assert ended.err.strip() == f"inventory-graph: {shop.file} cannot be written: File exists. Name a new file."


def changed_claims(token: str) -> str:
    """The token with another position in it, as whoever has no key can write it."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["heads"][0]["tenant_seq"] = 1
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"


async def test_a_file_that_was_changed_proves_nothing(shop: Shop) -> None:
    """Nor does one that somebody else has signed."""
    shop.exported()
    genuine = shop.file.read_text().strip()
    _, other_public = write_key(shop.directory, "other", ed25519.Ed25519PrivateKey.generate())
    verified = shop.heads("verify", shop.file, "--key", other_public)
    assert (verified.code, verified.out) == (1, "")
    assert verified.err.strip().endswith("was not signed by this key, or was changed since.")
    shop.file.write_text(changed_claims(genuine))
    verified = shop.heads("verify", shop.file, "--key", shop.public)
    assert (verified.code, verified.out) == (1, "")
    assert verified.err.strip().endswith("was not signed by this key, or was changed since.")


async def test_what_holds_no_heads_is_refused(shop: Shop) -> None:
    """Another token of the same key, none at all, and no file."""
    key = serialization.load_pem_private_key(shop.private.read_bytes(), password=None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    for text, sentence in (
        (jwt.encode({"iat": 1, "heads": []}, key, algorithm="EdDSA"), "holds no heads of an event log."),
        ("nonsense", "is no file that `inventory-graph heads export` wrote: Not enough segments."),
        (None, "cannot be read: No such file or directory."),
    ):
        shop.file.unlink(missing_ok=True)
        if text is not None:
            shop.file.write_text(text)
        verified = shop.heads("verify", shop.file, "--key", shop.public)
        assert (verified.code, verified.out) == (1, "")
        assert verified.err.strip().endswith(sentence)


async def test_a_key_of_another_kind_is_refused(shop: Shop) -> None:
    """With the command that makes a fit one; nothing is written."""
    private, public = write_key(shop.directory, "curve", ec.generate_private_key(ec.SECP256R1()))
    for key in (private, shop.public, shop.directory / "none.pem"):
        ended = shop.heads("export", shop.file, "--key", key)
        assert (ended.code, shop.file.exists()) == (1, False)
        assert "Traceback" not in ended.err
    assert "`openssl genpkey -algorithm ed25519 -out FILE`" in shop.heads("export", shop.file, "--key", private).err
    shop.exported()
    verified = shop.heads("verify", shop.file, "--key", public)
    assert verified.code == 1
    assert "holds no public Ed25519 key" in verified.err
