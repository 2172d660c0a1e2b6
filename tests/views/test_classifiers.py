"""Classifiers on the page of model annotators: offered where the administrator has named some."""

from __future__ import annotations

import pytest

from annotation.llms.classifiers import SETTING
from annotation.models import Labeler
from tests.cast import Cast
from tests.views.data import page, signed_in

NEW = {"name": "Topics", "kind": "text_classification", "llm": "local", "classifier": "topics"}


def test_a_site_without_classifiers_offers_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    form = signed_in(cast.lead).get(page("labelers", cast)).context["form"]
    assert "classifier" not in form.fields
    assert not {"text_classification", "zero_shot"} & {kind for kind, _ in form.fields["kind"].choices}


def test_a_named_classifier_is_added_with_its_labels_and_shown_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "topics=/nowhere")
    client = signed_in(cast.lead)
    client.post(page("labelers", cast), {**NEW, "labels": "LABEL_0 = refund\n\na=b = billing"})
    added = Labeler.objects.get(name="Topics")
    assert added.config == {"classifier": "topics", "labels": {"LABEL_0": "refund", "a=b": "billing"}}
    shown = client.get(page("labeler", cast, added.pk)).context["form"]
    assert set(shown["labels"].value().splitlines()) == {"LABEL_0 = refund", "a=b = billing"}


def test_a_path_in_place_of_a_name_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "topics=/nowhere")
    response = signed_in(cast.lead).post(page("labelers", cast), {**NEW, "classifier": "/etc"})
    assert response.status_code == 422
    assert not Labeler.objects.filter(name="Topics").exists()
