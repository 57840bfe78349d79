"""Operations that GraphiQL opens with; a test runs each of them against the demo tenant."""

from inventory_graph.graphiql import Tab

EXAMPLES: tuple[Tab, ...] = ()
