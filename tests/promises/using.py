"""Random reports of what was used, and of what came back."""

from decimal import Decimal

from inventory_graph.reservations.requests import ConsumeLine, ConsumeStock, ReverseConsumption
from tests.promises.choosing import Chooser, owner_named
from tests.promises.shop import Variant

REFERENCES = ("a", "b", "c", "d", "e")


class Using:
    """Makes reports with the means of the chooser."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose
        self.random = choose.random

    def consume(self) -> ConsumeStock:
        """What an order had, or nobody in particular: what was promised to it, or something else."""
        choose = self.choose
        order_id, reference = choose.owner()
        scope = f"order:{order_id}" if order_id else f"reference:{reference}"
        place = choose.place()
        is_partial = choose.chance(35)
        count = self.random.choices((1, 2, 4), (70, 22, 8))[0]
        references: list[str | None] = [None] * count
        if choose.chance(40):
            references = list(self.random.sample(REFERENCES, count))
        return ConsumeStock(
            actor=choose.shop.callers[self.random.choices(("web", "till", "bound"), (49, 49, 2))[0]],
            lines=tuple(self._line(scope, each) for each in references),
            order_id=order_id,
            reference=reference,
            place=place,
            reason=self.random.choice(("SALE", "SALE", "SALE", "WASTE", "PRODUCTION")),
            occurred_at=choose.now - choose.minutes(1, 2700) if choose.chance(20) else None,
            on_shortage="PARTIAL" if is_partial else "ALL_OR_NOTHING",
            is_additional=choose.chance(8),
        )

    def _line(self, scope: str, reference: str | None) -> ConsumeLine:
        choose = self.choose
        promise = choose.naive.promises.live_of(scope)
        had = [*(promise.lines.values() if promise is not None else ())]
        rows = choose.naive.deductions.of.get(scope, [])
        if had and choose.chance(70):
            line = self.random.choice(had)
            variant, quantity = choose.variant_of(line.want.variant), choose.decimal(line.held)
        elif rows and choose.chance(50):
            row = self.random.choice(rows)
            variant, quantity = choose.variant_of(row.variant), choose.decimal(row.quantity)
        else:
            variant = choose.variant()
            quantity = choose.wanted(variant, choose.warehouse(None))
        if not quantity or choose.chance(40):
            quantity = choose.amount(variant)
        if variant.is_whole and quantity % 1:
            quantity = choose.amount(variant)
        lot, serials = None, self._serials(scope, variant)
        if variant.tracking == "LOT" and choose.chance(15):
            lot = choose.lot(variant)
        return ConsumeLine(
            sku=variant.sku,
            quantity=Decimal(len(serials)) if serials else quantity,
            lot_code=lot,
            serials=serials,
            modifiers=choose.modifiers(variant),
            line_reference=reference,
        )

    def _serials(self, scope: str, variant: Variant) -> tuple[str, ...]:
        """Pieces that are named: available ones, or such as are promised to the order or were issued for it."""
        if variant.tracking != "SERIAL" or self.choose.chance(50):
            return ()
        named = list(self.choose.pieces(variant, self.choose.warehouse(None)))
        promise = self.choose.naive.promises.live_of(scope)
        for part in promise.parts() if promise is not None else []:
            named += [number for number in part.serials if part.key[0] == variant.variant_id and self.choose.chance(50)]
        for row in self.choose.naive.deductions.of.get(scope, ()):
            for gone in row.gone:
                of_it = gone.serials if gone.key[0] == variant.variant_id and self.choose.chance(40) else ()
                named += of_it[:1]
        return tuple(dict.fromkeys(named))

    def reverse(self) -> ReverseConsumption:
        """Some of what an order had comes back, or everything that is left of it."""
        choose = self.choose
        scopes = [scope for scope in choose.naive.deductions.of if scope.startswith(("order:", "reference:"))]
        order_id, reference = choose.owner()
        if scopes and choose.chance(96):
            order_id, reference = owner_named(self.random.choice(scopes[-25:]))
        if order_id is None and reference is None:
            order_id = choose.orders[0]
        scope = f"order:{order_id}" if order_id else f"reference:{reference}"
        lines: list[tuple[str, Decimal]] = []
        rows = choose.naive.deductions.of.get(scope, [])
        for row in self.random.sample(rows, min(len(rows), self.random.choice((0, 1, 1, 2)))):
            variant = choose.variant_of(row.variant)
            quantity = choose.decimal(row.deducted - row.back) if choose.chance(30) else choose.amount(variant)
            if quantity and not (variant.is_whole and quantity % 1):
                lines.append((variant.sku, quantity))
        return ReverseConsumption(
            actor=choose.shop.callers["till" if choose.chance(97) else "bound"],
            order_id=order_id,
            reference=reference,
            lines=tuple(lines),
            reason="returned",
        )
