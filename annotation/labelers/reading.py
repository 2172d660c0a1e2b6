"""How an item reads to a prompted model: its text behind the fence, with the examples that stand before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.questions import Question

from . import wording
from .asking import Subject
from .base import Brief, Example, ItemText
from .calibration import CONTENT_FREE
from .exemplars import Exemplars

EXAMPLE_CHARACTERS = 600


class Reader:
    """Items of one brief, as one configuration shows them."""

    def __init__(self, config: Mapping[str, Any], brief: Brief) -> None:
        self._brief = brief
        self._exemplars = {
            question.name: Exemplars(
                question,
                [example for example in brief.examples if self._is_whole(question, example)],
                config.get("examples", 0),
                nearest=bool(config.get("nearest")),
                text_of=self._text,
            )
            for question in brief.questions
        }

    def subjects(self, question: Question, items: Sequence[ItemText]) -> list[Subject]:
        """One per item, in order."""
        beside = self._exemplars[question.name].beside(items)
        return [
            Subject(
                self._text(item),
                tuple((self._shown(each), each.answers[question.name]) for each in examples),
                item.fields,
            )
            for item, examples in zip(items, beside, strict=True)
        ]

    def references(self, question: Question) -> list[Subject]:
        """What a scoring model's bias is measured on: the project's own texts, without them words that say nothing."""
        if self._brief.sample:
            return self.subjects(question, self._brief.sample)
        # Shown the same examples as an item that is none of them.
        (nobody,) = self.subjects(question, [ItemText(0, {})])
        return [Subject(text, nobody.examples) for text in CONTENT_FREE]

    def _text(self, item: ItemText | Example) -> str:
        return wording.fenced(wording.item_text(item, self._brief.fields))

    def _is_whole(self, question: Question, example: Example) -> bool:
        """An answer that quotes a field must not quote what was cut off."""
        return not question.settings.get("field") or len(self._text(example)) <= EXAMPLE_CHARACTERS

    def _shown(self, example: Example) -> str:
        text = self._text(example)
        return text if len(text) <= EXAMPLE_CHARACTERS else f"{text[:EXAMPLE_CHARACTERS]}…"
