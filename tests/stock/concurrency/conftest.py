"""At the end of the run the terminal tells how the storms went."""

from tests.properties.telling import pytest_terminal_summary, tell

__all__ = ["pytest_terminal_summary", "tell"]
