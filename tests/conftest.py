"""What every test may ask for: a database, a tenant of its own, the service over GraphQL, the service as a process.

Session fixtures live in one event loop (see pyproject.toml). PostgreSQL is the embedded one, in a temporary directory of
the run; ``INVENTORY_TEST_DATABASE_URL`` names another server to use instead, by a superuser's URL.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext

import httpx
import pytest

from inventory_graph.app import create_app
from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings, describe
from inventory_graph.hooks import HOOKS
from migrations.roles import APP, WORKER
from tests.given.tenants import GivenTenant, given_tenant
from tests.graph import BASE_URL, GivenCallers, GraphClient
from tests.servers import (
    DATABASE_URL_SETTING,
    SYSTEM_URL_DEFAULT,
    SYSTEM_URL_SETTING,
    NoServerError,
    PostgresServer,
    Service,
    answering_server,
    embedded_server,
    run_alone,
    running_service,
)
from tests.sharing import pytest_addoption, pytest_collection_modifyitems  # noqa: F401 - found here by pytest
from tests.statements import CountingDatabase

servers_used = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts background jobs deaf to Ctrl-C, and they would hand that on to the servers that tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[servers_used] = []
    # Tests say themselves which settings they are about; those of the desk they run on are none of their business.
    for setting in describe():
        os.environ.pop(setting.name, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers the tests ran on, and name every test that did not run and why, also when there is none."""
    for line in config.stash[servers_used]:
        terminalreporter.write_line(line)
    skipped = [
        report
        for report in terminalreporter.getreports("skipped")
        if isinstance(report, pytest.TestReport | pytest.CollectReport)
    ]
    terminalreporter.write_line(f"Skipped: {len(skipped) or 'none'}")
    for report in skipped:
        terminalreporter.write_line(f"  {report.nodeid}: {_reason(report)}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """The server that tests run on: the one of the setting when it answers, else an embedded one."""
    used = pytestconfig.stash[servers_used]
    url = os.environ.get(DATABASE_URL_SETTING)
    try:
        found = answering_server(url) if url else None
    except NoServerError as trouble:
        used.append(f"{DATABASE_URL_SETTING} is not used: {trouble}")
        found = None
    with nullcontext(found) if found is not None else embedded_server() as server:
        used.append(f"Tests ran on {server.description}")
        yield server
        run_alone(server.close())


@pytest.fixture(scope="session")
def postgres_15(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """The system's server, the oldest that is supported where this project is built; tests skip where none answers."""
    try:
        server = answering_server(os.environ.get(SYSTEM_URL_SETTING, SYSTEM_URL_DEFAULT))
    except NoServerError as trouble:
        pytest.skip(f"{trouble} (set {SYSTEM_URL_SETTING} to name one)")
    pytestconfig.stash[servers_used].append(f"Some tests also ran on {server.description}")
    yield server
    run_alone(server.close())


@pytest.fixture
def new_postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, on which nothing was ever migrated and which has none of our roles."""
    with embedded_server() as server:
        yield server


@pytest.fixture(scope="session")
async def owner_url(postgres: PostgresServer) -> str:
    """The tests' database by its superuser's URL, who may take every role: for what no caller of the service may do."""
    return await postgres.clone()


@pytest.fixture(scope="session")
async def database(owner_url: str) -> AsyncIterator[CountingDatabase]:
    """The tests' database as the service sees it, bound by row-level security; its statements can be counted."""
    opened = await CountingDatabase.connect(owner_url, role=APP, hooks=HOOKS)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def worker_database(owner_url: str) -> AsyncIterator[CountingDatabase]:
    """The same database as the worker sees it."""
    opened = await CountingDatabase.connect(owner_url, role=WORKER, hooks=HOOKS)
    yield opened
    await opened.close()


@pytest.fixture
async def tenant(database: CountingDatabase) -> GivenTenant:
    """A tenant of the test's own: standard roles and units, an outlet whose warehouse MAIN is the default."""
    return await given_tenant(database)


@pytest.fixture(scope="session")
async def callers(database: CountingDatabase) -> AsyncIterator[GivenCallers]:
    """Who may call: whoever a test makes up, besides those whom the service itself would let in."""
    authenticator = Authenticator(database=database, settings=Settings.load(dotenv=None))
    yield GivenCallers(authenticator)
    await authenticator.close()


@pytest.fixture(scope="session")
async def http_client(database: CountingDatabase, callers: GivenCallers) -> AsyncIterator[httpx.AsyncClient]:
    """The web application in this process, spoken to over HTTP without a socket."""

    async def ready() -> bool:
        return True

    application = create_app(Settings.load(dotenv=None), database=database, authenticator=callers, ready=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE_URL) as client:
        yield client


@pytest.fixture
def graph(http_client: httpx.AsyncClient, callers: GivenCallers, tenant: GivenTenant) -> GraphClient:
    """GraphQL as the administrator of the test's tenant: ``await graph("{ … }")``; see ``tests/graph.py``."""
    return GraphClient(http_client, callers, tenant)


@pytest.fixture(scope="session")
def http_service() -> Iterator[Service]:
    """The service as a process with the demo data, for what only a real server shows. Shared: leave it as it was."""
    with running_service() as service:
        yield service
