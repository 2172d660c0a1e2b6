"""Keep count of what an import could not bring in: what, how often, and where first."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_noop

from annotation.exchange import Loss
from annotation.models import ImportJob, ImportLoss
from annotation.models.import_job import EXAMPLES

# A file can be made so that every row loses something else.
MOST_KINDS = 200
OTHERS = gettext_noop("Losses of other kinds.")


def note_losses(job: ImportJob, losses: Iterable[tuple[int, Loss]]) -> None:
    """Add (line, what) to the job's report. Call in the transaction of the batch that lost it, which holds the job."""
    losses = list(losses)
    if not losses:
        return
    kept = {row.sentence: row for row in ImportLoss.objects.filter(job=job)}
    known = set(kept)
    for line, (sentence, example) in losses:
        key = sentence if sentence in kept or len(kept) < MOST_KINDS else OTHERS
        row = kept.get(key)
        if row is None:
            row = kept[key] = ImportLoss(job=job, sentence=key, count=0)
        row.count += 1
        if len(row.examples) < EXAMPLES:
            row.examples.append([line, example])
    ImportLoss.objects.bulk_create(row for key, row in kept.items() if key not in known)
    ImportLoss.objects.bulk_update([kept[key] for key in known], ["count", "examples"])


def note_losses_of_file(job: ImportJob, sentences: Iterable[str]) -> None:
    """What is said of the file as a whole has no count."""
    rows = (ImportLoss(job=job, sentence=each[:500], count=0) for each in dict.fromkeys(sentences))
    ImportLoss.objects.bulk_create(rows, ignore_conflicts=True)
