"""Go by the rows every few seconds, and send again what a lost message or a dead worker left undone."""

from __future__ import annotations

from annotation.models import Item, Project, Stage

from .calibrating import find_due_calibrations
from .changing_many import find_stalled_bulk_changes, forget_old_changes
from .delivering import find_due_deliveries, forget_deliveries, give_up_old_deliveries
from .deriving import find_stalled_files
from .experimenting import find_stalled_experiments
from .exporting import find_stalled_snapshots
from .finding import find_unembedded, forget_phrases
from .fitting import find_stalled_fittings, request_due_fittings
from .gating import open_unproven
from .importing import find_stalled_imports
from .indexing import find_unindexed
from .learning import find_learners
from .measuring import find_stalled_measurements, forget_measurements, request_due_measurements
from .publishing import publish
from .queueing import release_overdue
from .repeating import forget_replies
from .reshaping import find_stalled_changes
from .resolving import release_unjudged
from .retaining import remove_old_files
from .reweighing import find_reweighing
from .running import find_stalled_runs
from .summing_up import find_due_digests
from .synthesizing import find_stalled_syntheses
from .uploading import discard_forgotten
from .watching import find_unwatched_agreement, watch_queues

# How often the sweep comes by (settings.CELERY_BEAT_SCHEDULE).
SECONDS = 5


def sweep() -> None:
    """Cheap when there is nothing to do; harmless when it runs twice at once."""
    release_overdue()
    discard_forgotten()
    forget_old_changes()
    forget_phrases()
    request_due_fittings()
    forget_measurements()
    request_due_measurements()
    watch_queues()
    remove_old_files()
    give_up_old_deliveries()
    forget_deliveries()
    forget_replies()
    open_unproven()
    for task, find in (
        ("import_file", find_stalled_imports),
        ("index_words", find_unindexed),
        ("label_chunk", find_stalled_runs),
        ("synthesize", find_stalled_syntheses),
        ("export_snapshot", find_stalled_snapshots),
        ("make_file", find_stalled_files),
        ("reshape_answers", find_stalled_changes),
        ("change_items", find_stalled_bulk_changes),
        ("embed_items", find_unembedded),
        ("calibrate_labeler", find_due_calibrations),
        ("learn_from_answers", find_learners),
        ("reweigh_answers", find_reweighing),
        ("fit_votes", find_stalled_fittings),
        ("conduct_experiment", find_stalled_experiments),
        ("measure", find_stalled_measurements),
        ("deliver", find_due_deliveries),
        ("send_digests", find_due_digests),
        ("watch_agreement", find_unwatched_agreement),
    ):
        for pk in find():
            publish(task, pk, expires=SECONDS)
    disputed = Item.objects.filter(stage=Stage.DISPUTED).values("project")
    for project in Project.objects.filter(pk__in=disputed):
        release_unjudged(project)
        publish("resolve_disputes", project.pk, expires=SECONDS)
