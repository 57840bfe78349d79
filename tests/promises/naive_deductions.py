"""What orders have had, as a plain program would keep it: a list for each, of what was deducted and what of it came back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from uuid import UUID

from tests.promises.naive_allocation import shares
from tests.promises.naive_holds import Gone
from tests.properties.naive_values import MILLION, Declined


@dataclass(slots=True, eq=False)
class Deduction:
    """So many millionths of a variant that were deducted. ``lacking`` of it was not there; ``spoken_for``: how much of what a
    promise issued has been reported as used since; ``back``: how much came back."""

    source: str
    variant: UUID
    step: int
    quantity: int
    lacking: int = 0
    spoken_for: int = 0
    back: int = 0
    reference: str | None = None
    gone: list[Gone] = field(default_factory=list)

    @property
    def deducted(self) -> int:
        """What was there to deduct."""
        return self.quantity - self.lacking


class Deductions:
    """By order, reference or call what was deducted."""

    def __init__(self) -> None:
        self.of: dict[str, list[Deduction]] = {}

    def add(self, scope: str, deduction: Deduction) -> None:
        self.of.setdefault(scope, []).append(deduction)

    def references(self, scope: str) -> set[str]:
        """The lines that were reported before."""
        return {each.reference for each in self.of.get(scope, ()) if each.reference is not None}

    def unspoken(self, scope: str, variant: UUID, quantity: int) -> list[tuple[Deduction, int]]:
        """Of what promises issued for the order and nobody has reported yet, at most so much."""
        found = []
        for each in self.of.get(scope, ()):
            if each.source == "RESERVATION" and each.variant == variant:
                part = min(each.quantity - each.spoken_for, quantity)
                found.append((each, part))
                quantity -= part
        return found

    def returns(
        self, scope: str, wanted: Sequence[tuple[UUID, int]] | None
    ) -> list[tuple[Deduction, int, list[tuple[Gone, int]]]]:
        """What comes back of each deduction, in units of what was sold and of what is to be put back where; declined where
        nothing was deducted."""
        rows = self.of.get(scope)
        if not rows:
            raise Declined("NOT_FOUND")
        if wanted is None:
            together = [
                row for variant in dict.fromkeys(row.variant for row in rows) for row in rows if row.variant == variant
            ]
            return [(row, row.deducted - row.back, _everything(row)) for row in together]
        sums: dict[UUID, int] = {}
        for variant, quantity in wanted:
            sums[variant] = sums.get(variant, 0) + quantity
        found = []
        for variant, quantity in sums.items():
            of_it = [row for row in rows if row.variant == variant]
            if not of_it:
                raise Declined("NOT_FOUND")
            left = [row.deducted - row.back for row in of_it]
            budget = min(quantity, sum(left))
            step = max(row.step for row in of_it)
            if budget % step or any(each % step for each in left):
                step = 1
            for row, part in zip(of_it, shares(budget, left, step=step), strict=True):
                found.append((row, part, _share(row, part)))
        return found


def _everything(row: Deduction) -> list[tuple[Gone, int]]:
    return [(gone, gone.quantity - gone.back) for gone in row.gone if gone.quantity > gone.back]


def _share(row: Deduction, part: int) -> list[tuple[Gone, int]]:
    """Of each leaf the share that a part of the deduction is, in whole pieces where only such left; of each place and lot as
    much as there is left of it in proportion. With the last part comes back everything."""
    if part == row.deducted - row.back:
        return _everything(row) if part else []
    found: list[tuple[Gone, int]] = []
    for leaf in dict.fromkeys(gone.key[0] for gone in row.gone):
        of_it = [gone for gone in row.gone if gone.key[0] == leaf]
        rests = [gone.quantity - gone.back for gone in of_it]
        due = round(Fraction(sum(gone.quantity for gone in of_it) * part, row.deducted))
        if of_it[0].serials:
            due = MILLION * round(Fraction(due, MILLION))
        due = min(due, sum(rests))
        is_whole = not due % MILLION and not any(rest % MILLION for rest in rests)
        found += zip(of_it, shares(due, rests, step=MILLION if is_whole else 1), strict=True)
    return [(gone, amount) for gone, amount in found if amount]
