"""Much shorter or longer than the seeds."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, number
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import Once, text_of, tokens_of

SHORTEST, LONGEST = 0.5, 2.0
WITHOUT_SEEDS = (1, 2_000)


class Length:
    name = "length"
    title = gettext_noop("Length")
    note = gettext_noop(
        "From half the words of the shortest seed to twice those of the longest; up to 2,000 without seeds."
    )

    def __init__(self) -> None:
        self._bounds = Once(_bounds)

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        words = len(tokens_of(text_of(candidate, company)))
        low, high = self._bounds.of(company)
        reason = ""
        if not low <= words <= high:
            reason = _("It has %(words)s words; seeds let expect %(low)s to %(high)s.") % {
                "words": number(words),
                "low": number(low),
                "high": number(high),
            }
        return Verdict(self.name, not reason, float(words), reason)


def _bounds(company: Company) -> tuple[int, int]:
    lengths = [len(tokens_of(text_of(seed, company))) for seed in company.seeds.values()]
    if not lengths:
        return WITHOUT_SEEDS
    return max(1, int(min(lengths) * SHORTEST)), max(1, int(max(lengths) * LONGEST))
