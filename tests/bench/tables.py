"""Printing what was measured."""

import sys
from collections.abc import Sequence


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table, as it stands in docs/performance.md."""
    out = sys.stdout
    out.write(f"\n{title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}\n")
    for row in rows:
        out.write(f"| {' | '.join(_shown(cell) for cell in row)} |\n")
    out.flush()


def _shown(cell: object) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:,.0f}" if cell >= 100 else f"{cell:.2f}"
