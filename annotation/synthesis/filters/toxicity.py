"""Words that hurt."""

from __future__ import annotations

from functools import lru_cache

from annotation.lazily import Library
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import parents_of, text_of

profanity = Library("profanity_check")
THRESHOLD = 0.8


class Toxicity:
    name = "toxicity"
    title = gettext_noop("Toxicity")
    note = gettext_noop(
        "Below 0.8 by alt-profanity-check, a linear model of English words, or no worse than what it comes from."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        score = toxicity_of(text_of(candidate, company))
        passed = score < THRESHOLD or any(
            toxicity_of(text_of(parent, company)) >= THRESHOLD for parent in parents_of(candidate, company)
        )
        reason = "" if passed else _("Its words are toxic with a probability of %(share)s.") % {"share": f"{score:.0%}"}
        return Verdict(self.name, passed, round(score, 3), reason)


@lru_cache(maxsize=4_096)
def toxicity_of(text: str) -> float:
    """In [0, 1]."""
    return float(profanity.predict_prob([text])[0])
