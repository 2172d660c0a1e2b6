from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_what_the_api_answers_is_told_to_scripts_and_people_alike(cast: Cast) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    told, out = io.StringIO(), io.StringIO()
    call_command("report", cast.project.slug, "--json", stdout=told)
    assert json.loads(told.getvalue()) == cast.api(cast.lead).get(cast.url("report")).json()
    call_command("report", cast.project.slug, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "Support messages: 1 of 2 items settled (50.0 %)"
    assert "  decided by people: 1" in lines
    assert lines[-1].startswith("models: 0 tokens")


def test_an_unknown_project_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="There is no project"):
        call_command("report", "nowhere")
