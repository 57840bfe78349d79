"""Landed costs and freight: an amount that is put on what goods receipts or a transfer brought, also long after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any
from uuid import UUID, uuid4

from inventory_graph import idempotency
from inventory_graph.db import Transaction
from inventory_graph.errors import InvalidInput, LimitExceeded
from inventory_graph.masterdata.item_reading import variants_by_id
from inventory_graph.masterdata.suppliers import checked_currency
from inventory_graph.masterdata.texts import checked_text
from inventory_graph.masterdata.warehouses import warehouses_by_id
from inventory_graph.numbering import next_number
from inventory_graph.outbox import emit
from inventory_graph.purchasing.arrivals import RATE_MAX
from inventory_graph.purchasing.money import AMOUNT_MAX, rounded
from inventory_graph.purchasing.receipts import lock_receipts, variants_received
from inventory_graph.purchasing.refusals import GoodsReceiptUnknown, ReceiptReversed
from inventory_graph.quantities import ZERO
from inventory_graph.stock.commands import Arrive, Receive, balance_id
from inventory_graph.stock.revaluing import Arrival, Place, add_costs, arrivals_of
from inventory_graph.stock.state import CostAdjustment
from inventory_graph.transfers.documents import lines_of, transfers_by_id
from inventory_graph.transfers.refusals import TransferUnknown
from inventory_graph.valuation import queries
from inventory_graph.valuation.events import CostAllocated
from inventory_graph.valuation.records import LandedCostRecord
from inventory_graph.valuation.spreading import checked_measures, spread

OPERATION = "addLandedCost"
SERIES = "LC"
RECEIPTS_MAX = 100
ARRIVALS_MAX = 1_000
TEXT_LENGTH_MAX = 1_000

# Digits enough for any amount and any rate, whatever the program's own context is.
_EXACT = Context(prec=80)


class CostCurrencyMismatch(InvalidInput):
    """The rate does not fit the currency of the amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A cost and what it is put on: goods receipts, or a transfer. A negative amount takes back. ``exchange_rate`` is how much of the
    tenant's currency one of ``currency`` is worth; ``measures`` is what a stock unit of each SKU weighs or takes up."""

    goods_receipt_ids: Sequence[UUID] = ()
    transfer_id: UUID | None = None
    amount: Decimal
    currency: str
    exchange_rate: Decimal | None = None
    by: str
    measures: Sequence[tuple[str, Decimal]] = ()
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedCostAnswer:
    """The id of a landed cost; ``replayed`` when an earlier call made it."""

    landed_cost_id: UUID
    replayed: bool = False


async def add_landed_cost(
    tx: Transaction, *, idempotency_key: str, arguments: Mapping[str, Any], landing: Landing
) -> LandedCostAnswer:
    """Spread a cost over what arrived, at most 1,000 arrivals; ``arguments`` are what the key stands for.

    Raises ``GoodsReceiptUnknown``, ``ReceiptReversed``, ``TransferUnknown``, ``CostCurrencyMismatch``, ``InvalidInput``,
    ``LimitExceeded``, ``Forbidden``.
    """
    recorded = await idempotency.claim(tx, operation=OPERATION, key=idempotency_key, arguments=arguments)
    if recorded is not None:
        return LandedCostAnswer(landed_cost_id=UUID(recorded["landed_cost_id"]), replayed=True)
    description = checked_text(
        landing.description, path=("description",), length_max=TEXT_LENGTH_MAX, is_multiline=True
    )
    measures = checked_measures(landing.by, landing.measures)
    rate = _checked_rate(landing, tx.actor.currency)
    cost_amount = _in_tenants_currency(landing, rate, tx.actor.currency)
    arrivals = await _arrivals(tx, landing)
    if not 1 <= len(arrivals) <= ARRIVALS_MAX:
        if arrivals:
            raise LimitExceeded(f"A cost is spread over at most {ARRIVALS_MAX} arrivals, these are {len(arrivals)}.")
        raise InvalidInput(
            "Nothing of it has come into stock that a cost could be put on.", path=_document_path(landing)
        )
    variants = await variants_by_id(tx, sorted({each.variant_id for each in arrivals}))
    additions = spread(
        cost_amount, arrivals, by=landing.by, measures=measures,
        skus={variant_id: variant.sku for variant_id, variant in variants.items()}, currency=tx.actor.currency,
    )  # fmt: skip
    landed_cost_id = uuid4()
    kind = "FREIGHT" if landing.transfer_id is not None else "LANDED_COST"
    adjustments = await add_costs(
        tx, command_id=landed_cost_id, kind=kind, additions=additions, recorded_by=tx.actor.subject
    )
    record = LandedCostRecord(
        id=landed_cost_id, number=await next_number(tx, series=SERIES), kind=kind, amount=landing.amount,
        currency=landing.currency, exchange_rate=rate, cost_amount=cost_amount, cost_currency=tx.actor.currency,
        value_change=_total(each.value_change for each in adjustments),
        issued_value=_total(each.issued_value for each in adjustments), spread_by=landing.by, description=description,
        recorded_at=adjustments[0].recorded_at, recorded_by=tx.actor.subject,
    )  # fmt: skip
    await _write(tx, record, adjustments)
    await idempotency.answer(
        tx, operation=OPERATION, key=idempotency_key, value={"landed_cost_id": str(landed_cost_id)}
    )
    return LandedCostAnswer(landed_cost_id=landed_cost_id)


def _total(amounts: Any) -> Decimal:
    total: Decimal = sum(amounts, ZERO)
    return total


async def _write(tx: Transaction, record: LandedCostRecord, adjustments: Sequence[CostAdjustment]) -> None:
    await queries.insert_landed_cost(tx, record)
    await emit(
        tx,
        CostAllocated(
            aggregate_id=record.id, aggregate_version=1, tenant_id=tx.tenant_id, landed_cost=record, lines=adjustments
        ),
    )


def _document_path(landing: Landing) -> tuple[str, ...]:
    return ("transfer_id",) if landing.transfer_id is not None else ("goods_receipt_ids",)


def _checked_rate(landing: Landing, currency: str) -> Decimal:
    """How much of the tenant's currency one of the amount's is worth."""
    rate = landing.exchange_rate
    checked_currency(landing.currency, path=("amount", "currency"))
    if landing.currency == currency:
        if rate not in {None, Decimal(1)}:
            raise CostCurrencyMismatch(
                f"The amount is in {currency}, the tenant's own currency: its rate is 1.", path=("exchange_rate",)
            )
        return Decimal(1)
    if rate is None:
        raise CostCurrencyMismatch(
            f"The amount is in {landing.currency[:80]!r}: say how much {currency} one of it is worth, and the cost is kept at"
            " that rate.",
            path=("exchange_rate",),
        )
    if not 0 < rate < RATE_MAX:
        raise CostCurrencyMismatch("A rate is more than 0 and below 10^9.", path=("exchange_rate",))
    return rate


def _in_tenants_currency(landing: Landing, rate: Decimal, currency: str) -> Decimal:
    """The amount at its rate, as it is paid: to the smallest unit of the currency, half up."""
    amount = landing.amount
    if amount != rounded(amount, landing.currency):
        raise InvalidInput(f"{amount:f} cannot be paid: it has too many decimals.", path=("amount", "amount"))
    cost_amount = rounded(_EXACT.multiply(amount, rate), currency)
    if not cost_amount:
        raise InvalidInput("A cost of 0 changes nothing.", path=("amount", "amount"))
    if abs(cost_amount) > AMOUNT_MAX:
        raise LimitExceeded("The amount would be more than 10^15.", path=("amount", "amount"))
    return cost_amount


async def _arrivals(tx: Transaction, landing: Landing) -> list[Arrival]:
    if (landing.transfer_id is None) == (not landing.goods_receipt_ids):
        raise InvalidInput(
            "Name goodsReceiptIds or a transferId, and one of the two only.", path=("goods_receipt_ids",)
        )
    if landing.transfer_id is not None:
        return await _arrivals_of_transfer(tx, landing.transfer_id)
    ids = sorted(set(landing.goods_receipt_ids))
    if len(ids) > RECEIPTS_MAX:
        raise LimitExceeded(
            f"A cost is spread over at most {RECEIPTS_MAX} receipts, these are {len(ids)}.",
            path=("goods_receipt_ids",),
        )
    return await _arrivals_of_receipts(tx, landing.goods_receipt_ids, ids)


async def _arrivals_of_receipts(tx: Transaction, named: Sequence[UUID], ids: Sequence[UUID]) -> list[Arrival]:
    """What the receipts brought; they stay locked, so that none is reversed under the cost that is put on it."""
    receipts = await lock_receipts(tx, ids=ids)
    for number, receipt_id in enumerate(named):
        path = ("goods_receipt_ids", str(number))
        receipt = receipts.get(receipt_id)
        if receipt is None:
            raise GoodsReceiptUnknown(f"There is no goods receipt with the id {receipt_id}.", path=path)
        if receipt.status == "REVERSED":
            raise ReceiptReversed(f"{receipt.number} was reversed: what it brought is not here.", path=path)
    await _require_outlets(tx, {receipt.warehouse_id for receipt in receipts.values()})
    places = [
        Place(
            balance_id=balance_id(variant_id, receipts[receipt_id].warehouse_id), document_id=receipt_id,
            since=receipts[receipt_id].received_at, until=receipts[receipt_id].recorded_at,
        )
        for receipt_id, variant_id in await variants_received(tx, ids=ids)
    ]  # fmt: skip
    return await arrivals_of(tx, places=places, kind=Receive.kind)


async def _arrivals_of_transfer(tx: Transaction, transfer_id: UUID) -> list[Arrival]:
    transfer = (await transfers_by_id(tx, [transfer_id])).get(transfer_id)
    if transfer is None:
        raise TransferUnknown(f"There is no transfer with the id {transfer_id}.", path=("transfer_id",))
    await _require_outlets(tx, {transfer.to_warehouse_id})
    if transfer.shipped_at is None:
        return []
    now = await tx.raw.fetchval("SELECT clock_timestamp()")
    variant_ids = sorted({line.variant_id for line in await lines_of(tx, transfer_id=transfer_id)})
    places = [
        Place(
            balance_id=balance_id(variant_id, transfer.to_warehouse_id), document_id=transfer_id,
            since=transfer.shipped_at, until=now,
        )
        for variant_id in variant_ids
    ]  # fmt: skip
    return await arrivals_of(tx, places=places, kind=Arrive.kind)


async def _require_outlets(tx: Transaction, warehouse_ids: set[UUID]) -> None:
    for warehouse in (await warehouses_by_id(tx, sorted(warehouse_ids))).values():
        tx.actor.require_outlet(warehouse.outlet_id)
