"""`manage.py erase_person`: asks, erases, and says what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import User
from tests.cast import Cast


@pytest.mark.django_db(transaction=True)
def test_a_person_is_erased_once_the_name_was_typed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Any
) -> None:
    settings.SYNTHWEB_FILES = tmp_path
    monkeypatch.setattr("builtins.input", lambda: "somebody else")
    for name, flags in (("annotator", []), ("nobody", ["--yes"]), ("lead", ["--yes"])):
        with pytest.raises(CommandError):
            call_command("erase_person", name, *flags)
    assert User.objects.filter(username__in=("annotator", "lead")).count() == 2
    monkeypatch.setattr("builtins.input", lambda: "annotator")
    call_command("erase_person", "annotator")
    assert "erased; 0 snapshots" in capsys.readouterr().out
    assert not User.objects.filter(username="annotator").exists()
