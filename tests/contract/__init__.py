"""The contract that clients write against: core.graphql, and the schema held against it."""
