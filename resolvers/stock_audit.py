"""Whether ledger, quants and balances agree."""

import strawberry

from inventory_graph.stock.audit import AuditReport, Drift, drift
from resolvers.context import Info
from resolvers.federation import ADMINISTRATION, cost, usually
from resolvers.kit import field, present, presents


@presents(Drift)
@strawberry.type(description="One thing that does not agree with the ledger.")
class StockDrift:
    kind: str = strawberry.field(description="What does not agree, such as BALANCE_OFF_LEDGER.")
    balance_id: strawberry.ID | None = strawberry.field(description="The balance; null where none is concerned.")
    sku: str | None = strawberry.field(description="The variant's SKU.")
    warehouse_code: str | None = strawberry.field(description="The warehouse's code.")
    subject: str = strawberry.field(description="What of the balance: a state, a version, a document line.")
    expected: str = strawberry.field(description="What follows from the ledger and its rules.")
    found: str = strawberry.field(description="What is stored.")

    @classmethod
    def of(cls, record: Drift) -> "StockDrift":
        """The drift of a record."""
        return cls(
            kind=str(record.kind),
            balance_id=strawberry.ID(str(record.balance_id)) if record.balance_id is not None else None,
            sku=record.sku,
            warehouse_code=record.warehouse_code,
            subject=record.subject,
            expected=record.expected,
            found=record.found,
        )


@presents(AuditReport)
@strawberry.type(description="What the audit looked at, and what did not agree. There should be nothing.")
class StockAudit:
    balances: int = strawberry.field(description="How many balances were checked.")
    quants: int = strawberry.field(description="How many quants were checked.")
    serials: int = strawberry.field(description="How many serials were checked.")
    movements: int = strawberry.field(description="How many movements were checked.")
    versions: int = strawberry.field(description="How many changes all balances have seen together.")
    drift_count: int = strawberry.field(description="How many things do not agree.")
    drifts: list[StockDrift] = strawberry.field(description="The first 100 of them.", directives=[usually(1)])

    @classmethod
    def of(cls, record: AuditReport) -> "StockAudit":
        """The audit of a report."""
        return cls(
            balances=record.balances,
            quants=record.quants,
            serials=record.serials,
            movements=record.movements,
            versions=record.versions,
            drift_count=record.drift_count,
            drifts=[StockDrift.of(each) for each in record.drifts],
        )


@field(
    description="Checks the whole stock of the tenant against its ledger. It reads everything: not for every minute.",
    directives=[cost(1_000), ADMINISTRATION],
)
async def stock_audit(info: Info) -> StockAudit:
    info.context.require("inventory.stock.manage")
    return present(await info.context.read(drift))


queries = [stock_audit]
