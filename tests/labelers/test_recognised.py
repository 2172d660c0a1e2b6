"""Token classifiers: what transformers' pipeline finds becomes spans of the text, exactly."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from transformers import BertForTokenClassification, pipeline

from annotation.labelers import Brief, InvalidConfig, ItemText, Prediction, build, check_config
from annotation.llms.classifiers import SETTING, get_classifier
from annotation.questions import parse_questions, type_of
from tests.llms.tiny import save_bert

WORDS = "anna met tom in rome and paris ##s ##ing the bank of norv ##ik said ."
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
FIELDS = ({"name": "title", "type": "text", "title": "Title"}, {"name": "text", "type": "text", "title": "Text"})
QUESTIONS = parse_questions(
    [
        {"name": "topic", "type": "choice", "options": ["a", "b"]},
        {
            "name": "names",
            "type": "spans",
            "options": [{"value": "person", "title": "PER"}, {"value": "LOC"}],
            "field": "text",
        },
    ],
    list(FIELDS),
)
BRIEF = Brief("", QUESTIONS, FIELDS)
TEXTS = [
    "Anna met Tom in \U0001f600 Rome.",
    "",
    "The bank of Norvik\nsaid Rome and Paris",
    "anna met tom in rome and paris said " * 30,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("taggers") / "ner", BertForTokenClassification, WORDS, LABELS)


@pytest.fixture(autouse=True)
def _named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, f"ner={folder}")


def items(*texts: str) -> list[ItemText]:
    return [ItemText(number, {"title": "Anna", "text": text}) for number, text in enumerate(texts)]


def test_it_finds_what_transformers_pipeline_finds(folder: Path) -> None:
    labeler = build("token_classification", {"classifier": "ner"}, BRIEF)
    reference = pipeline("token-classification", model=str(folder), aggregation_strategy="first")
    meant = {"PER": "person", "LOC": "LOC"}
    compared = 0
    for text, result in zip(TEXTS[:3], labeler.label(items(*TEXTS[:3])), strict=True):
        assert isinstance(result, Prediction)
        expected = (
            {
                f"{each['start']}:{each['end']}:{meant[each['entity_group']]}": float(each["score"])
                for each in reference(text)
            }
            if text
            else {}
        )
        assert result.distribution["names"] == pytest.approx(expected, abs=1e-5)
        question = QUESTIONS[1]
        assert type_of(question).clean(question, result.answers["names"], {"text": text}) == result.answers["names"]
        assert {f"{span['start']}:{span['end']}:{span['label']}" for span in result.answers["names"]} == {
            key for key, share in expected.items() if share > 0.5
        }
        compared += len(expected)
    assert compared > 2, "the tiny model finds something"


def test_a_long_text_is_read_in_windows_to_its_end() -> None:
    tagger = get_classifier("token-classification", "ner")
    ((found, tokens, read),) = tagger.tag([TEXTS[3]])
    assert read == 1.0 and tokens > 240
    assert max(each.end for each in found) > len(TEXTS[3]) - 40
    assert all(before.end <= after.start for before, after in pairwise(found))
    ((_, tokens, read),) = tagger.tag(["anna " * 100_000])
    assert read < 0.01 and tokens <= 16 * 64


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"labels": {"PER": "person"}}, "or leave them empty: LOC"),
        ({"labels": {"PER": "person", "LOC": "place"}}, "does not have: place"),
        ({"labels": {"PER": "person", "LOC": "", "ORG": ""}}, "does not have: ORG"),
        ({"question": "topic"}, "no such question “topic”"),
    ],
)
def test_every_label_stands_for_an_option_or_is_left_out(config: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        build("token_classification", {"classifier": "ner", **config}, BRIEF)
    kept = build("token_classification", {"classifier": "ner", "labels": {"PER": "person", "LOC": ""}}, BRIEF)
    for result in kept.label(items(*TEXTS)):
        assert isinstance(result, Prediction)
        assert {key.rpartition(":")[2] for key in result.distribution["names"]} <= {"person"}


def test_a_project_without_spans_has_nothing_for_it() -> None:
    with pytest.raises(InvalidConfig, match="marks spans"):
        check_config("token_classification", {"classifier": "ner"}, QUESTIONS[:1])
