"""Reading a barcode: check digits, kinds, and the one form in which it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from inventory_graph.errors import InvalidInput
from inventory_graph.masterdata.barcodes import checked_barcode, normal_code


@pytest.mark.parametrize(
    ("text", "symbology", "kept"),
    [
        ("4006381333931", None, ("4006381333931", "EAN13")),
        ("96385074", None, ("96385074", "EAN8")),
        ("036000291452", None, ("036000291452", "UPC")),
        ("0036000291452", None, ("036000291452", "UPC")),
        ("00036000291452", None, ("036000291452", "UPC")),
        ("04006381333931", None, ("4006381333931", "EAN13")),
        ("14006381333938", None, ("14006381333938", "GTIN14")),
        ("9780306406157", None, ("9780306406157", "ISBN")),
        ("978-0-306-40615-7", None, ("9780306406157", "ISBN")),
        ("0306406152", "ISBN", ("9780306406157", "ISBN")),
        ("9790060115615", None, ("9790060115615", "EAN13")),
        ("9780306406157", "EAN13", ("9780306406157", "EAN13")),
        ("0306406152", None, ("0306406152", "CODE128")),
        ("SHELF-1 / B", None, ("SHELF-1 / B", "CODE128")),
        ("7", None, ("7", "CODE128")),
        ("12345678", "CODE128", ("12345678", "CODE128")),
        ("A" * 64, None, ("A" * 64, "CODE128")),
    ],
)
def test_knows_its_kind(text: str, symbology: str | None, kept: tuple[str, str]) -> None:
    """Scanners send a UPC with or without the 0 of its EAN-13: one label must never be two codes."""
    assert checked_barcode(text, path=("code",), symbology=symbology) == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4006381333930", "1"), ("96385073", "4"), ("036000291453", "2"), ("14006381333937", "8"), ("9780306406158", "7")],
)
def test_refuses_a_wrong_check_digit(text: str, expected: str) -> None:
    """One digit misread is the usual mistake; the refusal says what it should be, and how to keep a number of one's own."""
    with pytest.raises(InvalidInput, match=f"its check digit should be {expected}") as refused:
        checked_barcode(text, path=("barcodes", "0"))
    assert refused.value.path == ("barcodes", "0")
    assert "CODE128" in refused.value.message


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        ("", None), (" A", None), ("A ", None), ("A\tB", None), ("A\0", None), ("Ä", None), ("A" * 65, None), ("\ud800", None),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", None), ("12345", "EAN13"), ("ABC", "ISBN"), ("4006381333931", "EAN8"), ("4006381333931", "ISBN"),
        ("4006381333931", "QR"), ("", "ISBN"), ("", "EAN13"),
    ],
)  # fmt: skip
def test_refuses_what_no_label_can_show(text: str, symbology: str | None) -> None:
    """A barcode that cannot be printed or scanned is a slip; a kind that is named must be the right one."""
    with pytest.raises(InvalidInput):
        checked_barcode(text, path=("code",), symbology=symbology)


@given(st.text(alphabet="0123456789", min_size=7, max_size=13).filter(lambda digits: len(digits) in {7, 11, 12, 13}))
def test_is_kept_in_a_form_that_finds_itself(digits: str) -> None:
    """Whatever was read, the code that is kept is the code under which it is looked up, and stays so."""
    text = digits + ean.calc_check_digit(digits)
    code, _ = checked_barcode(text, path=("code",))
    assert normal_code(text) == code
    assert checked_barcode(code, path=("code",))[0] == code
    if len(code) in {12, 13}:
        assert normal_code(f"0{code}") == code


@given(st.text(max_size=70))
def test_looks_anything_up(text: str) -> None:
    """A look-up takes whatever a scanner sends and never fails."""
    assert isinstance(normal_code(text), str)
