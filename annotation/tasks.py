"""Celery: ids in, one workflow call, nothing else. A message is only a wake-up; the rows say what is to do."""

from __future__ import annotations

from celery import shared_task

from annotation.models import Project
from annotation.workflow import (
    calibrating,
    changing_many,
    delivering,
    deriving,
    experimenting,
    exporting,
    finding,
    fitting,
    importing,
    indexing,
    judging,
    labeling,
    learning,
    licensing,
    measuring,
    reshaping,
    resolving,
    reweighing,
    summing_up,
    sweeping,
    synthesizing,
    watching,
)


@shared_task
def import_file(job: int) -> None:
    importing.import_file(job)


@shared_task
def index_words(project: int) -> None:
    # One batch a message, as with chunks.
    if indexing.index_words(project):
        index_words.delay(project)


@shared_task
def label_chunk(run: int) -> None:
    # One chunk a message, so that runs take turns and a worker can be stopped between chunks.
    if labeling.label_chunk(run):
        label_chunk.delay(run)


@shared_task
def resolve_disputes(project: int) -> None:
    resolving.resolve_disputes(Project.objects.get(pk=project))


@shared_task
def export_snapshot(snapshot: int) -> None:
    exporting.export_snapshot(snapshot)


@shared_task
def make_file(snapshot_file: int) -> None:
    deriving.make_file(snapshot_file)


@shared_task
def calibrate_labeler(labeler: int) -> None:
    # One batch of items a message, as with chunks.
    if calibrating.calibrate(labeler):
        calibrate_labeler.delay(labeler)


@shared_task
def learn_from_answers(labeler: int) -> None:
    learning.learn_from_answers(labeler)


@shared_task
def reweigh_answers(annotator: int) -> None:
    if reweighing.reweigh(annotator):
        reweigh_answers.delay(annotator)


@shared_task
def fit_votes(fitting_pk: int) -> None:
    fitting.fit_votes(fitting_pk)


@shared_task
def measure(measurement: int) -> None:
    measuring.measure(measurement)


@shared_task
def deliver(delivery: int) -> None:
    delivering.deliver(delivery)


@shared_task
def send_digests(project: int) -> None:
    summing_up.send_digests(project)


@shared_task
def watch_agreement(project: int) -> None:
    watching.watch_agreement(project)


@shared_task
def reshape_answers(change: int) -> None:
    reshaping.reshape_answers(change)


@shared_task
def change_items(change: int) -> None:
    changing_many.change_items(change)


@shared_task
def synthesize(run: int) -> None:
    synthesizing.synthesize(run)


@shared_task
def embed_phrase(phrase: int) -> None:
    finding.embed_phrase(phrase)


@shared_task
def embed_items(project: int) -> None:
    # One batch a message, as with chunks.
    if finding.embed_items(project):
        embed_items.delay(project)


@shared_task
def conduct_experiment(experiment: int) -> None:
    experimenting.conduct_experiment(experiment)


@shared_task
def sweep() -> None:
    sweeping.sweep()


@shared_task
def refresh_licences() -> None:
    licensing.refresh_licences()
    judging.refresh_trials()
