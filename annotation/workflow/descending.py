"""What generated items come from, however many recipes ago, and what became of items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from annotation.models import Project

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
# From what recipes made, not from the items that are asked about: of those there may be a project's worth. Candidates
# lead across items that are gone.
DESCENDANTS = """
WITH RECURSIVE made (parent, child) AS MATERIALIZED (
    SELECT unnest(candidate.parents), candidate.item_id
    FROM annotation_candidate candidate JOIN annotation_synthesisrun run ON run.id = candidate.run_id
    WHERE run.project_id = %s AND candidate.item_id IS NOT NULL
    UNION
    SELECT kept.to_item_id, kept.from_item_id
    FROM annotation_item item JOIN annotation_item_parents kept ON kept.from_item_id = item.id
    WHERE item.project_id = %s AND item.source = 'recipe'
), line (item) AS (
    SELECT child FROM made WHERE parent IN ({asked})
    UNION
    SELECT made.child FROM line JOIN made ON made.parent = line.item
)
SELECT item.id FROM line JOIN annotation_item item ON item.id = line.item WHERE item.project_id = %s
EXCEPT {asked}
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


def descendants_of(project: Project, items: QuerySet[Any, Any]) -> tuple[str, list[Any]]:
    """SQL, with its parameters, of what recipes made of `items`, and of that, and so on: ids of items that are there.

    `items` selects one column of ids, also of items that are gone; none of them is among what is found.
    """
    sql, given = items.order_by().query.sql_with_params()
    return DESCENDANTS.format(asked=sql), [project.pk, project.pk, *given, project.pk, *given]


def count_descendants(project: Project, items: QuerySet[Any, Any], *, most: int) -> int:
    """How many those are; `most` + 1 where there are more."""
    sql, given = descendants_of(project, items)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT FROM ({sql}) found LIMIT %s) counted", [*given, most + 1])
        (count,) = cursor.fetchone()
    return int(count)
