"""The experiment on easy data augmentation: same texts with and without, no test text in training, losses said so."""

from __future__ import annotations

from annotation.experiments.base import Dataset, Example, Work
from annotation.experiments.eda import EDA
from annotation.experiments.eda_running import augmented, run

PATTERNS = {
    "sport": "the {} team won the final game of the season",
    "money": "shares of the {} company fell on the market today",
}
TEAMS = ("north", "south", "east", "west", "city", "union", "express", "river", "mountain", "harbour")


# With variants, a tenth more was wrong.
LOST = {
    "learners": ["frozen"],
    "methods": ["none", "eda"],
    "sizes": [500],
    "yields": {"500/eda": []},
    "cells": {"frozen/500/none": ["1" * 90 + "0" * 10] * 5, "frozen/500/eda": ["1" * 80 + "0" * 20] * 5},
    "data": {"test": 100},
}


def made_data() -> Dataset:
    examples = [Example(text.format(team), label) for label, text in PATTERNS.items() for team in TEAMS]
    return Dataset("made", ("money", "sport"), tuple(examples[::2]), tuple(examples[1::2]))


def work(**parameters: object) -> Work:
    settings = {**EDA.settings["small"], "learners": ["words"], "sizes": [4, 500], "variants": 2, **parameters}
    return Work(settings, 2, lambda key, step: step(), lambda: None, made_data())


def test_every_condition_is_tried_on_the_same_texts_up_to_what_there_is() -> None:
    value = run(work())
    assert value["sizes"] == [4, 10]
    assert set(value["cells"]) == {
        f"words/{size}/{method}" for size in (4, 10) for method in ("none", "synonyms", "eda")
    }
    assert all(len(runs) == 2 and len(runs[0]) == 10 for runs in value["cells"].values())
    report = EDA.present(value)
    assert len(report.tables[0].rows) == 6
    assert [step[1] for step in report.funnels[1].steps] == sorted(
        (step[1] for step in report.funnels[1].steps), reverse=True
    )


def test_variants_keep_their_label_and_none_is_a_test_text() -> None:
    done = work(variants=8)
    data = done.examples
    more, counted = augmented(done, data, data.train, "eda", 0)
    assert counted["asked"] >= counted["made"] >= counted["kept"] == len(more) > len(data.train)
    assert {example.label for example in more} == {"money", "sport"}
    assert not {example.text for example in more} & {example.text for example in (*data.test, *data.train)}


def test_a_loss_is_called_a_loss() -> None:
    first, second = EDA.present(LOST).findings
    assert first.startswith("Head on frozen MiniLM with 500 texts: EDA, all four did harm, -10.0 points")
    assert "-10.0 points on average; the paper reports +3.0 points" in second
