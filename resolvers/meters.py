"""What an operation has cost so far."""

from dataclasses import dataclass


class CostExceeded(Exception):
    """The answer became larger than was estimated, and costs more than one operation may: ``points`` so far, of ``points_max``."""

    def __init__(self, points: int, points_max: int) -> None:
        super().__init__(points, points_max)
        self.points = points
        self.points_max = points_max


@dataclass(slots=True)
class Meter:
    """The points of one operation; ``points_max`` None for any number of them."""

    points_max: int | None = None
    points: int = 0

    def add(self, points: int) -> None:
        """Count what is about to be done. Raises ``CostExceeded``."""
        self.points += points
        if self.points_max is not None and self.points > self.points_max:
            raise CostExceeded(self.points, self.points_max)
