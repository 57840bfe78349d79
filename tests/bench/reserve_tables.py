"""The tables of the benchmark of reservations, and what was aimed at."""

from dataclasses import dataclass, field

from tests.bench.load import Measured
from tests.bench.reserve_callers import CALLERS
from tests.bench.reserve_http import (
    ALONE_MANY_LINES,
    ALONE_ONE_LINE,
    LINES,
    MANY_LINES,
    ONE_LINE,
    POSTGRAPHILE,
    STRAWBERRY,
)
from tests.bench.tables import print_table

BATCHER = f"the batcher, {CALLERS} callers"
BEST_PLAIN = "pgbench, one statement, 64 clients"
LOCKED = "Medusa's module, in its lock, 32 calls"

Sides = dict[tuple[str, str], Measured]
"""By name and whether everybody wants one SKU (hot) or each another (cold)."""


@dataclass(slots=True)
class Found:
    """What was measured. ``oversold``: how many units there were and how many were given, by side."""

    side_by_side: Sides = field(default_factory=dict)
    over_http: Sides = field(default_factory=dict)
    oversold: dict[str, tuple[int, int]] = field(default_factory=dict)


def print_all(found: Found, where: str, *, rounds: int, seconds: float) -> None:
    """Print what was found on one server."""
    how = f"median of {rounds} rounds of {seconds:.0f} s ({where})"
    _print_side_by_side(found.side_by_side, how)
    if found.over_http:
        _print_over_http(found.over_http, how)
    _print_oversold(found.oversold)
    _print_targets(found)


def _print_side_by_side(sides: Sides, how: str) -> None:
    ours = sides[BATCHER, "hot"].rate
    rows = []
    for name in dict.fromkeys(name for name, _ in sides):
        hot, cold = sides[name, "hot"], sides[name, "cold"]
        rows.append((name, hot.rate, cold.rate, hot.rate / cold.rate, hot.p50_ms, hot.p99_ms, ours / hot.rate))
    print_table(
        f"Reservations per second, {how}",
        ("what", "one SKU", "10,000 SKUs", "ratio", "one SKU: p50 ms", "p99 ms", "the batcher is faster by"),
        rows,
    )


def _print_over_http(sides: Sides, how: str) -> None:
    base = sides[STRAWBERRY, ""].rate
    print_table(
        f"Over HTTP, {how}",
        ("what", "SKUs", "requests/s", "lines/s", "p50 ms", "p99 ms", "p99 to p50", "to Strawberry's {__typename}"),
        [
            (
                *(name, {"hot": "one", "cold": "10,000", "": ""}[where], each.rate, _lines(name) * each.rate),
                *(each.p50_ms, each.p99_ms, each.p99_ms / each.p50_ms, each.rate / base),
            )
            for (name, where), each in sides.items()
        ],
    )


def _lines(name: str) -> int:
    return {MANY_LINES: LINES, ALONE_MANY_LINES: LINES, ONE_LINE: 1, ALONE_ONE_LINE: 1, POSTGRAPHILE: 1}.get(name, 0)


def _print_oversold(oversold: dict[str, tuple[int, int]]) -> None:
    print_table(
        "Everybody wants the last units",
        ("what", "units there were", "units given", "oversold"),
        [(name, there, given, max(0, given - there)) for name, (there, given) in oversold.items()],
    )


def _print_targets(found: Found) -> None:
    sides, over_http = found.side_by_side, found.over_http
    hot, cold = sides[BATCHER, "hot"].rate, sides[BATCHER, "cold"].rate
    aims: list[tuple[str, float, float]] = [
        ("one SKU: the batcher to pgbench's one statement at 64 clients", 10, hot / sides[BEST_PLAIN, "hot"].rate),
        ("one SKU to 10,000 SKUs", 1, hot / cold),
    ]
    if over_http:
        one, many = over_http[ONE_LINE, "hot"], over_http[MANY_LINES, "cold"]
        alone_one, alone_many = over_http[ALONE_ONE_LINE, "cold"], over_http[ALONE_MANY_LINES, "cold"]
        aims += [
            ("one SKU: the batcher to Medusa's module in its lock", 50, hot / sides[LOCKED, "hot"].rate),
            ("HTTP: reserveStock to Strawberry's {__typename}", 0.6, one.rate / over_http[STRAWBERRY, ""].rate),
            ("HTTP: 5 times p50 to p99", 1, 5 * one.p50_ms / one.p99_ms),
            (
                f"HTTP, one caller: lines/s in mutations of {LINES} to those of one",
                10,
                alone_many.rate * LINES / alone_one.rate,
            ),
            (f"HTTP, a crowd: lines/s in mutations of {LINES} to those of one", 10, many.rate * LINES / one.rate),
        ]
    print_table(
        "What was aimed at",
        ("ratio", "aim: at least", "measured", "reached"),
        [(name, aim, measured, "yes" if measured >= aim else "no") for name, aim, measured in aims],
    )
