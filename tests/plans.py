"""What PostgreSQL's EXPLAIN (ANALYZE, FORMAT JSON) says a statement read."""

from __future__ import annotations

from typing import Any

Plan = dict[str, Any]


def walk(plan: Plan) -> list[Plan]:
    """A plan's nodes, itself first."""
    return [plan, *(node for child in plan.get("Plans", []) for node in walk(child))]


def rows_read(plan: Plan) -> float:
    """Rows that scans took from tables, whether they passed a filter or not.

    Unlike blocks and times it does not depend on how full pages are or on what is cached.
    """
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0))
        * node["Actual Loops"]
        for node in walk(plan)
        if "Relation Name" in node
    )
