"""Fit a model's probabilities to how often it was right on people's blind answers, as those come in."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef

from annotation.aggregation.calibrating import cross_fitted, fit
from annotation.aggregation.scoring import Case, as_arrays, case_of, measured
from annotation.models import Annotation, Calibration, Item, Labeler, Verb
from annotation.models.calibration import LEAST_ANSWERS, UNFITTED
from annotation.models.evidence import blind_pairs
from annotation.questions import Question

from .advancing import advance
from .queueing import start_over
from .recording import record

# Looked at again when the blind answers have grown by this share, and by this many.
GROWTH = 0.2
FRESH = 10
READVANCE = 500

# Labelers with something to fit or to finish. `seen`: how far the last look came (an id of annotations), and how many
# blind answers it found. A labeler is looked at once enough new answers came, or new votes of its own whose run is
# over. Every subquery walks one annotator's index from `seen` on and stops early; laterally, because a join may read
# all that was written on the site since. So the cost does not grow with the project.
DUE = """
SELECT labeler.id
FROM annotation_labeler labeler
JOIN annotation_annotator model ON model.labeler_id = labeler.id
CROSS JOIN LATERAL (
    SELECT coalesce(max((fitted.parameters->>'through')::bigint), 0) AS through,
           greatest(%(fresh)s, ceil(%(growth)s * coalesce(max((fitted.parameters->>'people')::int), 0))) AS needed,
           coalesce(bool_or(fitted.parameters ? 'next_item'), false) AS unfinished
    FROM annotation_calibration fitted WHERE fitted.labeler_id = labeler.id
) seen
WHERE labeler.kind NOT IN ('judge', 'panel', 'debate')
  AND (%(labeler)s::bigint IS NULL OR labeler.id = %(labeler)s) AND (
    seen.unfinished
    OR EXISTS (
        SELECT FROM annotation_annotation vote WHERE vote.annotator_id = model.id AND vote.id > seen.through
    ) AND NOT EXISTS (
        SELECT FROM annotation_run run WHERE run.labeler_id = labeler.id AND run.state IN ('pending', 'running')
    ) AND EXISTS (
        SELECT FROM annotation_annotator person CROSS JOIN LATERAL (
            SELECT FROM annotation_annotation answer WHERE answer.annotator_id = person.id
            ORDER BY answer.id DESC LIMIT 1
        ) theirs
        WHERE person.project_id = labeler.project_id AND person.kind = 'human'
    )
    OR seen.needed <= (
        SELECT count(*) FROM (
            SELECT FROM annotation_annotator person CROSS JOIN LATERAL (
                SELECT FROM annotation_annotation answer
                WHERE answer.annotator_id = person.id AND answer.id > seen.through
                  AND answer.superseded_at IS NULL AND NOT answer.suggestion_seen AND NOT answer.advice
                ORDER BY answer.id DESC LIMIT seen.needed
            ) theirs
            WHERE person.project_id = labeler.project_id AND person.kind = 'human'
            LIMIT seen.needed
        ) fresh
    ) AND EXISTS (SELECT FROM annotation_annotation vote WHERE vote.annotator_id = model.id)
)
ORDER BY labeler.id
"""


def find_due_calibrations(labeler: int | None = None) -> list[int]:
    """Ids of the labelers to be calibrated; of this one alone, where it is given."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"fresh": FRESH, "growth": GROWTH, "labeler": labeler})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def calibrate(labeler_pk: int) -> bool:
    """Fit this labeler anew where that is due, and let some of its open items feel it; whether more are waiting.

    A message that comes twice, or to two workers, finds nothing left to do, or somebody else at it.
    """
    rows = Labeler.objects.select_related("project", "annotator").filter(pk=labeler_pk, annotator__isnull=False)
    labeler = rows.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if labeler is None or not find_due_calibrations(labeler_pk):
        return False
    unfinished = Calibration.objects.filter(labeler=labeler, parameters__has_key="next_item").order_by("-pk").first()
    if unfinished is None:
        return _fit(labeler)
    return _readvance(labeler, unfinished)


def _fit(labeler: Labeler) -> bool:
    through = Annotation.objects.aggregate(newest=Max("pk"))["newest"] or 0
    project = labeler.project
    pairs = blind_pairs(project.pk, [labeler.annotator.pk])[labeler.annotator.pk]
    people = sum(len(pair.people) for pair in pairs)
    seen = {"through": through, "people": max(people, _blind_answers(project.pk))}
    fitted = []
    # Who writes a text gives no probabilities to be corrected.
    for question in (each for each in project.question_list if each.options):
        found = [case_of(question, each.item, each.people, each.answers, each.distribution) for each in pairs]
        cases = [case for case in found if case is not None]
        if len(cases) >= LEAST_ANSWERS:
            fitted.append(_calibration(labeler, question, cases, seen))
    if not fitted:
        _note(labeler, len(pairs), seen)
        return False
    # One of the rows says how far the items have followed.
    fitted[-1].parameters["next_item"] = 0
    Calibration.objects.bulk_create(fitted)
    answers = max(each.answers for each in fitted)
    record(project, Verb.CALIBRATED, annotator=labeler.annotator, labeler=str(labeler), answers=answers)
    return True


def _calibration(labeler: Labeler, question: Question, cases: Sequence[Case], seen: dict[str, int]) -> Calibration:
    confidence, right = as_arrays(cases)
    calibrator = fit(confidence, right)
    corrected = cross_fitted(confidence, right, [case.item for case in cases])
    return Calibration(
        labeler=labeler,
        question=question.name,
        method=calibrator.method,
        parameters={**calibrator.parameters, **seen},
        answers=len(cases),
        metrics={"before": measured(confidence, right), "after": measured(corrected, right)},
    )


def _note(labeler: Labeler, answers: int, seen: dict[str, int]) -> None:
    """Too few to fit: keep how far the look came, so that the next sweep need not look again."""
    newest = Calibration.objects.filter(labeler=labeler).order_by("-pk").first()
    if newest is None:
        Calibration.objects.create(labeler=labeler, question="", method=UNFITTED, parameters=seen, answers=answers)
        return
    newest.parameters |= seen
    newest.answers = answers if newest.method == UNFITTED else newest.answers
    newest.save(update_fields=["parameters", "answers"])


def _readvance(labeler: Labeler, calibration: Calibration) -> bool:
    """The next open items that this labeler voted on, in order of their ids; whether there may be more."""
    voted = Annotation.objects.votes().filter(annotator=labeler.annotator)
    waiting = Item.objects.open().filter(project=labeler.project_id, pk__gt=calibration.parameters["next_item"])
    batch = waiting.filter(Exists(voted.filter(item=OuterRef("pk")))).order_by("pk")
    items = list(batch.values_list("pk", flat=True)[:READVANCE])
    if items:
        advance(labeler.project, items, annotator=labeler.annotator)
    more = len(items) == READVANCE
    if more:
        calibration.parameters["next_item"] = items[-1]
    else:
        del calibration.parameters["next_item"]
        start_over(labeler.project)
    calibration.save(update_fields=["parameters"])
    return more


def _blind_answers(project: int) -> int:
    return Annotation.objects.votes().human().filter(project=project, suggestion_seen=False).count()
