"""A seed over again."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import Once, text_of, tokens_of


class Copied:
    name = "copied"
    title = gettext_noop("Copied")
    note = gettext_noop(
        "Says something else than every seed, also without regard to case, punctuation and white space."
    )

    def __init__(self) -> None:
        self._seeds = Once(_seeds)

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        seed = self._seeds.of(company).get(tokens_of(text_of(candidate, company)))
        if seed is None:
            return Verdict(self.name, True, 0.0)
        return Verdict(self.name, False, 1.0, _("It is the text of item %(seed)s.") % {"seed": seed})


def _seeds(company: Company) -> dict[tuple[str, ...], int]:
    return {tokens_of(text_of(seed, company)): seed.id for seed in company.seeds.values()}
