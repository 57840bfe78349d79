"""What a stock verb answered, in a form that can be stored beside its key and given again as it was recorded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pydantic import TypeAdapter

from inventory_graph.stock.book import Posted
from inventory_graph.stock.records import BalanceRecord, MovementRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The balances right after a command and its movements; ``replayed`` when an earlier call made them."""

    balances: list[BalanceRecord]
    movements: list[MovementRecord]
    currency: str
    replayed: bool = False


_BALANCES = TypeAdapter(list[BalanceRecord])
_MOVEMENTS = TypeAdapter(list[MovementRecord])
_MOVEMENT_FIELDS = tuple(field.name for field in fields(MovementRecord) if field.name != "serials")


def of(posted: Posted, *, currency: str) -> Answer:
    """The answer of a command that was posted."""
    balances = [
        BalanceRecord(
            id=balance.id,
            variant_id=balance.stockable.variant_id,
            warehouse_id=balance.stockable.warehouse_id,
            on_hand=balance.on_hand,
            reserved=balance.reserved,
            quarantined=balance.quarantined,
            damaged=balance.damaged,
            available=balance.available,
            reorder_point=balance.reorder_point,
            safety_stock=balance.safety_stock,
            version=balance.version,
            updated_at=balance.updated_at,
        )
        for balance in posted.after
    ]
    movements = [
        MovementRecord(**{name: getattr(movement, name) for name in _MOVEMENT_FIELDS}, serials=list(movement.serials))
        for movement in posted.movements
    ]
    return Answer(balances=balances, movements=movements, currency=currency)


def to_record(answer: Answer) -> dict[str, Any]:
    """The answer as JSON-ready values: decimals, ids and times as strings."""
    return {
        "balances": [_plain(asdict(balance)) for balance in answer.balances],
        "movements": [_plain(asdict(movement)) for movement in answer.movements],
        "currency": answer.currency,
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if value is None or isinstance(value, int | list) else str(value) for name, value in values.items()
    }


def from_record(record: Mapping[str, Any], *, replayed: bool) -> Answer:
    """The answer as it was recorded."""
    return Answer(
        balances=_BALANCES.validate_python(record["balances"]),
        movements=_MOVEMENTS.validate_python(record["movements"]),
        currency=record["currency"],
        replayed=replayed,
    )
