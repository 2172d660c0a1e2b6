"""Passages of texts that must not leak into training data."""

from __future__ import annotations

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import Once, grams, text_of, tokens_of

LONG, SHORT = 13, 8


class Protected:
    """Hashes of runs of words. `short`: runs of eight of texts that have no run of 13; `whole`: still shorter texts."""

    def __init__(self, company: Company) -> None:
        self.runs: dict[int, set[int]] = {LONG: set(), SHORT: set()}
        self.short: set[int] = set()
        self.whole: set[tuple[str, ...]] = set()
        for text in company.protected:
            tokens = tokens_of(text)
            for length, runs in self.runs.items():
                runs.update(map(hash, grams(tokens, length)))
            if len(tokens) < SHORT:
                self.whole.add(tokens)
            elif len(tokens) < LONG:
                self.short.update(map(hash, grams(tokens, SHORT)))

    def shared(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """A run of words that the text shares with a protected one; empty where there is none."""
        if tokens and tokens in self.whole:
            return tokens
        looked = ((LONG, self.runs[LONG]), (SHORT, self.short)) if len(tokens) >= LONG else ((SHORT, self.runs[SHORT]),)
        return next((run for length, known in looked for run in grams(tokens, length) if hash(run) in known), ())


class Contamination:
    name = "contamination"
    title = gettext_noop("Contamination")
    note = gettext_noop(
        "Shares no 13 words in a row with a hidden check or test item (GPT-3, arXiv:2005.14165); 8 where one is short."
    )

    def __init__(self) -> None:
        self._protected = Once(Protected)

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        run = self._protected.of(company).shared(tokens_of(text_of(candidate, company)))
        if not run:
            return Verdict(self.name, True, 0.0)
        # Which words, nobody is told: they would give the protected text away.
        return Verdict(
            self.name,
            False,
            float(len(run)),
            _("It shares %(count)s words in a row with a protected text.") % {"count": len(run)},
        )
