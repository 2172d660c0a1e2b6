from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import resolve

from annotation.models import User
from annotation.workflow.people import find_by_sign_in_link


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_user", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_link_signs_in_whom_it_was_made_for(db: None) -> None:
    link = run("ada", "--admin", "--url", "https://labels.example.org")
    assert link.startswith("https://labels.example.org/")
    place = resolve(link.removeprefix("https://labels.example.org"))
    user = find_by_sign_in_link(**place.kwargs)
    assert user == User.objects.get(username="ada")
    assert user.is_superuser
    assert not user.has_usable_password()


@pytest.mark.parametrize("name", ["ada", "", "a b", "x" * 151])
def test_a_name_that_cannot_be_used_is_refused(db: None, name: str) -> None:
    run("ada")
    with pytest.raises(CommandError):
        run(name)
    assert User.objects.count() == 1
