"""Barcodes: what scanners read, checked where the code carries a check digit, and kept in one form.

A UPC is the EAN-13 that begins with 0, and an EAN-13 the GTIN-14 that does: scanners send either. Codes are kept in the
shortest of these forms and looked up in it, so that one label is never two codes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, and_, any_, bindparam, select
from stdnum import ean, isbn

from inventory_graph.db import Transaction
from inventory_graph.errors import AlreadyExists, InvalidInput
from inventory_graph.masterdata.models import Barcode, Variant
from inventory_graph.masterdata.records import BarcodeRecord, Symbology
from inventory_graph.masterdata.texts import Path

CODE_LENGTH_MAX = 64
BARCODES_MAX = 50
"""How many barcodes a variant may have."""

_PRINTABLE_ASCII = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_SYMBOLOGIES: Mapping[int, Symbology] = {8: "EAN8", 12: "UPC", 13: "EAN13", 14: "GTIN14"}


def checked_barcode(text: str, *, path: Path, symbology: str | None = None) -> tuple[str, Symbology]:
    """The code in the form in which it is kept, and its symbology; raises ``InvalidInput``.

    8, 12, 13 and 14 digits are EAN-8, UPC, EAN-13 (ISBN from 978 and 979) and GTIN-14 and must end with the right check
    digit; anything else of up to 64 printable ASCII characters is CODE128. A ``symbology`` that is given decides instead.
    """
    if symbology is not None and symbology not in get_args(Symbology):
        raise InvalidInput(
            f"The symbology is one of {', '.join(get_args(Symbology))}, not {symbology[:40]!r}.",
            path=(*path[:-1], "symbology"),
        )
    if symbology == "ISBN" or (symbology is None and _looks_like_isbn(text)):
        if not isbn.is_valid(text):
            raise InvalidInput(f"{text[:40]!r} is not an ISBN: {_correction(isbn.compact(text))}.", path=path)
        return isbn.compact(text, convert=True), "ISBN"
    is_numbered = _DIGITS.fullmatch(text) is not None and len(text) in _SYMBOLOGIES
    if symbology in {None, "CODE128"} and not (is_numbered and symbology is None):
        if len(text) > CODE_LENGTH_MAX or _PRINTABLE_ASCII.fullmatch(text) is None:
            raise InvalidInput(
                f"A barcode has 1 to {CODE_LENGTH_MAX} printable ASCII characters and no space at its ends;"
                f" {text[:40]!r} has not.",
                path=path,
            )
        return text, "CODE128"
    if not is_numbered or not ean.is_valid(text):
        raise InvalidInput(
            f"{text[:40]!r} is not {_with_article(symbology or _SYMBOLOGIES[len(text)])}: {_correction(text)}.",
            path=path,
        )
    code = normal_code(text)
    found = _SYMBOLOGIES[len(code)]
    if symbology not in {None, _SYMBOLOGIES[len(text)], found}:
        raise InvalidInput(f"{text!r} is {_with_article(found)}, not {_with_article(str(symbology))}.", path=path)
    return code, found


def normal_code(text: str) -> str:
    """The form in which a code is kept, for looking it up: leading zeros that only pad a shorter code are dropped."""
    if _DIGITS.fullmatch(text) is not None and ean.is_valid(text):
        if len(text) == 14 and text[0] == "0":
            text = text[1:]
        if len(text) == 13 and text[0] == "0":
            text = text[1:]
        return text
    return isbn.compact(text) if _looks_like_isbn(text) and isbn.is_valid(text) else text


def _looks_like_isbn(text: str) -> bool:
    # 979-0 is the ISMN of printed music, an EAN-13 like any other.
    digits = text.replace("-", "").replace(" ", "")
    return (
        _DIGITS.fullmatch(digits) is not None
        and len(digits) == 13
        and (digits.startswith("978") or (digits.startswith("979") and digits[3] != "0"))
        and text[0] not in " -"
        and text[-1] not in " -"
    )


def _with_article(symbology: str) -> str:
    return f"{'a' if symbology in {'UPC', 'GTIN14', 'CODE128'} else 'an'} {symbology}"


def _correction(text: str) -> str:
    if _DIGITS.fullmatch(text) is None or len(text) not in _SYMBOLOGIES:
        return "such a code has 8, 12, 13 or 14 digits (an ISBN 10 or 13)"
    return (
        f"its check digit should be {ean.calc_check_digit(text[:-1])}. Read the label again, or give symbology CODE128"
        " if this is a code of your own"
    )


_COLUMNS = (Barcode.code, Barcode.variant_id, Barcode.unit_code, Barcode.symbology)
_BY_VARIANT = (
    select(*_COLUMNS)
    .where(
        Barcode.tenant_id == bindparam("tenant"),
        Barcode.variant_id == any_(bindparam("variants", type_=ARRAY(Uuid))),
    )
    .order_by(Barcode.code)
)
_BY_ITEM = (
    select(Variant.item_id, *_COLUMNS)
    .join(Variant, and_(Variant.tenant_id == Barcode.tenant_id, Variant.id == Barcode.variant_id))
    .where(
        Barcode.tenant_id == bindparam("tenant"),
        Variant.tenant_id == bindparam("tenant"),
        Variant.item_id == any_(bindparam("items", type_=ARRAY(Uuid))),
    )
    .order_by(Variant.position, Barcode.code)
)
_BY_CODE = select(*_COLUMNS).where(
    Barcode.tenant_id == bindparam("tenant"), Barcode.code == any_(bindparam("codes", type_=ARRAY(Text)))
)
_INSERT = """
INSERT INTO barcodes (tenant_id, code, variant_id, unit_code, symbology)
SELECT $1, b.code, b.variant_id, b.unit_code, b.symbology
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) AS b(code, variant_id, unit_code, symbology)
ORDER BY b.code
ON CONFLICT DO NOTHING
RETURNING code
"""


async def barcodes_by_variant(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[BarcodeRecord]]:
    """The barcodes of each variant, by code; every key is answered."""
    found: dict[UUID, list[BarcodeRecord]] = {key: [] for key in keys}
    for row in await tx.rows(_BY_VARIANT, tenant=tx.tenant_id, variants=list(keys)):
        found[row["variant_id"]].append(BarcodeRecord(**row))
    return found


async def barcodes_by_item(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[BarcodeRecord]]:
    """The barcodes of each item over its variants, in their order; every key is answered."""
    found: dict[UUID, list[BarcodeRecord]] = {key: [] for key in keys}
    for row in await tx.rows(_BY_ITEM, tenant=tx.tenant_id, items=list(keys)):
        values: dict[str, Any] = dict(row)
        found[values.pop("item_id")].append(BarcodeRecord(**values))
    return found


async def barcodes_by_code(tx: Transaction, keys: Sequence[str]) -> Mapping[str, BarcodeRecord]:
    """The barcodes of the codes, in any of the forms in which a scanner sends them; unknown ones are left out."""
    codes = {key: normal_code(key) for key in keys}
    rows = await tx.rows(_BY_CODE, tenant=tx.tenant_id, codes=list(codes.values()))
    found = {row["code"]: BarcodeRecord(**row) for row in rows}
    return {key: found[code] for key, code in codes.items() if code in found}


async def insert_barcodes(tx: Transaction, barcodes: Sequence[BarcodeRecord], *, paths: Sequence[Path]) -> None:
    """Store the barcodes; raises ``AlreadyExists`` at the path of the first that names a variant already."""
    if not barcodes:
        return
    rows = await tx.raw.fetch(
        _INSERT,
        tx.tenant_id,
        [barcode.code for barcode in barcodes],
        [barcode.variant_id for barcode in barcodes],
        [barcode.unit_code for barcode in barcodes],
        [barcode.symbology for barcode in barcodes],
    )
    stored = {row["code"] for row in rows}
    for barcode, path in zip(barcodes, paths, strict=True):
        if barcode.code not in stored:
            raise AlreadyExists(f"The barcode {barcode.code!r} names a variant already.", path=path)
