"""Many tasks on the same balances at once, some of them cut off."""
