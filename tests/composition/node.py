"""The package of the composers and of the audit of GraphQL over HTTP."""

from pathlib import Path
from typing import Final

from tests.node import NodePackage

COMPOSITION: Final = NodePackage("composition", Path(__file__).parent / "package")
