"""The schema before the ecosystem's own tools: composers of a graph, and the audit of GraphQL over HTTP."""
