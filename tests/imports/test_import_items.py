"""Items come in from a plain CSV."""

from pathlib import Path

import pytest

from inventory_graph.db import Database
from inventory_graph.imports.reports import ImportRefused
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.imports.given import items_imported

HEADER = "sku,name,unit,type,tracking,description,barcodes,tags,shelf_life_days"


async def test_every_column_is_kept(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """What the file says is what the catalogue says, and the rest has its defaults."""
    path = tmp_path / "items.csv"
    path.write_text(
        f"{HEADER}\nMILK,Milk,litre,INGREDIENT,LOT,Fresh,4006381333931; OWN-1,dairy;cold,7\nCUP,Cup,,,,,,,\n",
        encoding="utf-8",
    )
    report = await items_imported(database, tenant, path)
    assert report.counts == {"items created": 2, "items known": 0}
    found = await graph(
        '{ item(key: {sku: "MILK"}) { name type tracking unit { code } description tags shelfLifeDays barcodes { code } }'
        ' cup: item(key: {sku: "CUP"}) { type tracking unit { code } } }'
    )
    assert found == {
        "item": {
            "name": "Milk",
            "type": "INGREDIENT",
            "tracking": "LOT",
            "unit": {"code": "LITRE"},
            "description": "Fresh",
            "tags": ["dairy", "cold"],
            "shelfLifeDays": 7,
            "barcodes": [{"code": "4006381333931"}, {"code": "OWN-1"}],
        },
        "cup": {"type": "GOODS", "tracking": "NONE", "unit": {"code": "PIECE"}},
    }


async def test_known_items_stay_as_they_are(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """An import adds; it overwrites nobody's work."""
    await graph.accepted("createItem", {"sku": "MILK", "name": "Our milk", "unit": "LITRE"})
    path = tmp_path / "items.csv"
    path.write_text("sku,name,unit\nMILK,Milk,LITRE\nTEA,Tea,KG\n", encoding="utf-8")
    report = await items_imported(database, tenant, path)
    assert report.counts == {"items created": 1, "items known": 1}
    assert (await graph('{ item(key: {sku: "MILK"}) { name } }'))["item"]["name"] == "Our milk"


async def test_problems_are_told_with_their_lines(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """And nothing is made."""
    path = tmp_path / "items.csv"
    path.write_text("sku,name,type,shelf_life_days\nA,A,FOOD,\nB,B,,soon\nA,Again,,\n", encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        await items_imported(database, tenant, path)
    assert [problem.line for problem in refused.value.problems] == [2, 3, 4]
    path.write_text("sku,name,unit\nA,A,PIECE\nB,B,FURLONG\n", encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        await items_imported(database, tenant, path)
    assert [problem.line for problem in refused.value.problems] == [3]
    assert (await graph("{ items { totalCount } }"))["items"]["totalCount"] == 0
