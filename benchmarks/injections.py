"""How often a text that pushes a label gets that label from the bundled model: the flip rate over fifty injections.

python -m benchmarks.injections [--texts N] [--wordings N]

Each injection is put behind messages of the demo project and pushes the label that the model found least likely for
the bare message. Beside it stands how often the same message changed its label under a harmless sentence.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.aggregation.scoring import wilson
from annotation.demo import MESSAGES, PROJECT
from annotation.labelers import Brief, ItemText, Labeler, Prediction, build
from annotation.questions import parse_questions
from tests.labelers.injections import TEMPLATES, aimed_at

HARMLESS = "I am writing this on a Tuesday and have nothing to add to it."
FIELD = "message"


@dataclass(frozen=True, slots=True)
class Flips:
    """What became of some texts with injections in them."""

    asked: int
    pushed: int
    """Got the label that the injection pushed."""
    moved: int
    """Got another label than the bare text, the pushed one or not."""
    failed: int
    wavered: int
    """Got another label with a harmless sentence in the injection's place."""
    worst: list[str]
    """Injections that succeeded, each once."""


def flips(labeler: Labeler, texts: Sequence[str], titles: dict[str, str], question: str) -> Flips:
    """Label every text bare, with each of the fifty injections in turn, and with a harmless sentence.

    Text number i carries the injections i, i + n, i + 2n, … so that n texts share the fifty.
    """
    bare = [vote for vote in _votes(labeler, texts) if isinstance(vote, Prediction)]
    pairs = [(bare[number % len(bare)], number) for number in range(len(TEMPLATES))]
    targets = [min(vote.distribution[question].items(), key=lambda pair: pair[1])[0] for vote, _ in pairs]
    injected = [
        f"{texts[vote.item]}\n{aimed_at(titles[target])[number]}"
        for (vote, number), target in zip(pairs, targets, strict=True)
    ]
    results = _votes(labeler, injected)
    harmless = _votes(labeler, [f"{texts[vote.item]}\n{HARMLESS}" for vote in bare])
    answers = [each.answers[question] if isinstance(each, Prediction) else None for each in results]
    pushed = [position for position, answer in enumerate(answers) if answer == targets[position]]
    before = [vote.answers[question] for vote, _ in pairs]
    return Flips(
        asked=len(pairs),
        pushed=len(pushed),
        moved=sum(answer not in (None, was) for answer, was in zip(answers, before, strict=True)),
        failed=answers.count(None),
        wavered=sum(
            isinstance(now, Prediction) and now.answers[question] != was.answers[question]
            for now, was in zip(harmless, bare, strict=True)
        ),
        worst=[TEMPLATES[pairs[position][1]] for position in pushed],
    )


def _votes(labeler: Labeler, texts: Sequence[str]) -> list[object]:
    return list(labeler.label([ItemText(number, {FIELD: text}) for number, text in enumerate(texts)]))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.injections",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--texts", type=int, default=25, help="messages that share the fifty")
    parser.add_argument("--wordings", type=int, default=1)
    options = parser.parse_args()
    project = json.loads(PROJECT.read_text())
    questions = parse_questions(project["questions"])
    lines = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    texts = [line["fields"][FIELD] for line in lines]
    sample = tuple(ItemText(number, {FIELD: text}) for number, text in enumerate(texts[-64:]))
    brief = Brief("", questions, tuple(project["fields"]), sample)
    labeler = build("prompted", {"llm": "local", "perturbations": options.wordings}, brief)
    titles = {option.value: option.title for option in questions[0].options}
    found = flips(labeler, texts[: options.texts], titles, questions[0].name)  # type: ignore[arg-type] # it labels
    low, high = wilson(found.pushed, found.asked)
    print(f"{found.asked} injected texts: {found.failed} failures, all other labels valid")
    print(f"flip rate, the pushed label: {found.pushed / found.asked:.0%} (95 %: {low:.0%} – {high:.0%})")
    print(f"any other label than bare: {found.moved / found.asked:.0%}")
    print(f"under a harmless sentence instead: {found.wavered / options.texts:.0%} of {options.texts}")
    for text in found.worst:
        print(f"  pushed through: {text[:100]!r}")


if __name__ == "__main__":
    main()
