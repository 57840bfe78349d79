"""The table of sabotages stays what ``make sabotage`` needs, while the code that it sabotages changes."""

import ast
from collections import Counter

import pytest

from tests.sabotage.table import ROOT, SABOTAGES, Sabotage


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_changes_one_place(sabotage: Sabotage) -> None:
    """The text stands there once, and what takes its place is another program."""
    text = (ROOT / sabotage.file).read_text()
    changed = sabotage.applied(text)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_names_tests_that_exist(sabotage: Sabotage) -> None:
    """A test that was renamed would catch nothing any more."""
    for test in sabotage.tests:
        file, name = test.split("::")
        functions = [node for node in ast.parse((ROOT / file).read_text()).body if hasattr(node, "name")]
        assert name in {function.name for function in functions}, test


def test_no_test_is_named_more_than_three_times() -> None:
    """A test that notices everything tells nothing."""
    named = Counter(test for sabotage in SABOTAGES for test in sabotage.tests)
    assert len(SABOTAGES) >= 15
    assert {test: times for test, times in named.items() if times > 3} == {}


def test_refuses_a_text_that_is_gone() -> None:
    """And one that occurs twice: neither would be the sabotage that it says."""
    sabotage = Sabotage("a test", "a.py", "x = 1\n", "", ())
    assert sabotage.applied("x = 1\ny = 2\n") == "y = 2\n"
    for text in ("y = 2\n", "x = 1\nx = 1\n"):
        with pytest.raises(ValueError, match="name what stands there now"):
            sabotage.applied(text)
