"""Real servers for tests: a PostgreSQL of our own, the system's one, and the service as a process."""

import asyncio
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx

from inventory_graph import migrate
from inventory_graph.embedded import DataDirectory, EmbeddedPostgres, find_binaries
from migrations.roles import ALL as ROLES
from tests.forked import run_to_end

DATABASE_URL_SETTING = "INVENTORY_TEST_DATABASE_URL"
SYSTEM_URL_SETTING = "INVENTORY_TEST_SYSTEM_DATABASE_URL"
SYSTEM_URL_DEFAULT = "postgresql://postgres@127.0.0.1:5432/postgres"
OLDEST_MAJOR = 15
CONNECT_SECONDS_MAX = 5
PORTS = range(20_000, 32_000)
SERVICE_START_SECONDS_MAX = 120
SERVICE_STOP_SECONDS_MAX = 30

# Nothing that these servers hold outlives the run, so nothing needs to survive a power failure.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""For benchmarks: as in production, every acknowledged commit is on disk."""

ELSEWHERE = Path(sys.prefix)
"""Where programs run: a directory that has no .env, whose settings would be those of the desk."""

_DIRECTORY_PREFIX = "inventory-graph-test-"


Result = TypeVar("Result")


class NoServerError(Exception):
    """No PostgreSQL answers there, or none that tests can use; the text says where and why."""


@dataclass(slots=True)
class PostgresServer:
    """A PostgreSQL whose databases tests make and drop. ``url`` is that of its maintenance database."""

    url: str
    major: int
    description: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _databases: list[str] = field(default_factory=list)
    _roles_before: frozenset[str] = frozenset()
    _template: str | None = None

    def database_url(self, name: str) -> str:
        """The URL of another database of this server, for the same login."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    async def create_database(self, template: str = "template1") -> str:
        """Make a database as a copy of the template; its name. It is dropped by ``close`` at the latest."""
        name = f"inventory_test_{os.getpid()}_{next(self._numbers)}"
        await self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._databases.append(name)
        return name

    async def drop_database(self, name: str) -> None:
        """Drop a database that ``create_database`` made, whoever is still connected to it."""
        self._databases.remove(name)
        await self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def clone(self) -> str:
        """The URL of a new database with all migrations applied and no rows but the permissions."""
        if self._template is None:
            template = await self.create_database()
            # Alembic runs an event loop of its own, which needs a thread without one.
            await asyncio.to_thread(migrate.up, self.database_url(template))
            self._template = template
        return self.database_url(await self.create_database(self._template))

    async def close(self) -> None:
        """Drop every database made here, and the roles that migrations left behind if there were none before."""
        for name in list(self._databases):
            await self.drop_database(name)
        for role in set(ROLES) - self._roles_before:
            with suppress(asyncpg.DependentObjectsStillExistError, asyncpg.UndefinedObjectError):
                await self._run(f"DROP ROLE {role}")

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url, timeout=CONNECT_SECONDS_MAX)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def answering_server(url: str) -> PostgresServer:
    """The server at the URL; raises ``NoServerError`` when it does not answer or its login may not do what tests do."""
    return run_alone(_answering_server(url))


def run_alone(work: Coroutine[Any, Any, Result]) -> Result:
    """Run the coroutine in an event loop of its own, leaving alone the one that pytest keeps for tests."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


async def _answering_server(url: str) -> PostgresServer:
    place = _without_password(url)
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS_MAX)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise NoServerError(f"no PostgreSQL answers at {place}: {error or type(error).__name__}") from None
    try:
        major = connection.get_server_version().major
        is_superuser = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        roles = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", list(ROLES))
    finally:
        await connection.close()
    if major < OLDEST_MAJOR:
        raise NoServerError(f"the PostgreSQL at {place} is version {major}; tests need {OLDEST_MAJOR} or newer")
    if not is_superuser:
        raise NoServerError(f"the login at {place} is no superuser; tests create databases and roles")
    return PostgresServer(
        url=url,
        major=major,
        description=f"PostgreSQL {major} at {place}",
        _roles_before=frozenset(role["rolname"] for role in roles),
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """An empty directory, removed at the end.

    Right below the system's directory for temporary files, because those that pytest makes are closed to the account
    that a database server runs as. The name holds the id of this process, so that what a killed run left is found.
    """
    place = Path(tempfile.gettempdir()).resolve()
    for leftover in place.glob(f"{_DIRECTORY_PREFIX}*"):
        owner = leftover.name.removeprefix(_DIRECTORY_PREFIX).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(leftover, ignore_errors=True)
    directory = place / f"{_DIRECTORY_PREFIX}{os.getpid()}-{uuid4().hex[:8]}"
    directory.mkdir(mode=0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def embedded_server(settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """An embedded PostgreSQL in a temporary directory of its own. Enter it in the main thread, outside an event loop."""
    with (
        temporary_directory() as directory,
        EmbeddedPostgres(
            DataDirectory(directory / "data"), find_binaries(None), settings={**FORGETFUL, **(settings or {})}
        ) as embedded,
    ):
        version = embedded.server.version
        yield PostgresServer(
            url=embedded.url("postgres"),
            major=int(version.partition(".")[0]),
            description=f"PostgreSQL {version}, embedded",
        )


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses at this moment, and that no other process of the tests is given: each keeps its byte
    of a file locked as long as it lives. The system gives none of these to connections."""
    if not _ports.lock:
        _ports.lock = os.open(Path(tempfile.gettempdir(), "inventory-graph-test-ports"), os.O_RDWR | os.O_CREAT, 0o666)
    while True:
        port = _ports.chance.choice(PORTS)
        if port in _ports.given:
            continue
        try:
            fcntl.lockf(_ports.lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        _ports.given.add(port)
        return port


@dataclass(slots=True)
class _Ports:
    chance: random.Random = field(default_factory=random.SystemRandom)
    given: set[int] = field(default_factory=set)
    lock: int = 0


_ports = _Ports()


@dataclass(frozen=True, slots=True)
class Service:
    """The service as a process: ``url`` of its GraphQL endpoint, ``token`` of an administrator of the seeded tenant."""

    url: str
    token: str = field(repr=False)
    port: int
    pid: int
    data_directory: Path
    log: Path


def inventory_graph(*arguments: str | Path, timeout_seconds: float = 120) -> str:
    """What the command line program prints for the arguments; raises ``AssertionError`` with its words when it fails."""
    answer = run_to_end(list(map(str, arguments)), environment=os.environ, cwd=ELSEWHERE, seconds_max=timeout_seconds)
    assert answer.code == 0, f"inventory-graph {' '.join(map(str, arguments))}: {answer.err or answer.out}"
    return answer.out


def program() -> Path:
    """The command line program of this installation."""
    return Path(sys.executable).with_name("inventory-graph")


@contextmanager
def running_service(settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """``inventory-graph dev`` on a free port with a database of its own and these settings, ended by its process id.

    Entered when the seed is committed: before that the service does not answer 200.
    """
    with temporary_directory() as directory:
        port, data, log = free_port(), directory / "data", directory / "service.log"
        url = f"http://127.0.0.1:{port}/graphql"
        command: list[str | Path] = [program(), "dev", "--port", str(port), "--data-dir", data]
        with running_program(command, cwd=ELSEWHERE, settings=settings, log=log, url=url) as process:
            yield Service(
                url=url,
                token=token_of("urban-loft", data_directory=data),
                port=port,
                pid=process.pid,
                data_directory=data,
                log=log,
            )


def token_of(tenant: str, *, data_directory: Path, role: str = "inventory_admin") -> str:
    """A token of a seeded tenant, by the key of the data directory."""
    printed = inventory_graph("token", "--tenant", tenant, "--role", role, "--data-dir", data_directory)
    return printed.strip().rpartition("\n")[2]


@contextmanager
def running_program(
    command: Sequence[str | Path], *, cwd: Path, log: Path, url: str, settings: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server as a process, entered when its GraphQL endpoint answers, ended by its process id. What it says is in ``log``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until(lambda: _answers(url), process=process, log=log)
        yield process
    finally:
        end(process)


def _answers(url: str) -> bool:
    try:
        return httpx.post(url, json={"query": "{__typename}"}, timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _wait_until(condition: Callable[[], bool], *, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SERVICE_START_SECONDS_MAX
    while not condition():
        said = log.read_text(errors="replace")[-2_000:]
        assert process.poll() is None, f"the server ended with {process.returncode} while starting:\n{said}"
        assert time.monotonic() < deadline, f"no answer after {SERVICE_START_SECONDS_MAX} seconds:\n{said}"
        time.sleep(0.1)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Stop the process as an operator would; fails when it takes too long, after ending it by force."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=SERVICE_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"the server did not end within {SERVICE_STOP_SECONDS_MAX} seconds of SIGTERM") from None
