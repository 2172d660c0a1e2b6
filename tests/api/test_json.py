from __future__ import annotations

import pytest

from annotation.api.json import loads


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not valid JSON"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5_000 + "}", "5,000 digits"),
        ('{"a": 1, "a": 2}', "occurs twice"),
        ("[" * 100_000, "nested"),
        ("[" * 200 + "]" * 200, "nested"),
        ('{"a": "x\\u0000y"}', "NUL"),
        ('{"a\\u0000": 1}', "NUL"),
        ('["\\ud800"]', "lone surrogate"),
        ('["\\udc00\\ud800"]', "lone surrogate"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        loads(text)


def test_text_comes_through_as_it_is() -> None:
    assert loads('{"a": ["\\ud83d\\ude00", "é", "\\\\u0000"], "b": {"c": 1.5}}') == {
        "a": ["😀", "é", "\\u0000"],
        "b": {"c": 1.5},
    }
