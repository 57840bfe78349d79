"""Purchasing: what the tenant orders from its suppliers, and what arrives of it.

Nouns: purchase order (what is wanted from a supplier, approved and sent), line (so much of one variant in a purchase unit, at a
price), step (one version of an order: who did what and when), goods receipt (what arrived of an order at one time), disposition
(what becomes of an arriving line: taken in, set aside, damaged, or rejected at the door).

Invariants: an order moves along its states only (``policy.ALLOWED``); what was approved is what is sent; of a line no more is
received than ordered and tolerated, unless by permission; a receipt posts to the stock book in the transaction that records it, and
posts once; its costs and rate are frozen.
"""
