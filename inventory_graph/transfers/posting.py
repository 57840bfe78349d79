"""From a transfer to the stock book: commands of its lines, posted together or not at all."""

from collections.abc import Sequence
from uuid import uuid4

from inventory_graph.db import Transaction
from inventory_graph.errors import Refusal
from inventory_graph.stock.book import Posted
from inventory_graph.stock.commands import Command, Document, Line
from inventory_graph.stock.posting import post
from inventory_graph.transfers.policy import Transfer
from inventory_graph.unlocked import dataclass

DOCUMENT = "TRANSFER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the book, with the place in the request that it is for and the reason it is posted with."""

    line: Line
    path: tuple[str, ...]
    reason: str | None = None


async def post_entries(
    tx: Transaction, *, transfer: Transfer, entries: Sequence[Entry], kind: str, note: str | None
) -> list[Posted]:
    """Post the entries, a command for each reason; raises the first refusal at the place of its entry.

    The next version of the transfer is the line of the document: a step posts once.
    """
    by_reason: dict[str | None, list[Entry]] = {}
    for entry in entries:
        by_reason.setdefault(entry.reason, []).append(entry)
    commands = [_command(tx, transfer, reason, group, kind=kind, note=note) for reason, group in by_reason.items()]
    posted: list[Posted] = []
    for group, outcome in zip(by_reason.values(), await post(tx, commands), strict=True):
        if isinstance(outcome, Refusal):
            raise _placed(outcome, group)
        posted.append(outcome)
    return posted


def _command(
    tx: Transaction, transfer: Transfer, reason: str | None, entries: Sequence[Entry], *, kind: str, note: str | None
) -> Command:
    head = transfer.head
    line = str(head.version + 1) if reason is None else f"{head.version + 1} {reason}"
    return Command(
        id=uuid4(),
        lines=tuple(entry.line for entry in entries),
        recorded_by=tx.actor.subject,
        reason=reason,
        note=note,
        reference=head.number,
        document=Document(type=DOCUMENT, id=head.id, line=line, kind=kind),
    )


def _placed(refusal: Refusal, entries: Sequence[Entry]) -> Refusal:
    """The refusal, at the place in the request that its line is for."""
    if refusal.path[:1] == ("lines",) and len(refusal.path) > 1:
        refusal.path = (*entries[int(refusal.path[1])].path, *refusal.path[2:])
    return refusal
