"""What a model says about its work, where the work should stand."""

from __future__ import annotations

import re

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict
from annotation.synthesis.replies import is_refusal

from .base import Company
from .tokens import parents_of, text_of, texts_in

LEFTOVERS = (
    r"as an? (?:ai|large language) (?:language )?model",
    r"^(?:sure|certainly|of course|okay|here (?:is|are|'s))\b[^.\n]{0,80}:",
    r"\b(?:rewritten|paraphrased|given|evolved|original) (?:prompt|text|instruction|sentence)\b *:",
    r"\[(?:insert|your|name|placeholder)\b[^\]]*\]",
    r"\{(?:text|input|name|label|answer)\}",
    r"</?\s*text\s*>|<\|?(?:im_start|im_end|endoftext|system|user|assistant)\|?>",
    r"\"answer\"\s*:|\blorem ipsum\b",
)
LEFTOVER = re.compile("|".join(LEFTOVERS), re.IGNORECASE | re.MULTILINE)


class Refusal:
    name = "refusal"
    title = gettext_noop("Refusal or leftover")
    note = gettext_noop(
        "No apology, no “Here is …:”, no placeholder or mark of a prompt that what it comes from has not."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        texts = texts_in(candidate, company).values()
        if any(is_refusal(text) for text in texts):
            return Verdict(self.name, False, None, _("It is a refusal."))
        before = "\n".join(text_of(parent, company) for parent in parents_of(candidate, company)).casefold()
        found = next((each[0] for text in texts for each in LEFTOVER.finditer(text)), "")
        if not found or found.casefold() in before:
            return Verdict(self.name, True)
        return Verdict(
            self.name, False, found[:80], _("“%(found)s” is left over from the asking.") % {"found": found[:80]}
        )
