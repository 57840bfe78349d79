"""At the end of the run the terminal tells what the random requests were."""

from tests.properties.telling import pytest_terminal_summary, tell

__all__ = ["pytest_terminal_summary", "tell"]
