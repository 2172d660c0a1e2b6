"""Keys of one's own: one use each, never one that the page needs, and nobody else's affair."""

from __future__ import annotations

import pytest

from annotation.models.preferences import DEFAULT_HOTKEYS
from annotation.workflow.errors import Refused
from annotation.workflow.preferences import reset_hotkeys, set_hotkeys
from tests.cast import Cast


def test_keys_are_set_by_character_or_name_and_the_others_stay(cast: Cast) -> None:
    set_hotkeys(cast.annotator, {"submit": "Space", "skip": "S", "flag": "page UP"}, swipe=False)
    cast.annotator.refresh_from_db()
    assert cast.annotator.preferences == {
        "hotkeys": {"submit": " ", "skip": "s", "flag": "PageUp"},
        "swipe": False,
    }
    assert cast.annotator.hotkeys["keys"] == {**DEFAULT_HOTKEYS, "submit": " ", "skip": "s", "flag": "PageUp"}
    assert cast.annotator.hotkey_labels["submit"] == "Space"
    cast.second.refresh_from_db()
    assert cast.second.hotkeys["keys"] == DEFAULT_HOTKEYS


def test_two_keys_change_places_and_come_back(cast: Cast) -> None:
    set_hotkeys(cast.annotator, {"flag": "g", "guidelines": "f"})
    assert cast.annotator.hotkeys["keys"]["flag"] == "g"
    reset_hotkeys(cast.annotator)
    assert cast.annotator.preferences["hotkeys"] == {}


def test_other_preferences_stay(cast: Cast) -> None:
    cast.annotator.preferences = {"language": "de"}
    cast.annotator.save()
    set_hotkeys(cast.annotator, {"flag": "x"})
    assert cast.annotator.preferences["language"] == "de"


@pytest.mark.parametrize(
    ("keys", "at_fault", "words"),
    [
        ({"flag": "g"}, "flag", "cannot be both “Flag the item” and “Guidelines”"),
        ({"flag": "x", "undo": "x"}, "flag", "cannot be both"),
        ({"flag": "1"}, "flag", "own use"),
        ({"flag": "?"}, "flag", "own use"),
        ({"flag": "Escape"}, "flag", "needs one key"),
        ({"flag": "ctrl-x"}, "flag", "needs one key"),
        ({"flag": ""}, "flag", "needs one key"),
        ({"flag": "\0"}, "flag", "needs one key"),
        ({"dance": "x"}, "hotkeys", "no command “dance”"),
    ],
)
def test_what_would_leave_a_key_with_two_uses_or_none_is_refused(
    cast: Cast, keys: dict[str, str], at_fault: str, words: str
) -> None:
    with pytest.raises(Refused, match=words) as caught:
        set_hotkeys(cast.annotator, keys)
    assert caught.value.field == at_fault
    cast.annotator.refresh_from_db()
    assert cast.annotator.preferences == {}
