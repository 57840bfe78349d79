"""What a random run was made of is printed below the tests, with the seed that makes it again."""

from collections.abc import Callable

import pytest

_told = pytest.StashKey[list[str]]()

Tell = Callable[[list[str]], None]


@pytest.fixture(scope="session")
def tell(pytestconfig: pytest.Config) -> Tell:
    """Have lines printed at the end of the run."""
    return pytestconfig.stash.setdefault(_told, []).extend


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was told, once, however many folders have this in their conftest."""
    lines = config.stash.get(_told, [])
    for line in lines:
        terminalreporter.write_line(line)
    lines.clear()
