"""What an import says: what it did, what it noticed, and what was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from inventory_graph.errors import InvalidInput

PROBLEMS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in which line of the file (counted from 1, the header included)."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class ImportRefused(InvalidInput):
    """The file has problems; nothing was imported."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        shown = [f"  {problem}" for problem in self.problems[:PROBLEMS_SHOWN_MAX]]
        if len(self.problems) > PROBLEMS_SHOWN_MAX:
            shown.append(f"  … and {len(self.problems) - PROBLEMS_SHOWN_MAX} more")
        many = "a problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"The file has {many}; nothing was imported.", *shown]))


@dataclass(slots=True)
class Report:
    """What an import did: names and numbers, and what a person should look at."""

    counts: dict[str, int] = field(default_factory=dict)
    notices: list[Problem] = field(default_factory=list)

    def count(self, what: str, many: int = 1) -> None:
        """Add to a number."""
        self.counts[what] = self.counts.get(what, 0) + many

    def notice(self, line: int, message: str) -> None:
        """Tell a person something about a line that was imported all the same."""
        self.notices.append(Problem(line, message))

    def summary(self) -> str:
        """The numbers in one line."""
        return ", ".join(f"{many} {what}" for what, many in self.counts.items() if many) or "nothing to do"
