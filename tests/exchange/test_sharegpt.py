from __future__ import annotations

from pathlib import Path

from .dialogues import CHAT, TALK, decided, read, written


def test_a_conversation_comes_back_as_it_was(tmp_path: Path) -> None:
    lines, _ = written("sharegpt", [decided({"talk": TALK})], CHAT)
    assert lines[0]["conversations"][1:] == [
        {"from": "human", "value": "Grüße 🚲"}, {"from": "gpt", "value": "Hello!"},
    ]  # fmt: skip
    assert read("sharegpt", tmp_path, lines)[0].values == {"messages": TALK, "id": "m-1"}


def test_the_systems_words_come_first_and_unknown_speakers_keep_their_names(tmp_path: Path) -> None:
    record = {
        "conversations": [{"from": "human", "value": "a"}, {"from": "narrator", "value": "b"}],
        "system": "s",
        "tools": "t",
    }
    (row,) = read("sharegpt", tmp_path, [record])
    assert [turn["role"] for turn in row.values["messages"]] == ["system", "user", "narrator"]
    assert row.values["tools"] == "t"
