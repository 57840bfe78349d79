"""Benchmarks: ``make bench NAME=book`` (or graphql, reads). Both sides run in one run on the same machine and server; read the
ratios, for absolute numbers are the machine's."""
