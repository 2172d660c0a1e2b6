"""Go by the rows every few seconds, and send again what a lost message or a dead worker left undone."""

from __future__ import annotations

from annotation.models import Item, Project, Stage

from .calibrating import find_due_calibrations
from .changing_many import find_stalled_bulk_changes, forget_old_changes
from .exporting import find_stalled_snapshots
from .finding import find_unembedded, forget_phrases
from .importing import find_stalled_imports
from .learning import find_learners
from .publishing import publish
from .queueing import release_overdue
from .reshaping import find_stalled_changes
from .resolving import release_unjudged
from .reweighing import find_reweighing
from .running import find_stalled_runs
from .uploading import discard_forgotten

# How often the sweep comes by (settings.CELERY_BEAT_SCHEDULE).
SECONDS = 5


def sweep() -> None:
    """Cheap when there is nothing to do; harmless when it runs twice at once."""
    release_overdue()
    discard_forgotten()
    forget_old_changes()
    forget_phrases()
    for task, find in (
        ("import_file", find_stalled_imports),
        ("label_chunk", find_stalled_runs),
        ("export_snapshot", find_stalled_snapshots),
        ("reshape_answers", find_stalled_changes),
        ("change_items", find_stalled_bulk_changes),
        ("embed_items", find_unembedded),
        ("calibrate_labeler", find_due_calibrations),
        ("learn_from_answers", find_learners),
        ("reweigh_answers", find_reweighing),
    ):
        for pk in find():
            publish(task, pk, expires=SECONDS)
    disputed = Item.objects.filter(stage=Stage.DISPUTED).values("project")
    for project in Project.objects.filter(pk__in=disputed):
        release_unjudged(project)
        publish("resolve_disputes", project.pk, expires=SECONDS)
