"""Nothing to read."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import parents_of, texts_in, tokens_of


class Empty:
    name = "empty"
    title = gettext_noop("Empty")
    note = gettext_noop("Has a word in every field in which what it comes from has one.")

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        written = {name for name, text in texts_in(candidate, company).items() if tokens_of(text)}
        missing = [
            each["name"]
            for each in company.fields
            for parent in parents_of(candidate, company)[:1]
            if each["name"] in candidate.fields and parent.fields.get(each["name"]) and each["name"] not in written
        ]
        reason = "" if written else _("It has no words.")
        if written and missing:
            reason = _("It has no words in “%(name)s”.") % {"name": missing[0]}
        return Verdict(self.name, not reason, float(len(written)), reason)
