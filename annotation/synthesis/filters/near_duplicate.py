"""Almost what is there already."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .neighbours import Neighbours, rouge_l
from .tokens import Once, parents_of, text_of

THRESHOLD = 0.7
SHOWN_CHARACTERS = 80


class NearDuplicate:
    name = "near_duplicate"
    title = gettext_noop("Near duplicate")
    note = gettext_noop(
        "ROUGE-L below 0.7 with every text of the project and candidate before it (Self-Instruct, arXiv:2212.10560)."
    )
    spares_parents = False

    def __init__(self) -> None:
        self._neighbours = Once(lambda company: Neighbours())

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        neighbours = self._neighbours.of(company)
        neighbours.catch_up(company.pool)
        spared = [text_of(parent, company) for parent in parents_of(candidate, company)] if self.spares_parents else []
        shared = candidate.shared
        text = text_of(candidate, company).replace(shared, "")
        found = neighbours.nearest(text, THRESHOLD, spared) or (0.0, 0)
        if shared:
            beside = (
                (rouge_l(text, each.replace(shared, "")), place)
                for place, each in enumerate(company.pool)
                if shared in each
            )
            found = max([found, *beside])
        score, place = found
        if score < THRESHOLD:
            return Verdict(self.name, True)
        text = " ".join(company.pool[place].split())
        shown = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
        reason = _("ROUGE-L %(score)s with “%(text)s”.") % {"score": f"{score:.2f}", "text": shown}
        return Verdict(self.name, False, round(score, 3), reason)


class NearOther(NearDuplicate):
    """For rewritings, which are meant to be near what they were made of."""

    name = "near_other"
    title = gettext_noop("Near duplicate of another text")
    note = gettext_noop("ROUGE-L below 0.7 with every text but those that it was made of.")
    spares_parents = True
