"""Classification models: the administrator names them, and their labels become the question's options exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from transformers import BertForSequenceClassification, pipeline

from annotation.labelers import InvalidConfig, Prediction, build, check_config
from annotation.llms import Permanent
from annotation.llms.classifiers import SETTING, classifier_names, get_classifier
from annotation.questions import parse_questions
from tests.labelers.cast import BRIEF, items
from tests.llms.tiny import save_bert

WORDS = ". i want my money back the app crashes why is bill higher refund billing question technical problem this"
MORE = parse_questions(
    [
        {"name": "intent", "type": "choice", "options": ["refund", "bug"]},
        {"name": "tags", "type": "multichoice", "options": ["money", "app"], "at_least": 0},
        {"name": "stars", "type": "rating", "when": {"question": "intent", "is": ["bug"]}},
        {"name": "note", "type": "text"},
    ]
)[1:]
TEXTS = ["I want my money back", "The app crashes", "", "why is my bill higher " * 40]
MAPPED = {"LABEL_0": "refund", "LABEL_1": "bug", "LABEL_2": "billing", "LABEL_3": "refund"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("classifiers")
    labels = {
        "topics": ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"],
        "titled": ["refund", "Billing Question", "BUG"],
        "nli": ["contradiction", "neutral", "entailment"],
    }
    return {name: save_bert(base / name, BertForSequenceClassification, WORDS, each) for name, each in labels.items()}


@pytest.fixture(autouse=True)
def _named(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, ",".join(f"{name}={folder}" for name, folder in folders.items()))


def test_a_text_classifier_votes_as_transformers_pipeline_does_with_labels_added_up(folders: dict[str, Path]) -> None:
    labeler = build("text_classification", {"classifier": "topics", "labels": MAPPED}, BRIEF)
    reference = pipeline("text-classification", model=str(folders["topics"]), top_k=None)
    for text, result in zip(TEXTS, labeler.label(items(*TEXTS)), strict=True):
        assert isinstance(result, Prediction)
        expected = dict.fromkeys(["refund", "billing", "bug"], 0.0)
        for each in reference([text], truncation=True)[0]:
            expected[MAPPED[each["label"]]] += each["score"]
        assert result.distribution["intent"] == pytest.approx(expected, abs=1e-5)
        assert result.answers["intent"] == max(expected, key=expected.__getitem__)
        assert result.confidence == pytest.approx(max(expected.values()), abs=1e-5)


def test_labels_that_are_called_like_the_options_need_no_mapping() -> None:
    (result,) = build("text_classification", {"classifier": "titled"}, BRIEF).label(items(TEXTS[0]))
    shares = get_classifier("text-classification", "titled").classify(TEXTS[:1]).probabilities[0]
    assert result.distribution["intent"] == pytest.approx(
        dict(zip(["refund", "billing", "bug"], shares, strict=True)), abs=1e-6
    )


def test_a_zero_shot_classifier_votes_as_transformers_pipeline_does(folders: dict[str, Path]) -> None:
    texts = [text for text in TEXTS if text]
    labeler = build("zero_shot", {"classifier": "nli", "hypothesis": "This is a {}."}, BRIEF)
    reference = pipeline("zero-shot-classification", model=str(folders["nli"]))
    titles = [option.title for option in BRIEF.questions[0].options]
    for text, result in zip(texts, labeler.label(items(*texts)), strict=True):
        found = reference(text, candidate_labels=titles, hypothesis_template="This is a {}.")
        by_title = dict(zip(found["labels"], found["scores"], strict=True))
        assert list(result.distribution["intent"].values()) == pytest.approx([by_title[t] for t in titles], abs=1e-5)


def test_a_vote_does_not_depend_on_the_other_items() -> None:
    for kind, config in [
        ("text_classification", {"classifier": "topics", "labels": MAPPED}),
        ("zero_shot", {"classifier": "nli"}),
    ]:
        labeler = build(kind, config, BRIEF)
        together = [result.confidence for result in labeler.label(items(*TEXTS))]
        alone = [labeler.label(items(text))[0].confidence for text in TEXTS]
        np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_text_that_is_cut_says_so_and_costs_no_more_than_a_page() -> None:
    for kind, config in [
        ("text_classification", {"classifier": "topics", "labels": MAPPED}),
        ("zero_shot", {"classifier": "nli"}),
    ]:
        (result,) = build(kind, config, BRIEF).label(items("money " * 1_000_000))
        assert "Only the first 0 % of the text was read." in result.rationale
        assert result.tokens <= 3 * 64


@pytest.mark.parametrize(
    ("kind", "config", "message"),
    [
        ("text_classification", {}, "classifier"),
        ("text_classification", {"classifier": "/etc"}, "one of those this site has \\(topics, titled, nli\\)"),
        ("zero_shot", {"classifier": "facebook/bart-large-mnli"}, "one of those this site has"),
        ("zero_shot", {"classifier": ["nli"]}, "one of those this site has"),
        ("text_classification", {"classifier": "topics", "model": "/etc"}, "Unknown settings: model"),
        ("text_classification", {"classifier": "topics", "labels": ["a"]}, "must be an object"),
        ("text_classification", {"classifier": "topics", "labels": {"a": 1}}, "holds texts"),
        ("zero_shot", {"classifier": "nli", "hypothesis": "no place"}, "hypothesis"),
        ("zero_shot", [], "must be an object"),
    ],
)
def test_a_configuration_names_a_classifier_and_never_a_place(kind: str, config: object, message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        check_config(kind, config)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({}, "stand for: LABEL_0, LABEL_1, LABEL_2, LABEL_3"),
        ({"LABEL_0": "refund"}, "stand for: LABEL_1, LABEL_2, LABEL_3"),
        (MAPPED | {"LABEL_3": ""}, "stand for: LABEL_3"),
        (MAPPED | {"LABEL_9": "bug"}, "does not have: LABEL_9"),
        (MAPPED | {"LABEL_3": "complaint"}, "does not have: complaint"),
    ],
)
def test_every_label_of_the_model_stands_for_an_option(labels: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        build("text_classification", {"classifier": "topics", "labels": labels}, BRIEF)


def test_a_model_without_entailment_is_no_zero_shot_classifier() -> None:
    with pytest.raises(InvalidConfig, match="knows no entailment"):
        build("zero_shot", {"classifier": "topics"}, BRIEF)


def test_the_version_follows_model_mapping_and_question() -> None:
    configs = [
        {"classifier": "topics", "labels": MAPPED},
        {"classifier": "topics", "labels": MAPPED | {"LABEL_3": "bug"}},
    ]
    versions = {build("text_classification", config, BRIEF).version for config in configs}
    versions |= {build("text_classification", {"classifier": "titled"}, BRIEF).version}
    versions |= {build("zero_shot", {"classifier": "nli"}, BRIEF).version}
    assert len(versions) == 4
    assert build("text_classification", configs[0], BRIEF).version in versions


def test_the_setting_is_read_as_pairs_or_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, " a=/x , b=org/model ")
    assert classifier_names() == ("a", "b")
    monkeypatch.setenv(SETTING, json.dumps({"c": "/y=z"}))
    assert classifier_names() == ("c",)
    monkeypatch.setenv(SETTING, "")
    assert classifier_names() == ()
    for broken in ("{", "a", "[1]", '{"a": 1}'):
        monkeypatch.setenv(SETTING, broken)
        with pytest.raises(Permanent, match=SETTING):
            classifier_names()


def test_a_classifier_answers_the_question_it_is_told_and_leaves_the_others_out() -> None:
    several = replace(BRIEF, questions=(*BRIEF.questions, *MORE))
    config = {"classifier": "titled", "question": "intent"}
    (result,) = build("text_classification", config, several).label(items(TEXTS[0]))
    assert isinstance(result, Prediction) and set(result.answers) == {"intent"}
    with pytest.raises(InvalidConfig, match="which one it answers: intent, stars"):
        check_config("text_classification", {"classifier": "titled"}, several.questions)
    with pytest.raises(InvalidConfig, match="no such question “tags”"):
        check_config("text_classification", {"classifier": "titled", "question": "tags"}, several.questions)
    with pytest.raises(InvalidConfig, match="depends on the answer to another"):
        check_config("text_classification", {"classifier": "titled", "question": "stars"}, several.questions)
    with pytest.raises(InvalidConfig, match="offers none to choose"):
        check_config("zero_shot", {"classifier": "nli"}, MORE[-1:])


def test_several_options_are_each_asked_for_as_transformers_pipeline_does(folders: dict[str, Path]) -> None:
    several = replace(BRIEF, questions=(*BRIEF.questions, *MORE))
    (result,) = build("zero_shot", {"classifier": "nli"}, several).label(items(TEXTS[0]))
    assert isinstance(result, Prediction)
    assert {"intent", "tags"} <= set(result.answers) <= {"intent", "tags", "stars"}, "a free text is left out"
    assert ("stars" in result.answers) == (result.answers["intent"] == "bug"), "asked only where it is asked"
    reference = pipeline("zero-shot-classification", model=str(folders["nli"]))
    found = reference(TEXTS[0], candidate_labels=["money", "app"], multi_label=True)
    by_title = dict(zip(found["labels"], found["scores"], strict=True))
    assert result.distribution["tags"] == pytest.approx(by_title, abs=1e-5)
    assert result.answers["tags"] == [value for value in ("money", "app") if by_title[value] > 0.5]
