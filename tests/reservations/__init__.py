"""Reservations and consumption, verb by verb."""
