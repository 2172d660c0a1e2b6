"""Make what came in by the thousand findable by its words, behind the import that brought it."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from annotation.models import ImportJob, JobState, Unindexed

# What was deleted meanwhile needs no entry; what was put back since has one.
INDEX = """
INSERT INTO annotation_itemsearch (item_id, project_id, words, facts)
SELECT id, project_id, annotation_item_words(fields, external_id), annotation_item_facts(metadata)
FROM annotation_item WHERE project_id = %s AND id BETWEEN %s AND %s
ON CONFLICT (item_id) DO NOTHING
"""


@transaction.atomic
def index_words(project: int) -> bool:
    """Index the next items of a project; True while more are left and nobody else is at it.

    Killed in the middle, nothing is lost: the row that says what is to do goes with what was done.
    """
    waiting = Unindexed.objects.filter(project=project).order_by("pk")
    # The first or none: who comes while another is at it has nothing to do.
    batch = Unindexed.objects.select_for_update(skip_locked=True).filter(pk__in=waiting.values("pk")[:1]).first()
    if batch is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(INDEX, [project, batch.first, batch.last])
    batch.delete()
    return waiting.exists()


def find_unindexed() -> list[int]:
    """Projects with items that are not found by their words yet, and into which nothing comes right now."""
    importing = ImportJob.objects.filter(project=OuterRef("project"), state=JobState.RUNNING)
    waiting = Unindexed.objects.filter(~Exists(importing))
    return list(waiting.order_by("project").values_list("project", flat=True).distinct())
