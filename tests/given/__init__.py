"""What tests start from, built by the same verbs that callers use."""
