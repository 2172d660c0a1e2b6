"""How far groups of generated items are what they were made to be: by operation and by intended label."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.aggregation.scoring import wilson

# An item that was rewritten was not what it was to be, whatever it has become. What was accepted with its group, or
# settled by models alone, nobody has looked at; what waits and was decided all the same, somebody chose.
STRATA = """
WITH vetted AS (
    SELECT run.recipe, made.operation, made.label, made.vetting, item.stage,
        item.stage = 'settled' AND made.vetting NOT IN ('waiting', 'accepted') AND EXISTS (
            SELECT FROM annotation_consensus decided
            WHERE decided.item_id = item.id AND decided.decided_by IN ('people', 'reviewer')
        ) AS looked,
        item.fields = made.fields AND NOT EXISTS (
            SELECT FROM jsonb_each(coalesce(nullif(made.label, ''), '{{}}')::jsonb) AS wanted (question, answer)
            WHERE NOT EXISTS (
                SELECT FROM annotation_consensus decided WHERE decided.item_id = item.id
                AND decided.question = wanted.question AND decided.value = wanted.answer
            )
        ) AS as_intended
    FROM annotation_candidate made
    JOIN annotation_synthesisrun run ON run.id = made.run_id
    JOIN annotation_item item ON item.id = made.item_id
    WHERE run.id = ANY(%(runs)s) AND made.fate = 'kept' {among}
)
SELECT recipe, operation, label, count(*),
    count(*) FILTER (WHERE vetting = 'sampled'),
    count(*) FILTER (WHERE vetting = 'sampled' AND stage <> 'settled'),
    count(*) FILTER (WHERE vetting = 'sampled' AND looked),
    count(*) FILTER (WHERE vetting = 'sampled' AND looked AND as_intended),
    count(*) FILTER (WHERE looked),
    count(*) FILTER (WHERE looked AND as_intended),
    count(*) FILTER (WHERE vetting = 'waiting'),
    count(*) FILTER (WHERE vetting = 'accepted')
FROM vetted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT %(most)s
"""
SAMPLED = "AND made.vetting = 'sampled'"
# A class for each of a very fine question's labels; more than that nobody reads.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Stratum:
    """Items of one operation that were made to be the same. `label`: JSON of the answers that can be checked.

    `pending` of the `sampled` wait for people, `tried` were decided by them without their seeing the label, `hits` of
    these as intended; `checked` and `right` say so of all that were not chosen for it. `waiting` are held until the
    sample is done, `accepted` were settled by what it showed.
    """

    recipe: str
    operation: str
    label: str
    items: int
    sampled: int
    pending: int
    tried: int
    hits: int
    checked: int
    right: int
    waiting: int
    accepted: int

    @property
    def answers(self) -> dict[str, Any]:
        return dict(json.loads(self.label)) if self.label else {}

    @property
    def validity(self) -> tuple[float, float, float] | None:
        """(share, low, high) by Wilson's interval; None before anybody has looked, or where nothing can be checked."""
        if not self.checked or not self.answers:
            return None
        return self.right / self.checked, *wilson(self.right, self.checked)


def strata_of(runs: Collection[int], *, sampled: bool = False) -> list[Stratum]:
    """The groups of these runs together, by recipe, operation and label; with `sampled`, of their samples alone."""
    with connection.cursor() as cursor:
        query = STRATA.format(among=SAMPLED if sampled else "")
        cursor.execute(query, {"runs": list(runs), "most": MOST})
        return [Stratum(*row) for row in cursor.fetchall()]
