"""What the labels of a model that was trained elsewhere stand for among a question's options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .base import InvalidConfig

MOST_LABELS = 1_000
LABEL_CHARACTERS = 200


def check_labels(labels: object) -> None:
    """Raise InvalidConfig unless this is an object of short texts."""
    if not isinstance(labels, Mapping) or len(labels) > MOST_LABELS:
        raise InvalidConfig(_("“labels” must be an object: the model's label → the option's value."))
    if not all(isinstance(text, str) and len(text) <= LABEL_CHARACTERS for pair in labels.items() for text in pair):
        raise InvalidConfig(
            _("“labels” holds texts of at most %(label_characters)s characters.")
            % {"label_characters": LABEL_CHARACTERS}
        )


def meanings(
    labels: Sequence[str], question: Question, given: Mapping[str, str], *, may_leave_out: bool = False
) -> dict[str, str]:
    """Model label → option value, without those left out: as `given`, else by the options' values and titles.

    `may_leave_out`: whether a label may be given an empty text. Raises InvalidConfig: what a model means by a label
    that stands for nothing would have to be guessed.
    """
    alike = {word.casefold(): option.value for option in question.offered for word in (option.title, option.value)}
    meant = {label: given.get(label) if given else alike.get(label.casefold()) for label in labels}
    if missing := [label for label, value in meant.items() if value is None or not (value or may_leave_out)]:
        sentence = _("“labels” must say which option these labels of the model stand for: %(names)s.")
        if may_leave_out:
            sentence = _(
                "“labels” must say which option these labels of the model stand for, or leave them empty: %(names)s."
            )
        raise InvalidConfig(sentence % {"names": ", ".join(missing)})
    if unknown := set(given) - set(labels):
        raise InvalidConfig(
            _("“labels” names what the model does not have: %(names)s.") % {"names": ", ".join(sorted(unknown))}
        )
    kept = {label: value for label, value in meant.items() if value}
    if strange := set(kept.values()) - set(question.values):
        raise InvalidConfig(
            _("“labels” names options that the question does not have: %(names)s.")
            % {"names": ", ".join(sorted(strange))}
        )
    return kept
