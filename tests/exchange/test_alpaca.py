from __future__ import annotations

from pathlib import Path

from .dialogues import CHAT, TALK, decided, read, template, written


def test_an_instruction_comes_back_with_its_input_and_output(tmp_path: Path) -> None:
    shape, fields = template("instruction")
    lines, _ = written("alpaca", [decided(fields, instruction="Sum it up", answer="They dance.")], shape)
    assert lines == [{"instruction": "Sum it up", "input": fields["source"], "output": "They dance.", "id": "m-1"}]
    (row,) = read("alpaca", tmp_path, lines)
    assert row.values == lines[0]


def test_a_conversation_becomes_a_history_and_back(tmp_path: Path) -> None:
    later = [*TALK, {"role": "user", "content": "And now?"}, {"role": "assistant", "content": "Bye."}]
    ((line,), _) = written("alpaca", [decided({"talk": later})], CHAT)
    assert line == {
        "instruction": "And now?", "input": "", "output": "Bye.", "system": "Be kind.",
        "history": [["Grüße 🚲", "Hello!"]], "id": "m-1",
    }  # fmt: skip
    (row,) = read("alpaca", tmp_path, [line])
    assert row.values["messages"] == later[:-1]
    assert row.values["output"] == "Bye."
