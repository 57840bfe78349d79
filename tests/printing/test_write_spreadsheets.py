"""A CSV opens in every spreadsheet, exactly, and runs nothing."""

import csv
import io
from decimal import Decimal

import pytest

from inventory_graph.printing.spreadsheet import csv_of, rows_as_csv
from tests.printing.printed import given_paper, rows_of


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_never_runs(name: str) -> None:
    """Somebody may call a thing like a formula; whoever opens the file must not pay for it."""
    (row,) = rows_of(csv_of(given_paper({"sku": "A", "name": name, "quantity": "1"})))
    assert row["name"] == f"'{name}"


def test_numbers_stay_numbers() -> None:
    """A negative one is no formula, and no digit is lost or made up."""
    values = (Decimal("-0.250000"), Decimal("123456789012.123456"), Decimal("1E+3"), Decimal("-0"), -7, None)
    (row,) = csv.reader(io.StringIO(rows_as_csv([values]).decode()))
    assert row == ["-0.25", "123456789012.123456", "1000", "0", "-7", ""]


@pytest.mark.parametrize("name", ['a "quoted" word', "a, b", "a\nb", "a\r\nb", "ünï 茶 🥛", ""])
def test_text_comes_back_as_it_is(name: str) -> None:
    """By the rules of RFC 4180."""
    (row,) = rows_of(csv_of(given_paper({"sku": "A", "name": name, "quantity": "1"})))
    assert row["name"] == name


def test_is_lines_below_a_heading() -> None:
    """CRLF at the end of each."""
    assert csv_of(given_paper({"sku": "A", "name": "Tea", "quantity": "1"})) == (
        b"position,sku,name,quantity\r\n0,A,Tea,1\r\n"
    )
