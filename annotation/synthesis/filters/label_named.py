"""A text that says what it is to be labelled as."""

from __future__ import annotations

from annotation.questions import Shape, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop
from annotation.synthesis.base import Candidate, Verdict

from .base import Company
from .tokens import parents_of, text_of, tokens_of

SHAPES = (Shape.ONE, Shape.ANY)


class LabelNamed:
    name = "label_named"
    title = gettext_noop("Names its label")
    note = gettext_noop(
        "The name of the intended option does not stand in the text, unless it stands in what it comes from."
    )

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        said = tokens_of(text_of(candidate, company))
        before = [tokens_of(text_of(parent, company)) for parent in parents_of(candidate, company)]
        for question in company.questions:
            if type_of(question).shape not in SHAPES or question.name not in candidate.answers:
                continue
            for value in type_of(question).keys(question, candidate.answers[question.name]):
                named = tokens_of(question.option_title(value))
                if _holds(said, named) and not any(_holds(each, named) for each in before):
                    title = question.option_title(value)
                    return Verdict(self.name, False, title, _("It names its label, “%(title)s”.") % {"title": title})
        return Verdict(self.name, True)


def _holds(text: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return bool(words) and any(text[start : start + len(words)] == words for start in range(len(text) - len(words) + 1))
