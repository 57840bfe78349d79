"""Shopify's product CSV comes in as it is."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from inventory_graph.db import Database
from inventory_graph.imports.reports import ImportRefused
from tests.given.tenants import GivenTenant
from tests.graph import GraphClient
from tests.imports.given import FILES, products_imported, shopify_file

ITEM = """query($sku: String!) { item(key: {sku: $sku}) {
  sku name type status tags metadata description
  variants(first: 100) { nodes { sku name attributes { name value } barcodes { code symbology } balances { onHand version } } } } }"""


async def item(graph: GraphClient, sku: str) -> dict[str, object]:
    found: dict[str, object] = (await graph(ITEM, {"sku": sku}))["item"]
    return found


@pytest.mark.parametrize("name", ["apparel.csv", "home-and-garden.csv"])
async def test_every_row_of_a_real_file_is_there(
    name: str, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """A shop owner exports, imports, and finds every product with its options, its quantity and its price."""
    await products_imported(database, tenant, FILES / name)
    with (FILES / name).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Option1 Value"]]
    for handle in {row["Handle"] for row in rows}:
        mine = [row for row in rows if row["Handle"] == handle]
        found = (await graph(ITEM, {"sku": handle}))["item"]
        assert found["name"] == mine[0]["Title"]
        variants = found["variants"]["nodes"]
        options = [[row["Option1 Value"]] if row["Option1 Value"] != "Default Title" else [] for row in mine]
        assert [[each["value"] for each in variant["attributes"]] for variant in variants] == options
        quantities = [sum(Decimal(balance["onHand"]) for balance in variant["balances"]) for variant in variants]
        assert quantities == [Decimal(row["Variant Inventory Qty"]) for row in mine]
        assert found["metadata"]["price"] == mine[0]["Variant Price"]


async def test_the_same_file_twice_changes_nothing(database: Database, tenant: GivenTenant, graph: GraphClient) -> None:
    """An import that was cut off, or that nobody remembers, is simply run again."""
    first = await products_imported(database, tenant, FILES / "home-and-garden.csv")
    before = await item(graph, "clay-plant-pot")
    second = await products_imported(database, tenant, FILES / "home-and-garden.csv")
    assert first.counts == {"items created": 20, "variants created": 21, "quantities received": 19}
    assert second.counts == {
        "items created": 0,
        "variants created": 0,
        "items known": 20,
        "quantities received before": 19,
    }
    assert await item(graph, "clay-plant-pot") == before


async def test_missing_skus_are_derived_from_the_options(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """The same file gives the same SKUs, a given SKU is kept, and a lone variant bears its item's."""
    path = shopify_file(
        tmp_path,
        "mug,Mug,,V,T,,true,Size,Large,Colour,Röd & blå,,2,5,,,false,active",
        "mug,,,,,,,,Small,,Grey,MUG-S,1,5,,,,",
        "mug,,,,,,,,Small,,White,,1,5,,,,",
        "lone,Lone,,V,T,,true,Title,Default Title,,,,1,5,,,false,active",
    )
    await products_imported(database, tenant, path)
    mug = (await graph(ITEM, {"sku": "mug"}))["item"]
    assert [variant["sku"] for variant in mug["variants"]["nodes"]] == ["mug-large-rod-bla", "MUG-S", "mug-small-white"]
    assert mug["variants"]["nodes"][0]["attributes"] == [
        {"name": "Size", "value": "Large"},
        {"name": "Colour", "value": "Röd & blå"},
    ]
    lone = (await graph(ITEM, {"sku": "lone"}))["item"]
    assert [variant["sku"] for variant in lone["variants"]["nodes"]] == ["lone"]


async def test_rows_without_an_option_are_images(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """A product with five pictures has the variants it has, wherever its rows stand."""
    path = shopify_file(
        tmp_path,
        "mug,Mug,,V,T,,true,Size,Large,,,M-L,2,5,,https://pictures.example/1.jpg,false,active",
        "mug,,,,,,,,,,,,,,,https://pictures.example/2.jpg,,",
        "cup,Cup,,V,T,,true,Title,Default Title,,,C,1,5,,,false,active",
        "mug,,,,,,,,Small,,,M-S,3,5,,,,",
    )
    report = await products_imported(database, tenant, path)
    assert report.counts == {"items created": 2, "variants created": 3, "quantities received": 3}
    assert [v["sku"] for v in (await graph(ITEM, {"sku": "mug"}))["item"]["variants"]["nodes"]] == ["M-L", "M-S"]


async def test_unpublished_products_are_imported_and_listed(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """Stock of what is not on sale is stock all the same; the shop owner hears which they are."""
    path = shopify_file(
        tmp_path,
        "old,Old mug,,V,T,,false,Title,Default Title,,,OLD,4,5,,,false,",
        "draft,Draft mug,,V,T,,true,Title,Default Title,,,DRAFT,1,5,,,false,draft",
    )
    report = await products_imported(database, tenant, path)
    assert [(notice.line, notice.message) for notice in report.notices] == [
        (2, "old is not published; it was imported all the same."),
        (3, "draft is not published; it was imported all the same."),
    ]
    found = (await graph(ITEM, {"sku": "old"}))["item"]
    assert found["metadata"]["published"] is False
    assert found["variants"]["nodes"][0]["balances"] == [{"onHand": "4", "version": 1}]


async def test_duplicates_are_refused_with_their_lines(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """Two rows that claim one SKU or the same options are somebody's mistake: nothing of the file comes in."""
    path = shopify_file(
        tmp_path,
        "mug,Mug,,V,T,,true,Size,Large,,,M-1,2,5,,,false,active",
        "mug,,,,,,,,large,,,M-2,2,5,,,,",
        "cup,Cup,,V,T,,true,Title,Default Title,,,M-1,1,5,,,false,active",
    )
    with pytest.raises(ImportRefused) as refused:
        await products_imported(database, tenant, path)
    assert [(problem.line, problem.message) for problem in refused.value.problems] == [
        (3, "mug has these options in line 2 already."),
        (4, "The SKU 'M-1' stands in line 2 already."),
    ]
    assert (await graph("{ items { totalCount } }"))["items"]["totalCount"] == 0


async def test_every_problem_is_told_at_once(tmp_path: Path, database: Database, tenant: GivenTenant) -> None:
    """Whoever mends a file of a thousand rows wants all its problems, not the first; quoted line breaks do not shift lines."""
    path = shopify_file(
        tmp_path,
        '"bad","","two\nlines",V,T,,true,Title,Default Title,,,X,many,5,,,false,active',
        ",No handle,,V,T,,true,Title,Default Title,,,Y,1,5,,,false,active",
        "empty,Empty,,V,T,,true,,,,,,1,5,,,false,active",
        "price,Price,,V,T,,true,Title,Default Title,,,Z,1,five,,,false,active",
    )
    with pytest.raises(ImportRefused) as refused:
        await products_imported(database, tenant, path)
    assert [(problem.line, problem.message) for problem in refused.value.problems] == [
        (2, "The product 'bad' has no Title."),
        (2, "Variant Inventory Qty is 'many', not a whole number."),
        (4, "The Handle is empty."),
        (5, "The product 'empty' has no row with an Option1 Value: it has no variant."),
        (6, "Variant Price is 'five', not an amount such as 12.50."),
    ]


async def test_a_problem_the_catalogue_finds_names_its_line_and_undoes_all(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """All or nothing, also for what only the database can know."""
    await graph.accepted("createItem", {"sku": "TAKEN", "name": "Taken", "unit": "PIECE"})
    path = shopify_file(
        tmp_path,
        "fine,Fine,,V,T,,true,Title,Default Title,,,FINE,1,5,,,false,active",
        "other,Other,,V,T,,true,Title,Default Title,,,TAKEN,1,5,,,false,active",
    )
    with pytest.raises(ImportRefused) as refused:
        await products_imported(database, tenant, path)
    assert [problem.line for problem in refused.value.problems] == [3]
    assert await item(graph, "fine") is None


async def test_what_cannot_be_kept_is_left_out_and_told(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """A wrong check digit or stock below nothing is no reason to keep a shop waiting."""
    path = shopify_file(
        tmp_path,
        "a,A,,V,T,,true,Title,Default Title,,,A,-3,5,4006381333932,,false,active",
        "b,B,,V,T,,true,Title,Default Title,,,B,1,5,'4006381333931,,false,active",
        "c,C,,V,T,,true,Title,Default Title,,,C,1,5,4006381333931,,false,active",
        "gift,Gift card,,V,T,,true,Title,Default Title,,,GIFT,9,5,,,true,active",
    )
    report = await products_imported(database, tenant, path)
    assert [notice.line for notice in report.notices] == [2, 2, 4]
    assert (await graph(ITEM, {"sku": "a"}))["item"]["variants"]["nodes"][0] == {
        "sku": "A",
        "name": "A",
        "attributes": [],
        "barcodes": [],
        "balances": [],
    }
    assert (await graph(ITEM, {"sku": "b"}))["item"]["variants"]["nodes"][0]["barcodes"] == [
        {"code": "4006381333931", "symbology": "EAN13"}
    ]
    gift = (await graph(ITEM, {"sku": "gift"}))["item"]
    assert (gift["type"], gift["variants"]["nodes"][0]["balances"]) == ("VOUCHER", [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Handle,Title\nmug,Mug\n", "The column 'Option1 Name' is missing."),
        (b'Handle,Title,Option1 Name,Option1 Value\n"mug,Mug,Size,L\n', "cannot be read"),
        (b"Handle,Title,Option1 Name,Option1 Value\nmug,Mug,Size,L,extra\n", "has 5 cells, the header 4"),
        (b"Handle,Handle,Title,Option1 Name,Option1 Value\n", "The column 'Handle' stands twice."),
        (b"", "The column 'Handle' is missing."),
    ],
)
async def test_a_file_that_is_no_product_file_is_refused(
    tmp_path: Path, content: bytes, message: str, database: Database, tenant: GivenTenant
) -> None:
    """The wrong file, or one that was cut off, says so."""
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        await products_imported(database, tenant, path)


async def test_excels_encoding_and_byte_order_mark_are_read(
    tmp_path: Path, database: Database, tenant: GivenTenant, graph: GraphClient
) -> None:
    """Spreadsheets write what they like."""
    row = "Handle,Title,Option1 Name,Option1 Value,Variant SKU\ncafe,Café crème,Title,Default Title,CAFE\n"
    (tmp_path / "bom.csv").write_bytes(row.encode("utf-8-sig"))
    (tmp_path / "excel.csv").write_bytes(row.replace("cafe,", "cafe2,").replace("CAFE", "CAFE2").encode("cp1252"))
    await products_imported(database, tenant, tmp_path / "bom.csv")
    await products_imported(database, tenant, tmp_path / "excel.csv")
    names = [(await graph(ITEM, {"sku": sku}))["item"]["name"] for sku in ("cafe", "cafe2")]
    assert names == ["Café crème", "Café crème"]
