"""Decisions with one thing wrong in each: what the comparison with the naive shop has to find."""

from typing import NamedTuple


class Sabotage(NamedTuple):
    """What is wrong, and in which module which text makes it so."""

    name: str
    module: str
    before: str
    after: str


SABOTAGES = (
    Sabotage("an old reservation is replaced as if its time had not passed", "reserving", "known.is_overdue(world.now)", "False"),
    Sabotage("a step is taken after the end", "resolving", "reservation.expires_at is not None and reservation.expires_at <= world.now", "False"),
    Sabotage("what is to be kept is given back", "resolving", "if not keeps_remainder:\n            give_back", "if True:\n            give_back"),
    Sabotage("a hold that is shortened ends unseen", "holding", "expires_at < balance.holds_expire_at):\n        balance.holds_expire_at = expires_at\n\n\ndef consume", "False):\n        balance.holds_expire_at = expires_at\n\n\ndef consume"),
    Sabotage("a hold ends unseen", "holding", "line.expires_at < balance.holds_expire_at)", "False)"),
    Sabotage("lines of one cart are not summed", "reserving", "left[wanted.variant_id] -= taken", "left[wanted.variant_id] -= ZERO"),
    Sabotage("a replaced line keeps its hold", "reserving", "apply(decision, ReleaseHold(**key, hold_id=hold.id, quantity=hold.quantity))", "pass"),
    Sabotage("what stays ends when it did before", "reserving", "            self._prolong(decision)", "            pass"),
    Sabotage("what can be left out comes first", "reserving", "for is_optional in (False, True)", "for is_optional in (True, False)"),
    Sabotage("a partial reservation may be of nothing", "reserving", "not self._is_anything_held()", "False"),
    Sabotage("a part is a share of what was asked", "resolving", "Fraction(part.quantity) / Fraction(part.of)", "Fraction(part.quantity) / Fraction(part.line.requested)"),
    Sabotage("what waits is over when nothing is held", "state", "any(line.reserved or line.backordered for", "any(line.reserved for"),
    Sabotage("what was issued for one order becomes another's", "resolving", "any(line.committed for line in reservation.lines)", "False"),
    Sabotage("a hold is made shorter", "resolving", "or ends_at < reservation.expires_at", ""),
    Sabotage("what a hold covered is claimed again and again", "consuming", "consumption.claimed += self.claims[consumption.id]", "consumption.claimed += ZERO"),
    Sabotage("a named line is deducted whenever it is told", "consuming", "line.line_reference in told", "line.line_reference in ()"),
    Sabotage("what an order holds is left in its hold", "consuming", "if reservation is None or reservation.is_overdue(self.world.now) or", "if True or"),
    Sabotage("what an order held too long is issued from its hold", "consuming", " or reservation.is_overdue(self.world.now)", ""),
    Sabotage("whole pieces are divided", "consuming", "Decimal(1) if is_whole and there == floor(there) else STEP", "STEP"),
    Sabotage("the same comes back twice", "consuming", "component.reversed += quantity", "component.reversed += ZERO"),
    Sabotage("the budget of what may come back stays", "consuming", "consumption.reversed += part", "consumption.reversed += ZERO"),
    Sabotage("the last day of a lot is one too early", "holding", "lot.expires_on >= last_day", "lot.expires_on > last_day"),
    Sabotage("a named piece may be of any lot", "decision", "not is_eligible(self.state.lots[piece.lot_id])", "False"),
    Sabotage("a lot is looked for in the last warehouse first", "offering", "key=lambda site: (site.priority, site.warehouse_id)", "key=lambda site: (-site.priority, site.warehouse_id)"),
    Sabotage("who wants all at once is given a part", "backorders", "(taken < left and not reservation.fills_partially)", "False"),
    Sabotage("who waits for a lot is given any", "backorders", "lot=LotReference(code=line.lot_code) if line.lot_code is not None else None", "lot=None"),
)  # fmt: skip
