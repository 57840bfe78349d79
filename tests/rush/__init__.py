"""Reservations and consumption in PostgreSQL: the random requests of tests/promises, asked by many at once and one by one."""
