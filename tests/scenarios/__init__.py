"""Stories that go through many parts, to be read from top to bottom."""
