"""Numbers by which people call documents, such as PO-000042: one series for each kind of document of a tenant."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from inventory_graph.db import Base, Transaction


class DocumentNumber(Base):
    """The last number of a series of a tenant's documents, such as PO. Numbers are unique; a rolled-back one is given again."""

    __tablename__ = "document_numbers"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    series: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        CheckConstraint("last >= 1", name="last_positive"),
    )


_NEXT = """
INSERT INTO document_numbers AS series (tenant_id, series, last) VALUES ($1, $2, 1)
ON CONFLICT (tenant_id, series) DO UPDATE SET last = series.last + 1
RETURNING last
"""


async def next_number(tx: Transaction, *, series: str) -> str:
    """The next number of a series, such as PO-000001. It is locked to the end of the transaction: take it last."""
    last: int = await tx.raw.fetchval(_NEXT, tx.tenant_id, series)
    return f"{series}-{last:06}"
