"""What goes wrong between a caller and the ledger: races for the last unit, killed processes, lost answers."""
