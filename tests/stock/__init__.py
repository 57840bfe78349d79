"""The stock book."""
