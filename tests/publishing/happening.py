"""An event of tests: as large as the test wants it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from inventory_graph.outbox import Event


@dataclass(frozen=True, kw_only=True)
class Happening(Event):
    """Something happened."""

    type: ClassVar[str] = "inventory.test.happened"
    aggregate_type: ClassVar[str] = "test"

    text: str

    def payload(self) -> dict[str, Any]:
        return {"text": self.text}
