"""A gate before each broker of the mock cluster: encrypted, and closed to whoever does not log in, as brokers elsewhere are.

The mock itself speaks neither TLS nor SASL. The gate answers what belongs to a login (mechanism PLAIN) and passes on everything
else, one request after the other.
"""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.kafka_clusters import KafkaCluster

HOST = "127.0.0.1"
MECHANISM = b"PLAIN"
_HANDSHAKE, _API_VERSIONS, _AUTHENTICATE = 17, 18, 36
_NO_ERROR, _AUTHENTICATION_FAILED = 0, 58
_LOGIN_VERSIONS = struct.pack(">hhhhhh", _HANDSHAKE, 0, 1, _AUTHENTICATE, 0, 0)


def certify(directory: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody knows, and its key, in files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafka of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = directory / "kafka.pem", directory / "kafka-key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@dataclass(slots=True)
class Gate:
    """The way to one broker, for one user."""

    port: int
    user: str
    password: str = field(repr=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it goes or asks without having logged in."""
        inner_reader, inner_writer = await asyncio.open_connection(HOST, self.port)
        is_open = False
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    request = await _frame(reader)
                    key, _, number = struct.unpack_from(">hhi", request)
                    if key == _HANDSHAKE:
                        answer = struct.pack(">ihih", number, _NO_ERROR, 1, len(MECHANISM)) + MECHANISM
                    elif key == _AUTHENTICATE:
                        is_open = self._is_known(request)
                        code = _NO_ERROR if is_open else _AUTHENTICATION_FAILED
                        answer = struct.pack(">ihhi", number, code, -1, 0)
                    elif is_open or key == _API_VERSIONS:
                        inner_writer.write(struct.pack(">i", len(request)) + request)
                        answer = await _frame(inner_reader)
                        answer = _with_login(answer) if key == _API_VERSIONS else answer
                    else:
                        return
                    writer.write(struct.pack(">i", len(answer)) + answer)
                    await writer.drain()
        finally:
            inner_writer.close()
            writer.close()

    def _is_known(self, request: bytes) -> bool:
        (client_length,) = struct.unpack_from(">h", request, 8)
        _, user, password = request[10 + max(client_length, 0) + 4 :].decode().split("\0")
        return (user, password) == (self.user, self.password)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


def _with_login(answer: bytes) -> bytes:
    """The versions that a broker knows, and those of a login besides."""
    (count,) = struct.unpack_from(">i", answer, 6)
    return answer[:6] + struct.pack(">i", count + 2) + _LOGIN_VERSIONS + answer[10:]


@asynccontextmanager
async def gated(
    cluster: KafkaCluster, *, files: tuple[Path, Path], user: str, password: str
) -> AsyncIterator[KafkaCluster]:
    """The cluster behind gates with the certificate, while the block runs; it names the gates to its clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    addresses = []
    async with AsyncExitStack() as stack:
        for number, broker in enumerate(cluster.brokers, 1):
            gate = Gate(int(broker.rpartition(":")[2]), user, password)
            server = await asyncio.start_server(gate.serve, HOST, 0, ssl=context)
            await stack.enter_async_context(server)
            port = server.sockets[0].getsockname()[1]
            cluster.announce(number, HOST, port)
            addresses.append(f"{HOST}:{port}")
        yield replace(cluster, brokers=tuple(addresses))
