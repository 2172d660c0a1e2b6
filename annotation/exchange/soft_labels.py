"""Soft labels: of each option the share of the votes, so that a model can learn from disagreement.

Uma et al. 2021, “Learning from disagreement”: where people differ, such shares are better teachers than the majority.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from annotation.questions import Question, type_of
from annotation.questions import Shape as Form
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import Setting, Shape, Sink, Unwritable, Written
from .csv import SETTINGS, write_table
from .tables import cell
from .write_only import WriteOnly

FORMS = (Form.ONE, Form.SCALE, Form.ANY, Form.ORDER)


class SoftLabels(WriteOnly):
    """Writer of a table with a column per option, `question=option`, in which its share stands."""

    name = "soft_labels"
    title = gettext_noop("Soft labels (the share of each option)")
    extensions: tuple[str, ...] = (".csv",)
    media_type = "text/csv"
    writes = keeps_split = True
    keeps_gold = False
    settings: tuple[Setting, ...] = (
        Setting(
            "voters",
            gettext_noop("Whose votes count"),
            (
                ("human", gettext_noop("People’s, and models’ where no person answered")),
                ("all", gettext_noop("Everybody’s alike")),
            ),
        ),
        *SETTINGS,
    )

    def leaves_out(self, shape: Shape) -> list[str]:
        others = [question.title for question in shape.asked if type_of(question).shape not in FORMS]
        said = [_("Who said what, and metadata.")]
        return said + ([_("Answers that have no options: %(names)s.") % {"names": ", ".join(others)}] if others else [])

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A row an item. An ambiguous label is its shares; what a reviewer alone decided is sure."""
        keys = {question: _keys(question) for question in shape.asked if type_of(question).shape in FORMS}
        if not keys:
            raise Unwritable(_("Soft labels are shares of options: this project asks for none to choose."))
        everybody = settings.get("voters", "human") == "all"
        written = Written()

        def rows() -> Iterator[list[str]]:
            for record in records:
                shares = [_shares(record, question, everybody=everybody) for question in keys]
                if not any(shares):
                    written.losses[_("An item without a vote: left out.")] += 1
                    continue
                written.rows += 1
                yield [
                    *(cell(record.get(key)) for key in ("id", "external_id", "split")),
                    *(cell((record.get("fields") or {}).get(name)) for name in shape.fields),
                    *(
                        cell(round(found.get(key, 0.0), 6) if found else None)
                        for found, question in zip(shares, keys, strict=True)
                        for key in keys[question]
                    ),
                ]

        fields = [f"fields.{name}" for name in shape.fields]
        options = [f"{question.name}={key}" for question in keys for key in keys[question]]
        write_table(["item", "external_id", "split", *fields, *options], rows(), target, settings)
        return written


def _keys(question: Question) -> list[str]:
    """The parts that a distribution over answers has: options, or the ways in which pairs can turn out."""
    kind = type_of(question)
    if kind.shape is Form.ORDER:
        pairs = combinations([option.value for option in question.options], 2)
        return [key for a, b in pairs for key in kind.alternatives(question, f"{a}>{b}")]
    return [option.value for option in question.options]


def _shares(record: Mapping[str, Any], question: Question, *, everybody: bool) -> dict[str, float]:
    label = (record.get("labels") or {}).get(question.name) or {}
    if label.get("distribution"):
        return dict(label["distribution"])
    votes = [
        vote
        for vote in record.get("annotations") or ()
        if question.name in vote["answers"] and not vote.get("advice") and vote["answers"][question.name] is not None
    ]
    people = [vote for vote in votes if vote.get("kind") == "human"]
    counted = votes if everybody else people or votes
    kind = type_of(question)
    if not counted:
        return dict(kind.vote(question, label["value"], None)) if label.get("value") is not None else {}
    shares: dict[str, float] = {}
    for vote in counted:
        distribution = (vote.get("distribution") or {}).get(question.name)
        for key, share in kind.vote(question, vote["answers"][question.name], distribution).items():
            shares[key] = shares.get(key, 0.0) + share / len(counted)
    return shares
