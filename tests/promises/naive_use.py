"""Reports of what was used, as a plain program would take them: what was had is spoken of, what is promised is issued, the
rest comes from the shelf."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from inventory_graph.reservations.requests import ConsumeStock
from inventory_graph.stock.commands import BalanceKey
from tests.promises.naive_allocation import shares
from tests.promises.naive_asking import DeclinedLine, Want, check_backdated
from tests.promises.naive_deductions import Deduction
from tests.promises.naive_holds import Gone, Wish
from tests.promises.naive_promises import Promise, PromisedLine, Promises
from tests.properties.naive_values import MILLION, Declined


class Use:
    """One report of what was used, on its way."""

    def __init__(self, promises: Promises, request: ConsumeStock, now: datetime, scope: str) -> None:
        self.promises, self.holds, self.deductions = promises, promises.holds, promises.deductions
        self.request, self.now, self.scope = request, now, scope
        self.happened = request.occurred_at or now
        self.rows: list[Deduction] = []
        self.spoken: list[tuple[Deduction, int]] = []
        self.from_promise: list[tuple[Promise, PromisedLine, int]] = []

    def run(self) -> None:
        """What the order has had is only spoken of; what is promised to it is issued; the rest comes from the shelf."""
        request, asking = self.request, self.promises.asking
        asking.check_count(request.lines)
        check_backdated(request.occurred_at, request.actor, self.now)
        place = asking.warehouse(request.place, request.actor)
        wants = asking.wants(request.lines, request.occurred_at)
        promise = self.promises.live_of(self.scope)
        keys = {(leaf, place) for want in wants for leaf in want.needs} | {
            part.key for part in (promise.parts() if promise is not None else [])
        }
        self.holds.wake(sorted(keys), self.now)
        if promise is not None and not request.is_additional:
            variants = {want.variant for want in wants}
            lines = [line for line in promise.lines.values() if line.want.variant in variants]
            self.promises.check_reach(
                request.actor, {part.key for line in lines for part in line.parts if part.quantity}
            )
        if self.happened > self.now + timedelta(minutes=5):
            raise Declined("INVALID_INPUT")
        is_told = promise is not None and not promise.is_over(self.now) and not request.is_additional
        before = _lines_of(promise) if promise is not None else []
        try:
            with self.holds.command(keys):
                self._run(wants, place, promise if is_told else None)
        except Declined:
            for line, held, issued in before:
                line.held, line.issued = held, issued
            for row, part in self.spoken:
                row.spoken_for -= part
            raise
        for row in self.rows:
            self.deductions.add(self.scope, row)
        if promise is not None and self.from_promise:
            self.promises.settle(promise, self.now)

    def _run(self, wants: Sequence[Want], place: UUID, promise: Promise | None) -> None:
        told = self.deductions.references(self.scope)
        left: list[tuple[int, Want, int]] = []
        direct: list[tuple[int, Deduction]] = []
        for number, want in enumerate(wants):
            if want.reference is not None and want.reference in told:
                continue
            rest = want.quantity
            if not self.request.is_additional:
                rest = self._speak(want, rest)
            if promise is not None and want.is_picky:
                rest = self._named_from_promise(want, rest, promise)
            elif promise is not None:
                rest = self._from_promise(want, rest, promise)
            if rest or want.reference is not None:
                row = Deduction("DIRECT", want.variant, want.step, rest, reference=want.reference)
                direct.append((number, row))
                left.append((number, want, rest))
        rows = dict(direct)
        if self.request.on_shortage == "PARTIAL":
            self._take_what_is_there(left, rows, place)
        else:
            for are_optional in (False, True):
                for number, want, rest in left:
                    self._take_all(number, want, rest, rows[number], place, are_optional=are_optional)
        self.rows += rows.values()

    def _speak(self, want: Want, quantity: int) -> int:
        issued: set[str] = set()
        for row, part in self.deductions.unspoken(self.scope, want.variant, quantity):
            row.spoken_for += part
            self.spoken.append((row, part))
            quantity -= part
            if part:
                issued |= {number for gone in row.gone for number in gone.serials}
        if want.serials and quantity < want.quantity:
            others = [number for number in want.serials if number not in issued]
            others += [number for number in want.serials if number in issued]
            want.serials = tuple(others[: quantity // MILLION])
        return quantity

    def _named_from_promise(self, want: Want, quantity: int, promise: Promise) -> int:
        """Of what is promised those pieces that are named, or what is of the lot."""
        for line in promise.lines.values():
            if (line.want.variant, line.want.needs) != (want.variant, want.needs):
                continue
            gone: list[Gone] = []
            for part in line.parts:
                pieces = tuple(number for number in want.serials if number in part.serials)
                amount = MILLION * len(pieces) if want.serials else min(part.quantity, quantity)
                if amount and want.lot in (None, part.lot):
                    gone.append(self.holds.spend(part, amount, pieces))
                    want.serials = tuple(number for number in want.serials if number not in pieces)
                    quantity -= amount
            issued = sum(each.quantity for each in gone)
            if issued:
                line.held -= issued
                line.issued += issued
                row = Deduction("HOLD", want.variant, line.want.step, issued, spoken_for=issued, gone=gone)
                self.rows.append(row)
                self.from_promise.append((promise, line, issued))
        return quantity

    def _from_promise(self, want: Want, quantity: int, promise: Promise) -> int:
        for line in promise.lines.values():
            part = min(quantity, line.held) if line.want.variant == want.variant else 0
            if part:
                gone = self.promises.issue(line, part)
                self.rows.append(Deduction("HOLD", want.variant, line.want.step, part, spoken_for=part, gone=gone))
                self.from_promise.append((promise, line, part))
                quantity -= part
        return quantity

    def _wish(self, want: Want, leaf: UUID) -> Wish:
        is_own = leaf == want.variant
        return Wish(
            self.happened,
            lot=want.lot if is_own else None,
            serials=want.serials if is_own else (),
            takes_all=self.request.reason == "WASTE",
        )

    def _take_all(self, number: int, want: Want, rest: int, row: Deduction, place: UUID, *, are_optional: bool) -> None:
        for leaf, (need, is_optional) in want.needs.items():
            quantity = round(need * rest)
            if is_optional != are_optional or not quantity:
                continue
            wish = self._wish(want, leaf)
            if not is_optional or self.holds.promisable((leaf, place), wish) >= quantity:
                row.gone += self._spend(number, (leaf, place), quantity, wish)

    def _take_what_is_there(
        self, left: Sequence[tuple[int, Want, int]], rows: dict[int, Deduction], place: UUID
    ) -> None:
        """Named lots and pieces first; then lines that want more of a leaf than there is share it by what they want."""
        for number, want, rest in left:
            if want.is_picky and rest:
                wish = self._wish(want, want.variant)
                there = rest if want.serials else min(rest, self.holds.promisable((want.variant, place), wish))
                self._take_share(number, want, rest, there, rows[number], place, want.variant)
        for are_optional in (False, True):
            asked = [
                (number, want, rest, leaf, round(need * rest))
                for number, want, rest in left
                for leaf, (need, is_optional) in want.needs.items()
                if is_optional == are_optional and not want.is_picky
            ]
            for leaf in dict.fromkeys(each[3] for each in asked):
                self._share_leaf([each for each in asked if each[3] == leaf], rows, place)

    def _share_leaf(
        self, asked: Sequence[tuple[int, Want, int, UUID, int]], rows: dict[int, Deduction], place: UUID
    ) -> None:
        leaf = asked[0][3]
        total = sum(quantity for *_, quantity in asked)
        there = min(total, self.holds.promisable((leaf, place), self._wish(asked[0][1], leaf)))
        is_whole = not there % MILLION and all(
            want.needs[leaf][0].denominator == 1 and want.step == MILLION for _, want, *_ in asked
        )
        parts = shares(there, [quantity for *_, quantity in asked], step=MILLION if is_whole else 1)
        for (number, want, rest, _, _), part in zip(asked, parts, strict=True):
            self._take_share(number, want, rest, part, rows[number], place, leaf)

    def _take_share(
        self, number: int, want: Want, rest: int, part: int, row: Deduction, place: UUID, leaf: UUID
    ) -> None:  # fmt: skip
        need, is_optional = want.needs[leaf]
        if part:
            row.gone += self._spend(number, (leaf, place), part, self._wish(want, leaf))
        wanted = round(need * rest)
        if not is_optional and wanted:
            row.lacking = max(row.lacking, rest - round(Fraction(rest * part, wanted)))

    def _spend(self, number: int, key: BalanceKey, quantity: int, wish: Wish) -> list[Gone]:
        try:
            return self.holds.spend_free(key, quantity, wish, happened=self.happened)
        except Declined as declined:
            raise DeclinedLine(declined.code, number) from None


def _lines_of(promise: Promise) -> list[tuple[PromisedLine, int, int]]:
    return [(line, line.held, line.issued) for line in promise.lines.values()]
