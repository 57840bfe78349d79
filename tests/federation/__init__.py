"""The subgraph as the routers of a federated graph use it: entities by reference, and what the schema tells of itself."""
