# ruff: noqa: E501 (configurations as people write them)
"""Label Studio's configurations: what they show and ask arrives here, and what does not is said."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.exchange.label_studio_config import UnreadableConfig, read_config

SENTIMENT = """<View><Header value="Choose text sentiment:"/><Text name="text" value="$reviewText"/>
<Choices name="sentiment" toName="text" choice="single" showInLine="true" required="true">
<Choice value="Positive" hotkey="1"/><Choice value="Negative" hotkey="ctrl+n"/><Choice value="Neutral" alias="neu"/></Choices></View>"""
TAGS = """<View><Text name="t" value="$text"/><Choices name="tags" toName="t" choice="multiple">
<Choice value="A"/><Choice value="B"/></Choices></View>"""
NER = """<View><Labels name="label" toName="text"><Label value="PER" background="red"/><Label value="ORG" background="#FFA500"/>
<Label value="LOC" hotkey="l"/></Labels><Text name="text" value="$text" granularity="symbol"/></View>"""
HTML = """<View><HyperTextLabels name="ner" toName="page" granularity="symbol"><Label value="Date"/></HyperTextLabels>
<HyperText name="page" value="$html"/></View>"""
PAIR = """<View><Header value="Which answer is better?"/><Text name="prompt" value="$prompt"/>
<View className="two"><Text name="left" value="$answer_1"/><Text name="right" value="$answer_2"/></View>
<Pairwise name="pw" toName="left,right" required="true"/></View>"""
RANK = """<View><Text name="q" value="$query"/><List name="results" value="$results"/>
<Ranker name="rank" toName="results"><Bucket name="relevant"/></Ranker></View>"""
RATE = """<View><Text name="t" value="$response"/><Rating name="quality" toName="t" maxRating="10" required="true"/>
<Number name="year" toName="t" min="1" max="7"/><Number name="price" toName="t"/></View>"""
WRITE = """<View><Text name="src" value="$source"/><TextArea name="fix" toName="src" value="$mt" maxSubmissions="1" required="true"/>
<TextArea name="notes" toName="src" placeholder="Anything else?" maxSubmissions="5"/></View>"""
TREE = """<View><Text name="t" value="$text"/><Taxonomy name="topic" toName="t" maxUsages="2"><Choice value="Life">
<Choice value="Animals"><Choice value="Dog"/></Choice></Choice><Choice value="Rocks"/></Taxonomy></View>"""
DIALOGUE = """<View><Paragraphs name="dialogue" value="$dialogue" layout="dialogue"/>
<ParagraphLabels name="spans" toName="dialogue"><Label value="Good"/></ParagraphLabels>
<Choices name="ok" toName="dialogue"><Choice value="yes"/><Choice value="no"/></Choices></View>"""
CONDITION = """<View><Text name="t" value="$text"/><Choices name="spam" toName="t"><Choice value="yes"/><Choice value="no"/></Choices>
<Choices name="kind" toName="t" visibleWhen="choice-selected" whenTagName="spam" whenChoiceValue="yes"><Choice value="ad"/><Choice value="fraud"/></Choices>
<TextArea name="why" toName="t" visibleWhen="region-selected"/></View>"""
MIXED = """<View><Style>.x{color:red}</Style><Image name="img" value="$image"/><RectangleLabels name="boxes" toName="img"><Label value="Car"/></RectangleLabels>
<Text name="t" value="$caption"/><Labels name="l" toName="t"><Label value="Noun"/></Labels><Relations><Relation value="of"/></Relations>
<Choices name="per" toName="t" perRegion="true"><Choice value="a"/><Choice value="b"/></Choices>
<Choices name="dyn" toName="t" value="$options"/><DateTime name="when" toName="t"/></View>"""


def asked(config: str) -> tuple[list[dict[str, str]], dict[str, dict[str, Any]], str]:
    made = read_config(config)
    return made.fields, {question["name"]: question for question in made.questions}, " ".join(made.losses)


def values(question: dict[str, Any]) -> list[str]:
    return [option["value"] for option in question["options"]]


def test_choices_keep_their_words_keys_and_heading() -> None:
    fields, questions, losses = asked(SENTIMENT)
    assert [(field["name"], field["type"]) for field in fields] == [("reviewtext", "text")]
    question = questions["sentiment"]
    assert (question["type"], question["title"], question["required"]) == ("choice", "Choose text sentiment:", True)
    assert values(question) == ["Positive", "Negative", "neu"]
    assert question["options"][0]["hotkey"] == "1"
    assert question["options"][2]["title"] == "Neutral"
    assert "ctrl+n" in losses


def test_each_control_becomes_the_question_it_is() -> None:
    assert asked(TAGS)[1]["tags"]["type"] == "multichoice"
    label = asked(NER)[1]["label"]
    assert (label["type"], label["field"], values(label)) == ("spans", "text", ["PER", "ORG", "LOC"])
    assert [option.get("color") for option in label["options"]] == ["red", "orange", None]
    assert asked(HTML)[1]["ner"]["tokens"] is False
    _, questions, _ = asked(RATE)
    assert (questions["quality"]["max"], questions["year"]["max"], questions["price"]["type"]) == (10, 7, "text")


def test_what_is_compared_stands_side_by_side() -> None:
    fields, questions, losses = asked(PAIR)
    assert [field["type"] for field in fields] == ["text", "response", "response"]
    assert (questions["pw"]["type"], values(questions["pw"])) == ("ranking", ["answer_1", "answer_2"])
    assert not losses
    fields, questions, losses = asked(RANK)
    assert values(questions["rank"]) == ["results_1", "results_2", "results_3"]
    assert "every item brings" in losses and "buckets" in losses


def test_texts_that_start_from_the_item_are_corrections() -> None:
    fields, questions, losses = asked(WRITE)
    assert {field["name"] for field in fields} == {"source", "mt"}
    assert (questions["fix"]["field"], questions["fix"]["required"]) == ("mt", True)
    assert (questions["notes"]["description"], questions["notes"]["required"]) == ("Anything else?", False)
    assert "several texts" in losses


def test_trees_are_flattened_and_conditions_kept_where_they_can_be() -> None:
    _, questions, losses = asked(TREE)
    assert values(questions["topic"]) == ["Life", "Life / Animals", "Life / Animals / Dog", "Rocks"]
    assert questions["topic"]["at_most"] == 2
    assert "flat list" in losses
    _, questions, losses = asked(CONDITION)
    assert questions["kind"]["when"] == {"question": "spam", "is": ["yes"]}
    assert "when" not in questions["why"]
    assert "region-selected" in losses


@pytest.mark.parametrize(
    ("config", "kept", "lost"),
    [
        (DIALOGUE, ["ok"], ["spans", "no plain text"]),
        (MIXED, ["l"], ["img", "RectangleLabels", "Relations", "every marked region", "come from each item", "DateTime", "Styles"]),
        (HTML, ["ner"], ["HTML"]),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_named(config: str, kept: list[str], lost: list[str]) -> None:
    _, questions, losses = asked(config)
    assert list(questions) == kept
    assert [each for each in lost if each not in losses] == [], losses


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("", "no XML"),
        ("<View><Choices></View>", "line 1"),
        ("<Labels/>", "begins with <View>"),
        ("<View/>", "asks nothing"),
        ("<View><Image name='i' value='$i'/></View>", "cannot be shown"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><View>&a;</View>', "entities"),
        ("<View>" * 2_000 + "</View>" * 2_000, "nested"),
        ("<View>" + "x" * 200_001 + "</View>", "at most"),
        ("<View>&undefined;</View>", "no XML"),
        ("<View>\x00</View>", "no XML"),
        ("<View><Choices name='c' toName='t'><Choice value='a'/><Choice value='b'/></Choices></View>", "at least one field"),
    ],
    ids=lambda each: each[:30],
)  # fmt: skip
def test_what_is_no_configuration_is_refused_with_a_reason(config: str, reason: str) -> None:
    with pytest.raises(UnreadableConfig) as caught:
        read_config(config)
    assert reason in str(caught.value)
