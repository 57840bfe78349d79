"""Replenishment: what to order or to bring over now, and why.

Nouns: rule (how one variant in one warehouse is replenished), demand (what was sold or used of a balance on each day), position (what is
there, on its way and promised), levels (at which position something is done, and up to which), suggestion (what to bring over from
another warehouse or to buy, with every number that led to it), draft (a suggestion that became a purchase order or a transfer).

Invariants: what is open counts once, drafts included, so that a suggestion that became a draft is not made again; a suggestion is
decided by pure functions (``policy``) from numbers read in one transaction; reorder points of fixed rules are the balances' own
levels, which alerts read too.
"""
