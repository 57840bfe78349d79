"""Picking: who takes what from which shelf for whom, and how it leaves.

Nouns: wave (what is picked in one walk through one warehouse), task (so much of one variant from one location, for one hold or one
line of a transfer), halt (where a wave halts: all its tasks of one location, variant and lot), source (the reservation or transfer that a
task is for).

Invariants: a wave moves along its states only (``policy.ALLOWED``); what is held, or is to leave with a transfer, is picked in one open
wave at a time; nothing is picked for a source that is gone, and what was picked for one that is gone is not shipped; a wave writes no stock:
it has reservations issue or give back what they hold, and transfers leave.
"""
