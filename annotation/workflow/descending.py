"""What generated items come from, however many recipes ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db import connection

# By what the candidates say, since they stay when an item between is deleted; and by the items' own relations, which
# are there where a run is not any more.
ANCESTORS = """
WITH RECURSIVE line (item, ancestor) AS (
    SELECT id, id FROM unnest(%(items)s::bigint[]) AS asked (id)
    UNION
    SELECT line.item, parent.id FROM line CROSS JOIN LATERAL (
        SELECT unnest(made.parents) FROM annotation_candidate made WHERE made.item_id = line.ancestor
        UNION ALL
        SELECT kept.to_item_id FROM annotation_item_parents kept WHERE kept.from_item_id = line.ancestor
    ) AS parent (id)
)
SELECT item, ancestor FROM line WHERE ancestor <> item
"""


def ancestors_of(items: Collection[int]) -> dict[int, set[int]]:
    """{item: the ids of its parents, their parents, and so on}; some of those may be gone."""
    found: dict[int, set[int]] = defaultdict(set)
    if items:
        with connection.cursor() as cursor:
            cursor.execute(ANCESTORS, {"items": list(items)})
            for item, ancestor in cursor.fetchall():
                found[item].add(ancestor)
    return found
