"""Much shorter or longer than the text it was made of."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import changed_texts, tokens_of

LOWEST, HIGHEST = 0.4, 2.5
GRACE = 3  # Words by which a text may differ whatever the ratio: of short texts it says little.


class LengthRatio:
    name = "length_ratio"
    title = gettext_noop("Length beside its parent")
    note = gettext_noop(
        "A changed text has 0.4 to 2.5 times the words of the text it was made of, give or take three words."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        worst = 1.0
        for before, after in changed_texts(candidate, company):
            old, new = len(tokens_of(before)), len(tokens_of(after))
            if not old or abs(old - new) <= GRACE:
                continue
            worst = max((worst, new / old), key=lambda ratio: max(ratio, 1 / max(ratio, 1e-9)))
        passed = LOWEST <= worst <= HIGHEST
        reason = "" if passed else _("It has %(ratio)s times the words of its parent.") % {"ratio": f"{worst:.2g}"}
        return Verdict(self.name, passed, round(worst, 3), reason)
