"""Reservations and consumption against a naive model and against PostgreSQL: many random requests, every one checked."""
