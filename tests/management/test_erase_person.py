"""`manage.py erase_person`: asks, erases, and says what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Comment, Event, Flag, Project, User
from annotation.workflow.flagging import flag
from annotation.workflow.searching_texts import find_mentions
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


@pytest.mark.django_db(transaction=True)
def test_texts_that_name_the_person_are_told_and_renamed_where_that_was_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Any
) -> None:
    settings.SYNTHWEB_FILES = tmp_path
    said = "Ask @annotator, ANN LEE or a+b@c.example; annotators, annotator_2 and coannotator stay."
    renamed = "Ask @{0}, {0} or {0}; annotators, annotator_2 and coannotator stay."
    User.objects.filter(username="annotator").update(first_name="Ann", last_name="Lee", email="a+b@c.example")
    [item, other] = cast.add("I am annotator", "another")
    comment = Comment.objects.create(project=cast.project, item=item, author=cast.lead, text=said)
    flag(other, user=cast.second, reason=f"{said} {'x' * 400}")
    Project.objects.filter(pk=cast.foreign.project.pk).update(guidelines=said)
    monkeypatch.setattr("builtins.input", lambda: "no")
    with pytest.raises(CommandError):
        call_command("erase_person", "annotator")
    told = capsys.readouterr().err
    assert f"{cast.project.slug}: Comments: 1, items {item.pk}\n" in told
    assert f"{cast.project.slug}: Reasons in the log: 1, items {other.pk}\n" in told
    assert f"{cast.foreign.project.slug}: Guidelines: 1\n" in told
    assert "--texts puts the new name in its place." in told
    call_command("erase_person", "annotator", "--yes", "--texts")
    assert "The new name will stand there." in capsys.readouterr().err
    comment.refresh_from_db()
    called = comment.text.split()[1].strip("@,")
    assert called.startswith("erased-")
    assert comment.text == renamed.format(called)
    assert Flag.objects.get().reason.startswith(renamed.format(called))
    assert Event.objects.get(verb="flagged").data["reason"].startswith(renamed.format(called))
    assert Project.objects.get(pk=cast.foreign.project.pk).guidelines == renamed.format(called)
    assert find_mentions({"annotator", "ann lee"}) == []
    item.refresh_from_db()
    assert item.fields == {"text": "I am annotator"}, "items are searched with the item list"
