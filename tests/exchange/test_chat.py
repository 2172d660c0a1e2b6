from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotation.exchange import BadRow, Unwritable, get

from .dialogues import CHAT, TALK, decided, read, shape_of, template, written


def test_messages_become_a_conversation_and_what_is_no_text_is_told(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {}}]
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}], "name": "bot"}
    first, second, third, weighted = read(
        "chat",
        tmp_path,
        [
            {"messages": TALK, "id": "m-1"},
            {"conversation": [{"role": "user", "content": parts}, call]},
            {"prompt": TALK[1:2], "completion": TALK[2:]},
            {"messages": [*TALK, {"role": "assistant", "content": "Not to be learned.", "weight": 0}]},
        ],
    )
    assert first.values == {"messages": TALK, "id": "m-1"}
    assert second.values["messages"] == [
        {"role": "user", "content": "Look:"}, {"role": "assistant", "content": '[{"id":"1"}]'},
    ]  # fmt: skip
    assert len(second.losses) == 3
    assert third.values == {"messages": TALK[1:]}
    assert weighted.losses == ("What a message says beside its role and content.",)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"text": "a"}, "no list of messages"),
        ({"messages": [{"role": "user", "content": 3}]}, "neither text nor a list"),
        ({"messages": [{"role": "", "content": "a"}]}, "does not say whose"),
        ({"messages": [*TALK, "a"]}, "Message 4 is no object"),
        ([], "no object"),
    ],
)
def test_what_is_no_conversation_is_a_bad_row(tmp_path: Path, record: object, reason: str) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps({"messages": TALK}) + "\n" + json.dumps(record) + "\n")
    _fine, bad = get("chat").read(path)
    assert isinstance(bad, BadRow)
    assert (bad.line, reason in bad.reason) == (2, True)
    assert list(get("chat").read(path, start_after=1)) == [bad]


def test_a_shown_conversation_comes_back_as_it_was(tmp_path: Path) -> None:
    lines, _ = written("chat", [decided({"talk": TALK})], CHAT)
    assert lines == [{"messages": TALK, "id": "m-1"}]
    lines, _ = written("chat", [decided({"talk": TALK})], CHAT, style="completion")
    assert read("chat", tmp_path, lines)[0].values["messages"] == TALK
    assert written("chat", [decided({"talk": TALK[:2]})], CHAT)[1].losses.total() == 1


def test_the_answer_is_what_people_wrote_or_ranked_first_or_the_only_response() -> None:
    shape, fields = template("instruction")
    item = decided(fields, task="summary", instruction="Sum it up", answer="They dance.")
    ((line,), outcome) = written("chat", [item, decided(fields, task="summary")], shape)
    assert line["messages"] == [
        {"role": "user", "content": f"Sum it up\n\n{fields['source']}"},
        {"role": "assistant", "content": "They dance."},
    ]
    assert (outcome.rows, outcome.losses.total()) == (1, 1)
    assert "What kind of task is it?" in " ".join(get("chat").leaves_out(shape))

    shape, fields = template("preference")
    best = decided(fields, preference=[["response_b"], ["response_a"]], reason="Because.")
    tied = decided(fields, preference=[["response_a", "response_b"]])
    ((line,), outcome) = written("chat", [best, tied], shape)
    assert [turn["content"] for turn in line["messages"]] == [fields["prompt"], fields["response_b"]]
    assert outcome.losses.total() == 1

    shape, fields = template("rating")
    ((line,), _) = written("chat", [decided(fields)], shape)
    assert line["messages"][-1]["content"] == fields["response"]


def test_a_project_without_answers_is_refused() -> None:
    shape = shape_of([{"name": "text", "type": "text"}], [{"name": "note", "type": "rating", "title": "How?"}])
    for name in ("chat", "alpaca", "sharegpt", "preference"):
        assert get(name).leaves_out(shape)
        with pytest.raises(Unwritable):
            written(name, [], shape)
