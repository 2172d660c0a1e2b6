"""Instructions that a model of text cannot follow."""

from __future__ import annotations

import re

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import texts_in

# The list in the authors' own code.
LISTED = "image images graph graphs picture pictures file files map maps draw plot video audio music flowchart diagram"
BANNED = (*LISTED.split(), "go to")
WORDS = re.compile(rf"\b(?:{'|'.join(BANNED)})\b", re.IGNORECASE)


class BannedWords:
    name = "banned_words"
    title = gettext_noop("Not for a text model")
    note = gettext_noop(
        "The first text asks for no images, files, maps and the like (Self-Instruct, arXiv:2212.10560)."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        found = WORDS.search(next(iter(texts_in(candidate, company).values()), ""))
        if found is None:
            return Verdict(self.name, True)
        return Verdict(self.name, False, found[0], _("It speaks of “%(word)s”.") % {"word": found[0]})
