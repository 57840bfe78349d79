"""At the end of the run the terminal tells what the random commands were."""

from tests.properties.telling import pytest_terminal_summary, tell

__all__ = ["pytest_terminal_summary", "tell"]
