"""Easy data augmentation: a few words replaced, put in, swapped or taken away."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.questions import Answers, Shape, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Run
from .base import Candidate, Cell, Function, InvalidParameters, Parameter, Recipe, Seed, Unparsed, Work
from .editing import Edit, Stretch, carried, cased_like, deletions, edited, spares, words_of
from .function_words import FUNCTION_WORDS
from .subject import FIELD, kept_answers, seeds_with_text, settings, text_field, text_in
from .wordnet import NoWordNet, WordNet, find_wordnet

# Table 3 of the paper: up to how many training texts, α, variants of each; beyond the last row as in it.
RECOMMENDED = ((500, 0.05, 16), (2_000, 0.05, 8), (5_000, 0.1, 4))
DRAWS = 5  # Until a variant is found that is none of those before.
SYNONYMS = ("synonym replacement", "random insertion")


@dataclass(frozen=True, slots=True)
class Ground:
    """A text to work on. `free`: its words that no span holds; `spans`: what must stay as it is."""

    text: str
    free: tuple[Stretch, ...]
    spans: tuple[Stretch, ...]
    draw: random.Random
    alpha: float

    @property
    def count(self) -> int:
        """n = αl, at least one: so the authors' own code."""
        return max(1, int(self.alpha * len(words_of(self.text))))

    def word(self, place: Stretch) -> str:
        return self.text[place.start : place.end]

    def replaceable(self, wordnet: WordNet) -> list[Stretch]:
        """Words of content that have a synonym."""
        return [
            each
            for each in self.free
            if self.word(each).lower().replace("’", "'") not in FUNCTION_WORDS and wordnet.synonyms(self.word(each))
        ]


class Eda(Recipe):
    """Wei & Zou 2019, “EDA: Easy Data Augmentation Techniques for Boosting Performance on Text Classification Tasks”,
    EMNLP-IJCNLP, arXiv:1901.11196.

    Taken from it: the four operations, each changing n = αl words of a text of l words, at least one; in deletion every
    word goes with probability α; stop words are never replaced; synonyms are drawn from all senses of WordNet; α and
    the number of variants by table 3. Otherwise than there, case and punctuation stay, a replaced word keeps its
    capital, words that a span marks are left alone and the spans are carried along, and no variant comes twice.
    """

    name = "eda"
    title = gettext_noop("Easy data augmentation")
    summary = gettext_noop("Variants of each text with a few words replaced by synonyms, put in, swapped or deleted.")
    paper = "Wei & Zou 2019, arXiv:1901.11196"
    version = 1
    cell = Cell.REFORMATION
    stages = ("fine_tuning", "pre_training")
    functions = (Function.UNDERSTANDING,)
    parameters = (
        FIELD,
        Parameter(
            "operation",
            gettext_noop("Operations"),
            "choice",
            "all",
            choices=(
                ("all", gettext_noop("All four, in turn")),
                ("synonym replacement", gettext_noop("Synonym replacement")),
                ("random insertion", gettext_noop("Random insertion of synonyms")),
                ("random swap", gettext_noop("Random swap")),
                ("random deletion", gettext_noop("Random deletion")),
            ),
        ),
        Parameter(
            "variants",
            gettext_noop("Variants of each text"),
            "integer",
            0,
            gettext_noop("0: as the paper recommends, 16 for up to 500 texts, 8 for up to 2,000, else 4."),
            low=0,
            high=64,
        ),
        Parameter(
            "alpha",
            gettext_noop("Share of words changed"),
            "share",
            0.0,
            gettext_noop("0: as the paper recommends, 5 % for up to 2,000 texts, else 10 %."),
            low=0,
            high=0.5,
        ),
    )
    roles = ()
    filters = ("empty", "copied", "length_ratio", "contamination", "pii")
    takes_documents = False

    def check(self, work: Work) -> None:
        seeds_with_text(work, text_field(work))
        if settings(work, self.parameters)["operation"] in ("all", *SYNONYMS):
            try:
                find_wordnet()
            except NoWordNet as error:
                raise InvalidParameters(
                    _(
                        "There is no WordNet on this machine, which synonyms come from: run “make setup”, or install "
                        "Debian's package wordnet-base. Swap and deletion do without it."
                    ),
                    "operation",
                ) from error

    def expected_requests(self, work: Work) -> int:
        return 0

    def run(self, work: Work) -> Run:
        field, given = text_field(work), settings(work, self.parameters)
        seeds = seeds_with_text(work, field)
        alpha, variants = recommended(len(seeds))
        alpha, variants = given["alpha"] or alpha, given["variants"] or variants
        chosen = [given["operation"]] if given["operation"] != "all" else list(OPERATIONS)
        # Round by round, so that a run that stops early has variants of every text.
        made: dict[int, set[str]] = {seed.id: {_compared(text_in(seed, field))} for seed in seeds}
        spent: set[tuple[int, str]] = set()
        for number in range(variants):
            operation = chosen[number % len(chosen)]
            for seed in seeds:
                if (seed.id, operation) in spent:
                    continue
                outcome = _variant(work, seed, field, operation, alpha, made[seed.id])
                if isinstance(outcome, Unparsed):
                    spent.add((seed.id, operation))
                yield outcome


def recommended(texts: int) -> tuple[float, int]:
    """(α, variants of each) for so many training texts."""
    return next(((alpha, variants) for most, alpha, variants in RECOMMENDED if texts <= most), RECOMMENDED[-1][1:])


def _variant(work: Work, seed: Seed, field: str, operation: str, alpha: float, made: set[str]) -> Candidate | Unparsed:
    """One more variant by this operation, which is then among those made; Unparsed where none is to be had."""
    text = str(seed.fields[field])
    marks = _marks(work, seed, field)
    spans = tuple(Stretch(span["start"], span["end"]) for each in marks.values() for span in each)
    free = tuple(word for word in words_of(text) if spares(Edit(word.start, word.end, ""), spans))
    ground = Ground(text, free, spans, work.random, alpha)
    for _draw in range(DRAWS):
        edits = OPERATIONS[operation](ground)
        if not edits:
            return Unparsed(REASONS[operation](), operation, (seed.id,))
        changed = edited(text, edits)
        if _compared(changed) in made:
            continue
        made.add(_compared(changed))
        answers: Answers = kept_answers(work, seed, field)
        answers |= {name: carried(each, edits) for name, each in marks.items()}
        return Candidate(
            fields={**seed.fields, field: changed},
            operation=operation,
            parents=(seed.id,),
            answers=answers,
            metadata={"alpha": alpha, "edits": len(edits)},
        )
    return Unparsed(_("Every variant that was drawn had been made already."), operation, (seed.id,))


def _marks(work: Work, seed: Seed, field: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The spans of each question that marks this very text."""
    return {
        question.name: seed.answers[question.name]
        for question in work.questions
        if type_of(question).shape is Shape.MARKS
        and question.settings["field"] == field
        and question.name in seed.answers
    }


def _compared(text: str) -> str:
    return " ".join(text.split()).casefold()


def _replace(ground: Ground) -> list[Edit]:
    """Choose n words that are not stop words, and replace each with one of its synonyms."""
    wordnet = find_wordnet()
    words = ground.replaceable(wordnet)
    edits = []
    for place in ground.draw.sample(words, min(ground.count, len(words))):
        word = ground.word(place)
        edits.append(Edit(place.start, place.end, cased_like(ground.draw.choice(wordnet.synonyms(word)), word)))
    return edits


def _insert(ground: Ground) -> list[Edit]:
    """n times: put a synonym of one of the words before another one."""
    wordnet = find_wordnet()
    words = ground.replaceable(wordnet)
    places = [each for each in words_of(ground.text) if spares(Edit(each.start, each.start, ""), ground.spans)]
    if not words or not places:
        return []
    edits = []
    for _time in range(ground.count):
        synonym = ground.draw.choice(wordnet.synonyms(ground.word(ground.draw.choice(words))))
        place = ground.draw.choice(places).start
        edits.append(Edit(place, place, f"{synonym} "))
    return edits


def _swap(ground: Ground) -> list[Edit]:
    """n times: let two words change places."""
    order = list(range(len(ground.free)))
    if len(order) < 2:
        return []
    for _time in range(ground.count):
        first, second = ground.draw.sample(range(len(order)), 2)
        order[first], order[second] = order[second], order[first]
    return [
        Edit(place.start, place.end, ground.word(ground.free[other]))
        for place, other in zip(ground.free, order, strict=True)
        if ground.word(place) != ground.word(ground.free[other])
    ]


def _delete(ground: Ground) -> list[Edit]:
    """Every word goes with probability α: at least one, and never all."""
    words = list(ground.free)
    if len(words_of(ground.text)) < 2 or not words:
        return []
    gone = [each for each in words if ground.draw.random() < ground.alpha] or [ground.draw.choice(words)]
    if len(gone) == len(words_of(ground.text)):
        gone.remove(ground.draw.choice(gone))
    return [edit for edit in deletions(ground.text, gone) if spares(edit, ground.spans)]


OPERATIONS: dict[str, Callable[[Ground], list[Edit]]] = {
    "synonym replacement": _replace,
    "random insertion": _insert,
    "random swap": _swap,
    "random deletion": _delete,
}
REASONS: dict[str, Callable[[], str]] = {
    "synonym replacement": lambda: _("WordNet has no synonym of any of its words."),
    "random insertion": lambda: _("WordNet has no synonym of any of its words."),
    "random swap": lambda: _("It has no two words that may change places."),
    "random deletion": lambda: _("It has no word that may go."),
}
