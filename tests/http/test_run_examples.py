"""The operations that GraphiQL opens with run on the seeded café."""

import pytest

from inventory_graph.graphiql import Tab
from inventory_graph.seed import DEMO_TENANT, seed_database, tenant_id_of
from resolvers.examples import EXAMPLES
from tests.given.tenants import administrator
from tests.graph import GraphClient
from tests.statements import CountingDatabase

ANSWERED = [each for each in EXAMPLES if not each.query.partition("\n")[2].startswith("subscription")]
"""All but what goes on: ``tests/browser`` follows that."""


@pytest.mark.parametrize("example", ANSWERED, ids=lambda example: example.title)
async def test_runs_as_it_stands(example: Tab, graph: GraphClient, database: CountingDatabase) -> None:
    """Whoever presses play first sees data, not an error; a refusal that teaches something is data too."""
    await seed_database(database, say=lambda _: None)
    actor = administrator(tenant_id=tenant_id_of(DEMO_TENANT), slug=DEMO_TENANT)
    answer = (await graph.response(example.query, example.variables, actor=actor)).json()
    assert "errors" not in answer
    assert None not in answer["data"].values()
