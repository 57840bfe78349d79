"""Alerts: what somebody should hear of, once each time it comes about.

Nouns: crossing (available stock passes zero or the reorder point), alert (the event that says so, or that a lot will soon be past
its date), subject (the balance or lot it is about, with the names that readers need).

Invariants: a crossing is told once, in the transaction that makes it, whoever repeats the request; a lot is told of once for each
warehouse; a tenant hears only of what it asked for; what holds no stock is never low and never out.
"""
