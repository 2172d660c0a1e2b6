"""What tells who somebody is."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from annotation.lazily import Library
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import texts_in

presidio = Library("presidio_analyzer")
recognizers = Library("presidio_analyzer.predefined_recognizers")
# Those that go by patterns and checksums: no language model is loaded.
NAMES = ("PhoneRecognizer", "CreditCardRecognizer", "IbanRecognizer", "IpRecognizer", "UsSsnRecognizer")
THRESHOLD = 0.4
# All that is looked for has one of these. Most texts have none, and Presidio takes seconds to load.
WORTH_A_LOOK = re.compile(r"@|::|(?:\d\D*){4}")


class Pii:
    name = "pii"
    title = gettext_noop("Personal data")
    note = gettext_noop(
        "No e-mail or IP address, phone, card, account or social security number (Presidio's patterns)."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        for text in texts_in(candidate, company).values():
            if kind := self.kind_in(text):
                return Verdict(self.name, False, kind, _("It holds what looks like: %(kind)s.") % {"kind": kind})
        return Verdict(self.name, True)

    def kind_in(self, text: str) -> str:
        """“phone number”; empty where the text holds nothing of the kind."""
        if not WORTH_A_LOOK.search(text):
            return ""
        for recognizer in self._recognizers:
            for found in recognizer.analyze(text, recognizer.supported_entities, None):
                if found.score >= THRESHOLD:
                    return str(found.entity_type).replace("_", " ").lower()
        return ""

    @cached_property
    def _recognizers(self) -> list[Any]:
        # Presidio's own recognizer of addresses goes to the network for a list of domains.
        email = presidio.PatternRecognizer("EMAIL_ADDRESS", patterns=recognizers.EmailRecognizer.PATTERNS)
        return [email, *(getattr(recognizers, name)() for name in NAMES)]
