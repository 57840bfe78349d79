"""Purchase orders, receipts, transfers and reservations of the same goods, by many at once: tens of thousands of random steps."""
