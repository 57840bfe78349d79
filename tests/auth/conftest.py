"""An issuer, and authenticators that trust it."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from inventory_graph.auth import Authenticator
from inventory_graph.config import Settings
from inventory_graph.db import Database
from tests.auth.issuer import Clock, Issuer, running_issuer

MakeAuthenticator = Callable[..., Authenticator]


@pytest.fixture(scope="session")
def served_issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(served_issuer: Issuer) -> Issuer:
    """The issuer with its one key published."""
    served_issuer.reset()
    return served_issuer


@pytest.fixture
def clock() -> Clock:
    """The clock by which the authenticator forgets."""
    return Clock()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What the machine that runs the tests has set must not decide them."""
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def make_authenticator(database: Database, issuer: Issuer, clock: Clock) -> AsyncIterator[MakeAuthenticator]:
    """Makes an authenticator with the given settings, by default one that trusts the issuer."""
    made: list[Authenticator] = []

    def make(**settings: Any) -> Authenticator:
        given = {"jwt_issuers": (issuer.url,), **settings}
        made.append(Authenticator(database=database, settings=Settings.load(dotenv=None, **given), clock=clock))
        return made[-1]

    yield make
    for each in made:
        await each.close()


@pytest.fixture
def authenticator(make_authenticator: MakeAuthenticator) -> Authenticator:
    """One that trusts the issuer and keeps nothing yet."""
    return make_authenticator()
