"""A model that got stuck."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import grams, texts_in, tokens_of

RUN, FEWEST, THRESHOLD = 3, 20, 0.5


class Repetition:
    name = "repetition"
    title = gettext_noop("Stuck")
    note = gettext_noop(
        "In every text of 20 words and more, at least half of the runs of three words are different ones."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        lowest = 1.0
        for text in texts_in(candidate, company).values():
            runs = list(grams(tokens_of(text), RUN))
            if len(runs) >= FEWEST - RUN + 1:
                lowest = min(lowest, len(set(runs)) / len(runs))
        passed = lowest >= THRESHOLD
        reason = (
            ""
            if passed
            else _("It says the same over and over: %(share)s of its runs are new.") % {"share": f"{lowest:.0%}"}
        )
        return Verdict(self.name, passed, round(lowest, 3), reason)
