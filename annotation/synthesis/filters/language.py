"""Another language than the texts it comes from."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from annotation.lazily import Library
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import Once, parents_of, text_of

langid = Library("py3langid.langid")
# On 1,500 English questions of 4 to 30 words, English got less than 0.05 five times and less than 0.01 never; on short
# sentences of other languages it got 0.00002 to 0.02.
THRESHOLD = 0.01
LOOKED_AT, USUAL = 100, 0.05


class Language:
    name = "language"
    title = gettext_noop("Language")
    note = gettext_noop(
        "The languages of its parents and of the seeds have together 1 % of the probability or more (langid)."
    )

    def __init__(self) -> None:
        self._usual = Once(_usual)

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        text = text_of(candidate, company)
        languages = self._usual.of(company) | {
            _likeliest(text_of(parent, company)) for parent in parents_of(candidate, company)
        }
        if not languages or not any(letter.isalpha() for letter in text):
            return Verdict(self.name, True)
        likely = _probabilities(text)
        share = sum(likely[language] for language in languages)
        if share >= THRESHOLD:
            return Verdict(self.name, True, round(share, 4))
        found = _likeliest(text)
        return Verdict(self.name, False, found, _("It seems to be written in “%(language)s”.") % {"language": found})


def _usual(company: Company) -> frozenset[str]:
    """The languages of the seeds, or of the pool where there are no seeds, but for rare ones, which are mistakes."""
    texts = [text_of(seed, company) for seed in list(company.seeds.values())[:LOOKED_AT]] or company.pool[:LOOKED_AT]
    counts = Counter(_likeliest(text) for text in texts)
    return frozenset(language for language, count in counts.items() if count >= USUAL * len(texts))


def _likeliest(text: str) -> str:
    likely = _probabilities(text)
    return max(likely, key=likely.__getitem__)


@lru_cache(maxsize=4_096)
def _probabilities(text: str) -> dict[str, float]:
    """By ISO 639 code; they sum to 1."""
    return {language: float(share) for language, share in _identifier().rank(text)}


@lru_cache(maxsize=1)
def _identifier() -> Any:
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
