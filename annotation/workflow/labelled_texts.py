"""Texts whose labels are known, for experiments and replays: a project's settled items, or a file's rows."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from annotation.demo import MESSAGES
from annotation.exchange import InvalidMapping, Row, UnreadableFile, detect, guess
from annotation.experiments.base import Dataset, Example
from annotation.labelers import ItemText
from annotation.labelers.wording import item_text
from annotation.models import Consensus, Item, Project, Source, Stage
from annotation.questions import Question, Shape, parse_questions, type_of

from .errors import Refused

FIELD = {"name": "text", "type": "text", "title": "Text"}
# What an experiment reads at most, drawn by content hash; more would change its figures little.
MOST = 5_000
LEAST = 40
TEST_SHARE = 0.3
# A label that fewer texts have cannot be in both parts.
LEAST_OF_A_LABEL = 2
SPLIT = "split"
TEST = "test"


@dataclass(frozen=True, slots=True)
class LabelledRow:
    text: str
    label: str
    split: str


def read_labelled(path: Path, limit: int | None = None) -> list[LabelledRow]:
    """The rows of a file in any importable format with a text and a gold column, and their splits where it has them.

    Rows without a text or a label are left out, as an import would report them. Raises Refused.
    """
    probe = parse_questions([{"name": "gold", "type": "choice", "title": "Gold", "options": ["a", "b"]}])
    try:
        format = detect(path, path.name)
        mapping = guess(format.columns_and_preview(path).columns, [FIELD["name"]], probe)
        text, gold = mapping.fields.get("text"), mapping.gold.get("gold")
        if text is None or gold is None:
            raise Refused(f"{path.name} needs a column “text” and a column “gold”.")
        found = [
            LabelledRow(str(row.values[text]), str(row.values[gold]), str(row.values.get(SPLIT) or ""))
            for row in islice(format.read(path), limit)
            if isinstance(row, Row) and row.values.get(text) and row.values.get(gold) not in (None, "")
        ]
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from error
    except (UnreadableFile, InvalidMapping) as error:
        raise Refused(str(error)) from error
    if len({row.label for row in found}) < 2:
        raise Refused(f"{path.name} has fewer than two different gold answers.")
    return found


def dataset_of_file(path: Path) -> Dataset:
    """A file as an experiment wants it; its own test split, or a part drawn by lot. Raises Refused."""
    rows = read_labelled(path)
    test = [Example(row.text, row.label) for row in rows if row.split == TEST]
    train = [Example(row.text, row.label) for row in rows if row.split != TEST]
    if not test or not train:
        train, test = _parted([Example(row.text, row.label) for row in rows])
    return _dataset(path.name, train, test)


def dataset_of_demo() -> Dataset:
    """The messages of the demo project, for whoever has no data at hand: 300, of six intents."""
    rows = [json.loads(line) for line in MESSAGES.read_text("utf-8").splitlines()]
    examples = [Example(row["fields"]["message"], row["gold"]["intent"]) for row in rows]
    return _dataset("demo messages", *_parted(examples))


def dataset_of_project(project: Project, question: str) -> Dataset:
    """The project's own texts whose answer is settled or was known from the start, what recipes made left out.

    What is held out follows from the texts, so that an experiment that goes on after a crash works on the same.
    Raises Refused.
    """
    asked = choice_of(project, question)
    items = project.items.exclude(source=Source.RECIPE).order_by("content_hash")
    settled = Consensus.objects.filter(item__in=items, item__stage=Stage.SETTLED, question=question)
    decided = dict(settled.order_by("item__content_hash").values_list("item", "value")[:MOST])
    known = items.filter(gold__has_key=question)[:MOST]
    chosen = {item.pk: item for item in (*known, *items.filter(pk__in=decided))}
    examples = [
        Example(_text(project, item), str(label))
        for item in sorted(chosen.values(), key=lambda item: bytes(item.content_hash))[:MOST]
        if (label := (item.gold or {}).get(question, decided.get(item.pk))) in asked.values
    ]
    return _dataset(project.name, *_parted(examples), guidelines=project.guidelines)


def choice_of(project: Project, name: str) -> Question:
    """The question of this name; Refused unless it is answered by one of several options."""
    for question in choices_of(project):
        if question.name == name:
            return question
    raise Refused(_("Choose a question that is answered by one of several options."), "question")


def choices_of(project: Project) -> list[Question]:
    """Questions whose answers can be labels."""
    return [question for question in project.question_list if type_of(question).shape is Shape.ONE]


def _text(project: Project, item: Item) -> str:
    return item_text(ItemText(item.pk, item.fields), project.fields)


def _parted(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """(to learn from, held out): of each label the same share, drawn by lot; rare labels are left out."""
    counts = Counter(example.label for example in examples)
    drawn = [example for example in examples if counts[example.label] >= LEAST_OF_A_LABEL]
    random.Random("held out").shuffle(drawn)
    wanted = {label: max(1, round(count * TEST_SHARE)) for label, count in counts.items()}
    train: list[Example] = []
    test: list[Example] = []
    for example in drawn:
        wanted[example.label] -= 1
        (test if wanted[example.label] >= 0 else train).append(example)
    return train, test


def _dataset(name: str, train: Iterable[Example], test: Iterable[Example], guidelines: str = "") -> Dataset:
    # A text that is in both would be known by heart.
    held_out = list(dict.fromkeys(test))
    seen = {example.text for example in held_out}
    learned = [example for example in dict.fromkeys(train) if example.text not in seen]
    labels = sorted({example.label for example in learned} & {example.label for example in held_out})
    train, test = ([each for each in part if each.label in labels] for part in (learned, held_out))
    if len(labels) < 2 or len(train) + len(test) < LEAST:
        raise Refused(
            _("Too few texts have a known label: an experiment needs %(count)s of at least two labels.")
            % {"count": LEAST},
            "question",
        )
    return Dataset(name, tuple(labels), tuple(train), tuple(test), guidelines)
