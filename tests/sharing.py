"""Runs one share of the tests that were found: ``pytest --share=2/4`` runs each fourth from the second on."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", default="1/1", metavar="K/N", help="of the tests found run each Nth, from the Kth on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep those of the share; the others are counted as deselected."""
    number, shares = map(int, config.getoption("--share").split("/"))
    others = [item for position, item in enumerate(items) if position % shares != number - 1]
    items[:] = items[number - 1 :: shares]
    config.hook.pytest_deselected(items=others)
