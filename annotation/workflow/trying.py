"""Try a model annotator on a few items: its answers are shown to the lead and count nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from annotation.labelers import KINDS, Prediction
from annotation.models import Item, Labeler, Piece, Run, RunItem, RunPurpose, User

from .connecting import reachable
from .errors import Refused
from .running import open_run

TRIED = 10


def start_try(labeler: Labeler, items: Sequence[int], *, user: User | None = None) -> Run:
    """Ask this version, retired or not, about at most TRIED `items` (ids); it is no vote.

    Raises JobActive when it is at work already, Refused where it cannot be asked or there is nothing to ask about.
    """
    if labeler.kind not in KINDS or KINDS[labeler.kind].judges:
        raise Refused(
            _("%(labeler)s cannot be tried: it has no opinion on an item that nobody disputes.") % {"labeler": labeler}
        )
    reachable(labeler.config)
    chosen = Item.objects.filter(project=labeler.project_id, pk__in=items[:TRIED])
    if not chosen.exists():
        raise Refused(_("There is no item to try it on."), "items")
    return open_run(labeler, RunPurpose.TRY, chosen, user=user)


def keep_tried(run: Run, predictions: Sequence[Prediction]) -> None:
    """The answers of a try, beside its items instead of among the votes."""
    pieces = {piece.item_id: piece for piece in RunItem.objects.filter(run=run, state=Piece.DONE)}
    for prediction in predictions:
        piece = pieces[prediction.item]
        piece.raw_reply = prediction.raw_reply
        piece.prediction = {
            "answers": prediction.answers,
            "distribution": prediction.distribution,
            "confidence": prediction.confidence,
            "rationale": prediction.rationale,
            "seconds": prediction.seconds,
            "tokens": prediction.tokens,
        }
    RunItem.objects.bulk_update(pieces.values(), ["prediction", "raw_reply"])
