"""Stock comes in from a plain CSV, once."""

from pathlib import Path

import pytest

from inventory_graph.db import Database
from inventory_graph.imports.reports import ImportRefused
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.imports.given import stock_imported

BALANCE = "query($sku: String!) { stockBalance(sku: $sku) { onHand version lots { nodes { lot { code expiresOn } onHand } } } }"


@pytest.fixture
async def milk(graph: GraphClient) -> str:
    """Milk by the litre, tracked by lot."""
    await graph.accepted("createItem", {"sku": "MILK", "name": "Milk", "unit": "LITRE", "tracking": "LOT"})
    return "MILK"


async def test_rows_are_received_in_their_unit(
    milk: str, tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """A stock list in millilitres becomes litres, with its lots and their dates."""
    path = tmp_path / "stock.csv"
    path.write_text(
        "sku,quantity,unit,warehouse,lot,expires_on,unit_cost\nMILK,2500,ML,MAIN,L1,2027-01-31,0.12\nMILK,1,,,L2,,\n",
        encoding="utf-8",
    )
    report = await stock_imported(database, tenant, path)
    assert report.counts == {"quantities received": 2}
    assert (await graph(BALANCE, {"sku": milk}))["stockBalance"] == {
        "onHand": "3.5",
        "version": 2,
        "lots": {
            "nodes": [
                {"lot": {"code": "L1", "expiresOn": "2027-01-31"}, "onHand": "2.5"},
                {"lot": {"code": "L2", "expiresOn": None}, "onHand": "1"},
            ]
        },
    }


async def test_the_same_file_is_received_once(
    milk: str, tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """Nobody doubles the stock by running an import again; another file is another delivery."""
    path = tmp_path / "stock.csv"
    path.write_text("sku,quantity,lot\nMILK,2,L1\n", encoding="utf-8")
    await stock_imported(database, tenant, path)
    report = await stock_imported(database, tenant, path)
    assert report.counts == {"quantities received before": 1}
    path.write_text("sku,quantity,lot\nMILK,3,L1\n", encoding="utf-8")
    await stock_imported(database, tenant, path)
    assert (await graph(BALANCE, {"sku": milk}))["stockBalance"]["onHand"] == "5"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("NOPE,1,,L1", "no variant with the SKU 'NOPE'"),
        ("MILK,0,,L1", "must be more than 0"),
        ("MILK,NaN,,L1", "is not a decimal"),
        ("MILK,1,KG,L1", "KG"),
        ("MILK,1,,", "tracked by lot"),
    ],
)
async def test_a_wrong_row_is_told_with_its_line_and_nothing_is_received(
    row: str, message: str, milk: str, tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """All or nothing."""
    path = tmp_path / "stock.csv"
    path.write_text(f"sku,quantity,unit,lot\nMILK,1,,L1\n{row}\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match=message) as refused:
        await stock_imported(database, tenant, path)
    assert [problem.line for problem in refused.value.problems] == [3]
    assert (await graph(BALANCE, {"sku": milk}))["stockBalance"]["onHand"] == "0"
