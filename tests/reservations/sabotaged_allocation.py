"""The strategies with one thing wrong in each: what the comparison with the naive allocation has to find.

The modules of allocation are read as text, one line is changed, and they run as one module of their own.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory_graph import reservations

MODULES = ("filling", "site_sets", "allocation")


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What is wrong, by which text it becomes wrong, and the strategy in whose answers it must be seen."""

    name: str
    strategy: str
    before: str
    after: str


SABOTAGES = (
    Sabotage("lines are not summed", "COVERING", "sums.get(leaf, 0) + cost * line.quantity", "cost * line.quantity"),
    Sabotage("what a line took is there again", "PRIORITY", "shelf[leaf] - cost * amount", "shelf[leaf]"),
    Sabotage("only one leaf is looked at", "PRIORITY", "// cost for leaf, cost in self.costs.items()", "// cost for leaf, cost in list(self.costs.items())[:1]"),
    Sabotage("steps are ignored", "PRIORITY", "room if room == left else room - room % self.step", "room"),
    Sabotage("the last step is given though half of it is there", "NEAREST", "room - room % self.step\n\n    def bound", "-(-room // self.step) * self.step\n\n    def bound"),
    Sabotage("less than nothing counts", "COVERING", "max(0, _millionths(site.available.get(leaf, _ZERO)))", "abs(_millionths(site.available.get(leaf, _ZERO)))"),
    Sabotage("needs are rounded up", "COVERING", "int(need * scales[leaf])", "int(-(-need // 1) * scales[leaf])"),
    Sabotage("distance does not count", "COVERING", "(site.priority, *_distance(site), site.warehouse_id)", "(site.priority, site.warehouse_id)"),
    Sabotage("priority counts before distance", "NEAREST", "(*_distance(site), site.priority, site.warehouse_id)", "(site.priority, *_distance(site), site.warehouse_id)"),
    Sabotage("what is far away unknown is next door", "NEAREST", "(site.distance_km is None, site.distance_km or Decimal(0))", "(False, site.distance_km or Decimal(0))"),
    Sabotage("distance counts", "PRIORITY", "return (site.priority, site.warehouse_id)", "return (*_distance(site), site.warehouse_id)"),
    Sabotage("of equals the last is asked first", "PRIORITY", "return (site.priority, site.warehouse_id)", "return (site.priority, -site.warehouse_id.int)"),
    Sabotage("nothing covers everything", "COVERING", "case.by_one() or (", "("),
    Sabotage("a covering site is waited for", "PRIORITY", "case.by_turns() if may_split else case.by_one() or case.by_best()", "case.by_one() or (case.by_turns() if may_split else case.by_best())"),
    Sabotage("everything may be split", "NEAREST", "case.by_turns() if may_split", "case.by_turns() if True"),
    Sabotage("lines in full are worth no more", "COVERING", "return full, sum(", "return 0, sum("),
    Sabotage("parts of lines are worth nothing", "COVERING", "return full, sum(", "return full, 0 * sum("),
    Sabotage("the largest set is tried first", "FEWEST", "in range(2, len(useful) + 1)", "in range(len(useful), 1, -1)"),
    Sabotage("priorities of a set do not count", "FEWEST", "(sum(keys[p][0] for p in each), ", "("),
    Sabotage("ids of a set do not count", "FEWEST", ", sorted(keys[p][1] for p in each))", ", [])"),
    Sabotage("sites are only asked in turn", "FEWEST", "    amounts = {place: amounts.get(place", "    return None\n    amounts = {place: amounts.get(place"),
    Sabotage("goods that share leaves are divided apart", "FEWEST", "if group[0].isdisjoint(leaves)", "if True"),
    Sabotage("only one way of dividing is tried", "FEWEST", "amount = (amount - 1) // line.step * line.step", "amount = -1"),
    Sabotage("sets are only greedy", "FEWEST", "len(useful) > SITES_MAX", "True"),
    Sabotage("several sites are never needed", "FEWEST", "case.by_one() or case.by_fewest() or case.by_turns()", "case.by_one() or case.by_turns()"),
)  # fmt: skip


def sabotaged(sabotage: Sabotage | None) -> dict[str, Callable[..., Any]]:
    """The table of strategies after the sabotage; as it is without one. ``AssertionError`` when there is nothing to sabotage."""
    folder = Path(str(reservations.__file__)).parent
    texts = [(folder / f"{module}.py").read_text(encoding="utf-8") for module in MODULES]
    if sabotage is not None:
        assert any(sabotage.before in text for text in texts), f"Nothing to sabotage: {sabotage.name}. Write it anew."
        texts = [text.replace(sabotage.before, sabotage.after) for text in texts]
    space: dict[str, Any] = {"__name__": "sabotaged"}
    for text in texts:
        tree = ast.parse(text)
        # What the modules import from each other is there already, sabotaged.
        tree.body = [
            node
            for node in tree.body
            if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(reservations.__name__))
        ]
        exec(compile(tree, "sabotaged", "exec"), space)  # noqa: S102 - our own text with one line changed
    table: dict[str, Callable[..., Any]] = space["STRATEGIES"]
    return table
