"""The stock book against a naive model and against PostgreSQL: many random commands, every one checked."""
