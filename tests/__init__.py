"""The tests. ``tests/given`` builds what a test starts from; a folder is a domain or a kind of test; a file is a verb."""
