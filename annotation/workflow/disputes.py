"""What a judge gets to see of a disputed item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from annotation.labelers import Dispute, ItemText, Vote
from annotation.models import Annotation


def disputes_over(texts: Sequence[ItemText]) -> list[Dispute]:
    """The votes on each item, without the voters' names or kinds."""
    votes: dict[int, list[Vote]] = defaultdict(list)
    rows = Annotation.objects.votes().filter(item__in=[text.id for text in texts]).order_by("pk")
    for item, answers, rationale in rows.values_list("item_id", "answers", "rationale"):
        votes[item].append(Vote(answers=answers, rationale=rationale))
    return [Dispute(item=text, votes=tuple(votes[text.id])) for text in texts]
