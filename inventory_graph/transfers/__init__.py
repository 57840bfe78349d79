"""Transfers: what goes from one warehouse of the tenant to another, and what became of it on the way.

Nouns: transfer (what is to go, approved and shipped), line (so much of one variant), parcel (what left of a line at one time, of one
lot, at one cost), outcome (what became of a part of a parcel: received, lost, or back where it left), step (one version of a
transfer: who did what and when).

Invariants: a transfer moves along its states only (``policy.ALLOWED``); of every parcel, what was received, lost and came back is
what left without what is still on its way; what leaves, arrives and is lost posts to the stock book in the transaction that records
it; lots, pieces and cost arrive as they left.
"""
