"""The stock book: balances, quants, lots, serials and the ledger of movements.

Nouns: balance (what one variant has in one warehouse), quant (a balance broken down to location, lot and state), movement
(one immutable ledger row), lot, serial, posting (a document line that has posted). Only this domain writes them, and only
by posting commands: lock the balances in key order, decide in plain Python, write set-based.

Invariants (``audit.py`` checks them on a live database, tests/properties on a million commands): for every balance and
state the sum of its movements is the sum of its quants is the balance; nothing is below zero unless the negative policy
says so; a balance's version is dense, one step for each command that touches it; movements are never changed; a document
line posts once.
"""
