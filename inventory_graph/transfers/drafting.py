"""Lines of a transfer as callers name them, made into what is to go: variants and units found and checked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID, uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, ItemInactive, NotFound
from inventory_graph.masterdata.records import STOCKED_TYPES
from inventory_graph.quantities import quantity_to_text
from inventory_graph.stock.resolution import Article, articles_named, unknown_sku
from inventory_graph.transfers.policy import Line
from inventory_graph.unlocked import dataclass

LINES_MAX = 500
SERIALS_MAX = 1_000
CODE_LENGTH_MAX = 100

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """What a caller wants of one variant, in ``unit`` (None: the stock unit), of a lot or by its pieces where that matters."""

    sku: str | None = None
    variant_id: UUID | None = None
    quantity: Decimal
    unit: str | None = None
    lot_code: str | None = None
    serials: tuple[str, ...] = ()


async def draft(tx: Transaction, *, lines: Sequence[WantedLine]) -> list[Line]:
    """The lines as they are kept, in two statements however many there are.

    Raises ``InvalidInput``, ``NotFound``, ``ItemInactive`` and ``UnitMismatch``, whose path begins with ``lines.N``.
    """
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(f"A transfer has 1 to {LINES_MAX} lines, this has {len(lines)}.", path=("lines",))
    found = await articles_named(
        tx,
        skus=[line.sku for line in lines if line.sku is not None],
        ids=[line.variant_id for line in lines if line.variant_id is not None],
    )
    return [_line(number, line, found) for number, line in enumerate(lines)]


def _line(number: int, line: WantedLine, found: Mapping[str, Article]) -> Line:
    path = ("lines", str(number))
    article = _article(line, found, path)
    if line.quantity <= 0:
        raise InvalidInput("The quantity must be more than 0.", path=(*path, "quantity"))
    quantity = article.quantity(line.quantity, line.unit, path=(*path, "quantity"))
    if quantity <= 0:
        raise InvalidInput(
            f"{quantity_to_text(line.quantity)} {line.unit} is nothing in {article.stock_unit.code}.",
            path=(*path, "quantity"),
        )
    check_names(line.lot_code, line.serials, tracking=article.tracking, sku=article.sku, path=path)
    if line.serials and len(line.serials) != quantity:
        raise InvalidInput(
            f"{quantity_to_text(quantity)} pieces of {article.sku} take as many serials, {len(line.serials)} were given.",
            path=(*path, "serials"),
        )
    return Line(
        id=uuid4(), position=number, variant_id=article.variant_id, item_id=article.item_id, sku=article.sku, name=article.sku,
        unit_code=article.stock_unit.code, quantity=quantity, lot_code=line.lot_code, serials=line.serials,
    )  # fmt: skip


def _article(line: WantedLine, found: Mapping[str, Article], path: Path) -> Article:
    if (line.sku is None) == (line.variant_id is None):
        raise InvalidInput("Name the variant by sku or by variantId, and by one of them only.", path=(*path, "sku"))
    if line.sku is not None:
        article = found.get(line.sku)
        if article is None:
            raise unknown_sku(line.sku, path=(*path, "sku"))
        place = (*path, "sku")
    else:
        place = (*path, "variant_id")
        article = found.get(str(line.variant_id))
        if article is None:
            raise NotFound(f"There is no variant with the id {line.variant_id}.", path=place)
    if article.item_type not in STOCKED_TYPES:
        raise InvalidInput(f"{article.sku} holds no stock of its own: send what it is made of.", path=place)
    if not article.is_active:
        raise ItemInactive(f"{article.sku} is archived; reactivate it first.", path=place)
    return article


def check_names(lot_code: str | None, serials: Sequence[str], *, tracking: str, sku: str, path: Path) -> None:
    """A lot and pieces are named only of what is tracked by them; raises ``InvalidInput``."""
    _check_many(serials, path=path)
    if lot_code is not None and tracking == "NONE":
        raise InvalidInput(f"{sku} is not tracked by lot: leave lotCode away.", path=(*path, "lot_code"))
    if serials and tracking != "SERIAL":
        raise InvalidInput(f"{sku} is not tracked by serial: leave serials away.", path=(*path, "serials"))
    check_codes(lot_code, serials, path=path)


def _check_many(serials: Sequence[str], *, path: Path) -> None:
    if len(serials) > SERIALS_MAX:
        raise InvalidInput(f"A line names at most {SERIALS_MAX} serials.", path=(*path, "serials"))


def check_codes(lot_code: str | None, serials: Sequence[str], *, path: Path) -> None:
    """What is to be a code is one, and no piece is named twice; raises ``InvalidInput``."""
    _check_many(serials, path=path)
    named = [("lot_code", lot_code)] if lot_code is not None else []
    for field, code in [*named, *(("serials", serial) for serial in serials)]:
        if not 1 <= len(code) <= CODE_LENGTH_MAX or not code.isprintable() or code != code.strip():
            raise InvalidInput(
                f"{code[:40]!r} is no code: 1 to {CODE_LENGTH_MAX} printable characters without spaces around them.",
                path=(*path, field),
            )
    if len(set(serials)) != len(serials):
        raise InvalidInput("A serial is named twice.", path=(*path, "serials"))
