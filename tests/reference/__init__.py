"""The generated pages of docs/: what the program itself knows about its settings, commands, events, errors and tables.

``python -m tests.reference`` (``make docs``) writes them; ``tests/test_docs.py`` fails when a page is not what is printed here.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.reference import commands, entities, errors, events, permissions, settings

ROOT: Final = Path(__file__).parents[2]

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/reference/settings.md": settings.page,
    "docs/reference/cli.md": commands.page,
    "docs/reference/events.md": events.page,
    "docs/reference/permissions.md": permissions.page,
    "docs/reference/errors.md": errors.page,
    "docs/erd.md": entities.page,
}
"""Each page by its path from the root of the project."""
