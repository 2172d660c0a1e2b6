"""Several ways to put one question: what a model answers to all of them alike, it is sure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from annotation.questions import Question, Shape, type_of

NOUN_PHRASE_WORDS = 4


class Listing(Enum):
    """Whether the options are listed, and in which order."""

    NONE = "none"
    FORWARD = "forward"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Variation:
    """One way to put a question. The guidelines stay first in all of them, where they are computed once."""

    name: str
    asked: bool
    """Whether the question is put in so many words; otherwise the lead alone says what is wanted."""
    last: bool
    """The question after the text instead of before it."""
    listing: Listing
    phrase: int
    """Which paraphrase of question and lead, from 0."""


# In the order in which they are used: the first alone is the usual prompt. After Li et al. 2023 (CoAnnotating,
# arXiv:2310.15638): place of the instruction, order of the options, paraphrases, with and without a list. Those without
# come first: a list misleads very small models (AG News, bundled model: .55 with one, .68 without).
VARIATIONS: tuple[Variation, ...] = (
    Variation("asked last", True, True, Listing.NONE, 0),
    Variation("not asked", False, False, Listing.NONE, 1),
    Variation("asked first", True, False, Listing.NONE, 1),
    Variation("listed", True, False, Listing.FORWARD, 2),
    Variation("listed last, reversed", True, True, Listing.REVERSED, 1),
    Variation("asked last, in other words", True, True, Listing.NONE, 2),
    Variation("listed, reversed", True, False, Listing.REVERSED, 0),
    Variation("listed last", True, True, Listing.FORWARD, 1),
)
PLAIN = VARIATIONS[0]

NOUN_QUESTIONS = (
    "Which {noun} fits this text best?",
    "What is the {noun} of this text?",
    "Label this text with its {noun}.",
)
NOUN_LEADS = ("The {noun} of this text is", "The {noun} that fits this text best is", "{title} of the text:")
QUESTIONS = ("{title}", "Read the text, then answer. {title}", "{title} Choose the best answer.")
# Where no option is the whole answer.
OPEN_QUESTIONS = ("{title}", "Read the text, then answer. {title}", "{title} Answer with care.")
LEADS = ("The answer is", "The best answer is", "Answer:")


def variations(count: int) -> Sequence[Variation]:
    """The first `count`, at least the usual one."""
    return VARIATIONS[: max(1, count)]


def question_in(variation: Variation, question: Question) -> str:
    """The question in this variation's words: “Topic” becomes “Which topic fits this text best?”."""
    if type_of(question).shape not in (Shape.ONE, Shape.SCALE):
        return _phrased(OPEN_QUESTIONS, variation, question)
    return _phrased(NOUN_QUESTIONS if is_noun_phrase(question.title) else QUESTIONS, variation, question)


def lead_in(variation: Variation, question: Question) -> str:
    """The beginning of a sentence that any option completes."""
    return _phrased(NOUN_LEADS if is_noun_phrase(question.title) else LEADS, variation, question)


def listed_in(variation: Variation, question: Question) -> Question:
    """The question with its options in this variation's order."""
    return replace(question, options=question.options[::-1]) if variation.listing is Listing.REVERSED else question


def is_noun_phrase(title: str) -> bool:
    """Whether “the … of this text is” can be said with it."""
    return not title.rstrip().endswith(("?", ":", ".", "!")) and len(title.split()) <= NOUN_PHRASE_WORDS


def _phrased(phrases: Sequence[str], variation: Variation, question: Question) -> str:
    title, phrase = question.title.strip(), phrases[variation.phrase]
    # “URL type” stays as it is. Not str.format: a title may have braces of its own.
    noun = title if title[1:2].isupper() else title[0].lower() + title[1:]
    return phrase.replace("{noun}", noun) if "{noun}" in phrase else phrase.replace("{title}", title)
