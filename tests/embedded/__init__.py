"""The supervisor of the embedded PostgreSQL, tried on real servers and real signals."""
