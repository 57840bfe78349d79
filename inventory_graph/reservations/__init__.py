"""Reservations and consumption: what is promised, and what an order has had.

Nouns: reservation (a promise with an owner and an end), line (so much of one variant, held as its leaf components), step (one
version of a reservation: who did what and when), backorder (what waits for stock), consumption (what was deducted for an order,
with the lots and costs it came from).

Invariants: a hold resolves exactly once, committed, released or expired; a reservation past its time holds nothing from that
instant; lines that touch one balance are checked by their sum; an order is deducted once, however its news arrives; what is
reversed never exceeds what was deducted. Holds are movements of the stock book, which alone writes them.
"""
