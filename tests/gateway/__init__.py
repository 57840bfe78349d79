"""The service behind the gateways that people run: each composes it with two small subgraphs, all as real servers."""
