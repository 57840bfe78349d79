"""What stock is worth, at any time, and the costs that are put on it after it came.

Nouns: landed cost (an amount spread over what goods receipts or a transfer brought; on a transfer it is freight), valuation (stock and
its value by item, category or warehouse, and what is on its way between them).

Invariants: an amount is spread to the last cent; what it adds to stock and to what had left already is the amount; a cost is
never rewritten, and stock is never worth less than nothing.
"""
