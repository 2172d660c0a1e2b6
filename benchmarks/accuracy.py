"""How often the prompted labeler is right, and how well it knows: zero-shot, with examples, in several wordings.

python -m benchmarks.accuracy [FILE] [--title TITLE] [--limit N] [--ways zero examples=4 nearest=4 wordings=7 …]

FILE has one object a line with `text` and `gold`; without it, the messages of the demo project are labelled. Every
line that is not labelled may be shown as an answered example (`--pool`, taken from the end of the file).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotation.aggregation.scoring import expected_calibration_error, wilson
from annotation.demo import MESSAGES, PROJECT
from annotation.labelers import Brief, ItemText, Prediction, build
from annotation.labelers.base import Example
from annotation.labelers.calibration import SAMPLE
from annotation.labelers.exemplars import representative
from annotation.labelers.similarity import embed
from annotation.questions import Question, parse_questions

CHUNK = 200
FIELD = "text"


@dataclass(frozen=True, slots=True)
class Data:
    """Texts with their true labels, as one question asks for them."""

    question: Question
    texts: list[str]
    gold: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--title", default="Topic", help="of the question")
    parser.add_argument("--titles", nargs="*", default=[], metavar="VALUE=TITLE", help="where a label is not a word")
    parser.add_argument("--lead", default="", help="the sentence that the options complete")
    parser.add_argument("--limit", type=int, default=0, help="label so many lines from the beginning; 0 for all")
    parser.add_argument("--pool", type=int, default=256, help="answered lines for the ways that show examples")
    parser.add_argument("--ways", nargs="+", default=["zero"], metavar="WAY")
    options = parser.parse_args()
    titles = dict(pair.split("=", 1) for pair in options.titles)
    data = read(options.file, options.title, titles) if options.file else demo()
    print(f"{len(data.texts)} texts, {len(data.question.options)} options: {', '.join(data.question.values)}")
    print("| way | texts | accuracy | 95 % interval | ECE | texts/s |\n|---|---|---|---|---|---|")
    for way in options.ways:
        config = {"llm": "local", **settings(way)} | ({"lead": options.lead} if options.lead else {})
        print(measured(way, config, data, limit=options.limit, pool=options.pool), flush=True)


def settings(way: str) -> dict[str, Any]:
    """“examples=4,wordings=7” as a labeler's configuration. Exits where there is no such way."""
    config: dict[str, Any] = {}
    for part in way.split(","):
        name, _, count = part.partition("=")
        match name:
            case "zero":
                pass
            case "examples":
                config["examples"] = int(count)
            case "nearest":
                config |= {"examples": int(count), "nearest": True}
            case "wordings":
                config["perturbations"] = int(count)
            case _:
                raise SystemExit(f"“{part}” is no way to ask; there are zero, examples=N, nearest=N and wordings=N.")
    return config


def measured(way: str, config: Mapping[str, Any], data: Data, *, limit: int, pool: int) -> str:
    """One line of the table."""
    shows = bool(config.get("examples"))
    most = len(data.texts) - pool if shows else len(data.texts)
    count = min(limit or most, most)
    items = [ItemText(number, {FIELD: text}) for number, text in enumerate(data.texts)]
    brief = Brief("", (data.question,), ({"name": FIELD, "type": "text", "title": "Text"},))
    brief = replace(brief, sample=drawn(items), examples=answered(config, data, pool) if shows else ())
    labeler = build("prompted", config, brief)
    labeler.label(items[:1])  # type: ignore[union-attr] # a prompted labeler labels
    started = time.perf_counter()
    results = [
        each for start in range(0, count, CHUNK) for each in labeler.label(items[start : min(count, start + CHUNK)])
    ]  # type: ignore[union-attr]
    seconds = time.perf_counter() - started
    right, confidence = scored(results, data)
    low, high = wilson(int(right.sum()), len(right))
    ece = expected_calibration_error(confidence, right)
    return f"| {way} | {count} | {right.mean():.3f} | {low:.3f} – {high:.3f} | {ece:.3f} | {count / seconds:.1f} |"


def scored(results: Sequence[Any], data: Data) -> tuple[np.ndarray, np.ndarray]:
    """[n] whether each result is right, [n] its confidence; a failure is wrong and unsure."""
    name = data.question.name
    right = [isinstance(each, Prediction) and each.answers[name] == data.gold[each.item] for each in results]
    return np.array(right), np.array([each.confidence if isinstance(each, Prediction) else 0.0 for each in results])


def drawn(items: Sequence[ItemText]) -> tuple[ItemText, ...]:
    """As many texts as a run draws, unlabelled, from all of the file."""
    chosen = np.random.default_rng(1).permutation(len(items))[:SAMPLE]
    return tuple(items[row] for row in chosen)


def answered(config: Mapping[str, Any], data: Data, pool: int) -> tuple[Example, ...]:
    """What a run would show: the pool's representative lines, or all of it where the nearest are looked for."""
    rows = list(range(len(data.texts) - pool, len(data.texts)))
    if not config.get("nearest"):
        vectors = embed([data.texts[row] for row in rows])
        rows = [rows[turn] for turn in representative([data.gold[row] for row in rows], vectors, config["examples"])]
    return tuple(Example(row, {FIELD: data.texts[row]}, {data.question.name: data.gold[row]}) for row in rows)


def read(path: Path, title: str, titles: Mapping[str, str]) -> Data:
    """A file of `text` and `gold`; the labels are the options, in alphabetical order."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    options = [
        {"value": value, "title": titles.get(value, value)} for value in sorted({line["gold"] for line in lines})
    ]
    (question,) = parse_questions([{"name": "label", "type": "choice", "title": title, "options": options}])
    return Data(question, [line["text"] for line in lines], [line["gold"] for line in lines])


def demo() -> Data:
    """The messages that come with the product, which its authors wrote and labelled."""
    (question,) = parse_questions(json.loads(PROJECT.read_text())["questions"])
    lines = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    return Data(question, [line["fields"]["message"] for line in lines], [line["gold"]["intent"] for line in lines])


if __name__ == "__main__":
    main()
