from __future__ import annotations

import pytest

from annotation.exchange import canonical_json, content_hash


def test_equal_values_have_equal_bytes() -> None:
    assert canonical_json({"b": 1, "a": "ü"}) == canonical_json({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'.encode()


def test_what_json_has_no_spelling_for_is_refused() -> None:
    with pytest.raises(ValueError):
        canonical_json(float("nan"))


def test_a_hash_has_32_bytes_and_tells_field_names_apart() -> None:
    assert len(content_hash({"text": "a"})) == 32
    assert content_hash({"text": "a"}) != content_hash({"title": "a"})
