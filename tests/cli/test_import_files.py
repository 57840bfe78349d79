"""`inventory-graph import`: files by command, dry or for real."""

from pathlib import Path

from tests.cli.conftest import run
from tests.imports.given import FILES


def test_a_dry_run_says_what_it_would_do_and_does_nothing(seeded: Path) -> None:
    """Then the real one does just that, and once more nothing."""
    command = ("import", "products", FILES / "apparel.csv", "--tenant", "demo-two", "--data-dir", seeded)
    numbers = "20 items created, 22 variants created, 22 quantities received."
    for arguments, said in (
        ((*command, "--dry-run"), f"Would import: {numbers}"),
        ((*command, "--dry-run"), f"Would import: {numbers}"),
        (command, f"Imported: {numbers}"),
        (command, "Imported: 20 items known, 22 quantities received before."),
    ):
        ended = run(*arguments)
        assert (ended.code, ended.last_line) == (0, said), ended.err


def test_a_refused_file_ends_with_its_lines(seeded: Path, tmp_path: Path) -> None:
    """Exit 1, the problems on stderr, nothing imported."""
    path = tmp_path / "items.csv"
    path.write_text("sku,name\nA,A\nA,B\n", encoding="utf-8")
    ended = run("import", "items", path, "--tenant", "demo-two", "--data-dir", seeded)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.strip().splitlines() == [
        "inventory-graph: The file has a problem; nothing was imported.",
        "  line 3: The SKU 'A' stands in line 2 already.",
    ]


def test_columns_that_mean_nothing_are_refused(seeded: Path, tmp_path: Path) -> None:
    """A mistyped column would otherwise be lost without a word."""
    path = tmp_path / "stock.csv"
    path.write_text("sku,quantity,ware_house\nA,1,MAIN\n", encoding="utf-8")
    ended = run("import", "stock", path, "--tenant", "demo-two", "--data-dir", seeded)
    assert ended.code == 1
    assert "columns that mean nothing here: ware_house" in ended.err


def test_a_missing_file_is_one_sentence(seeded: Path, tmp_path: Path) -> None:
    """Not a traceback."""
    ended = run("import", "products", tmp_path / "none.csv", "--tenant", "demo-two", "--data-dir", seeded)
    assert ended.code == 1
    assert "cannot be read: No such file or directory" in ended.err
