"""docs/reference/settings.md."""

from inventory_graph.config import describe
from tests.reference import markdown

INTRODUCTION = """
Each setting is an environment variable. `inventory-graph` also reads a file `.env` in the working directory; the environment
comes first. An empty variable counts as not set.

A value that is not accepted ends the program at start with a sentence that names the variable. So does a variable that begins
with `INVENTORY_` and is not in this list. Variables that begin with `INVENTORY_TEST_` belong to the tests.

The value of a setting marked *secret* is not repeated in messages.
"""


def page() -> str:
    """Every setting as ``inventory_graph.config`` describes it."""
    rows = [
        (
            markdown.code(each.name),
            each.description + (" *Secret.*" if each.is_secret else ""),
            each.accepts,
            each.default,
        )
        for each in describe()
    ]
    return markdown.page(
        "Settings", INTRODUCTION, markdown.table(("variable", "what it is for", "takes", "when not set"), rows)
    )
